"""The judge: whether what Clearfacts took and what the ledger says of it agree, whatever happened in between.

It looks at the sandbox's journal and at the ledger as `waybill invoices --json` shows it, and at nothing else.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Self

from invoices.lifecycle import State
from sandbox.journal import Call, Entry, Journal, Outcome

ON_THE_WAY = frozenset({State.RECEIVED, State.COULD_NOT_CHECK, State.READY, State.SENDING})
"""The states in which no invoice is left for good: a run takes it further."""

_OUT_OF_THE_WAY = frozenset({State.FAILED, State.INVALID, State.SUPERSEDED, State.DISMISSED})
"""What is in one of these never reaches the books, so it must keep nothing else from them."""

_LEFT_TO_A_PERSON = frozenset({State.OUTCOME_UNKNOWN, State.DISMISSED})

Record = tuple[str, int, str]
"""What the source offered: its id, its version, and the SHA-256 of its document."""


class Booking(NamedTuple):
    """What Clearfacts books: one document, for one company, as a purchase or a sale."""

    company_number: str | None
    direction: str | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Tally:
    """What came of it all.

    Attributes:
        accepted: Uploads that Clearfacts took, whether anybody heard of it or not.
        sent: Invoices that the ledger calls sent.
        unknown: Invoices that the ledger leaves to a person, as they may have arrived.
        lost: Records of the source that are nowhere, or that wait for what will never come.
        twice: Uploads of what Clearfacts had taken before.
        faults: Each disagreement in words; empty where all is well.
    """

    accepted: int
    sent: int
    unknown: int
    lost: int
    twice: int
    faults: tuple[str, ...]


def judge(
    offered: Iterable[Record],
    journal: Journal,
    ledger: Iterable[Mapping[str, Any]],
    *,
    rejected: Iterable[tuple[str, int]] = (),
    sent_again: Iterable[str] = (),
    same: Mapping[str, str] | None = None,
) -> Tally:
    """Compare what the source offered, what Clearfacts took and what the ledger says.

    Args:
        offered: Each record with a document, once or more often.
        journal: The sandbox's.
        ledger: The ledger's invoices, as programs read them; read once.
        rejected: Ids and versions of records that the ledger keeps as rejected, or of which it took a newer version.
        sent_again: Ledger ids that a person had sent again: those may have arrived twice.
        same: Documents that are one and the same invoice as another, by SHA-256: at most one of them may be taken.
    """
    uploads = tuple(each for each in journal.entries(Call.UPLOAD) if each.outcome is Outcome.ACCEPTED)
    case = _Case(
        frozenset(offered),
        uploads,
        tuple(map(_Kept.of, ledger)),
        frozenset(rejected),
        frozenset(sent_again),
        same or {},
    )
    lost, twice = tuple(case.lost()), tuple(case.twice())
    others = (*case.altered(), *case.unaccounted(), *case.unfounded(), *case.shared_receipts())
    states = Counter(invoice.state for invoice in case.ledger)
    return Tally(
        len(uploads),
        states[State.SENT],
        states[State.OUTCOME_UNKNOWN],
        len(lost),
        len(twice),
        (*lost, *twice, *others),
    )


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the ledger says of one invoice, without what the judge does not need."""

    id: str
    record: Record
    booking: Booking
    state: str
    blocked_by: str | None
    receipt: str | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        return cls(
            row["id"],
            (row["source_id"], row["version"], row["document_sha256"]),
            Booking(row["company_number"], row["direction"], row["document_sha256"]),
            row["state"],
            row["blocked_by"],
            row["receipt"],
        )

    def __str__(self) -> str:
        return f"record {self.record[0]} version {self.record[1]}"


@dataclass(frozen=True)
class _Case:
    """The evidence, and the questions put to it."""

    offered: frozenset[Record]
    uploads: tuple[Entry, ...]
    ledger: tuple[_Kept, ...]
    rejected: frozenset[tuple[str, int]]
    sent_again: frozenset[str]
    same: Mapping[str, str]

    @cached_property
    def _states(self) -> Mapping[str, str]:
        return {invoice.id: invoice.state for invoice in self.ledger}

    @cached_property
    def _newest(self) -> Mapping[str, int]:
        newest: dict[str, int] = {}
        for invoice in self.ledger:
            source_id, version, _ = invoice.record
            newest[source_id] = max(version, newest.get(source_id, 0))
        return newest

    def lost(self) -> Iterator[str]:
        kept = {invoice.record for invoice in self.ledger}
        for source_id, version, sha256 in sorted(self.offered - kept):
            if (source_id, version) not in self.rejected:
                yield f"record {source_id} version {version} ({sha256}) is nowhere in the ledger"
        for invoice in self.ledger:
            if (why := self._waits_in_vain(invoice)) is not None:
                yield f"{invoice} is left as {invoice.state}{why}"

    def _waits_in_vain(self, invoice: _Kept) -> str | None:
        """Why it will never reach the books though nobody was asked about it; empty where its state says it."""
        if invoice.state in ON_THE_WAY:
            return ""
        if invoice.state == State.DUPLICATE and self._states.get(invoice.blocked_by or "") in _OUT_OF_THE_WAY:
            return f" of {invoice.blocked_by}, which is {self._states[invoice.blocked_by or '']}"
        if invoice.state == State.SUPERSEDED and self._newest[invoice.record[0]] <= invoice.record[1]:
            return ", and there is no newer version"
        return None

    def twice(self) -> Iterator[str]:
        allowed = Counter(
            self._invoice(invoice.booking) for invoice in self.ledger if invoice.id in self.sent_again
        )
        taken = Counter(self._invoice(_booking(upload)) for upload in self.uploads)
        for invoice, times in taken.items():
            for _ in range(times - 1 - allowed[invoice]):
                company, direction, sha256 = invoice
                yield f"Clearfacts took {sha256} of {company} ({direction}) {times} times"

    def _invoice(self, booking: Booking) -> Booking:
        sha256 = booking.sha256 or ""
        return booking._replace(sha256=self.same.get(sha256, sha256))

    def altered(self) -> Iterator[str]:
        genuine = {sha256 for _, _, sha256 in self.offered}
        return (
            f"Clearfacts took {upload.sha256}, which is not what the source gave"
            for upload in self.uploads
            if upload.sha256 not in genuine
        )

    def unaccounted(self) -> Iterator[str]:
        sent = {invoice.receipt for invoice in self.ledger if invoice.state == State.SENT}
        open_questions = {
            invoice.booking
            for invoice in self.ledger
            if _is_open_question(invoice) or invoice.id in self.sent_again
        }
        for upload in self.uploads:
            if upload.uuid not in sent and _booking(upload) not in open_questions:
                yield f"Clearfacts took {upload.filename} as {upload.uuid}, and the ledger knows nothing of it"

    def unfounded(self) -> Iterator[str]:
        taken = {upload.uuid: _booking(upload) for upload in self.uploads}
        for invoice in self.ledger:
            receipt = invoice.receipt if invoice.state == State.SENT else None
            if receipt is not None and taken.get(receipt) != invoice.booking:
                yield f"{invoice} is called sent as {receipt}, which Clearfacts never gave for it"

    def shared_receipts(self) -> Iterator[str]:
        receipts = Counter(invoice.receipt for invoice in self.ledger if invoice.receipt is not None)
        return (
            f"{times} invoices have the receipt {receipt}" for receipt, times in receipts.items() if times > 1
        )


def _is_open_question(invoice: _Kept) -> bool:
    """Whether it may have arrived without a receipt: a person has been asked, or has said so."""
    return invoice.state in _LEFT_TO_A_PERSON or (invoice.state == State.SENT and invoice.receipt is None)


def _booking(upload: Entry) -> Booking:
    return Booking(upload.company_number, upload.invoicetype, upload.sha256)
