"""The world outside as it truly is: what Clearfacts took, whether or not anybody heard of it, and who decided what."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Row

from db.claims import Claim
from db.decisions import Decision
from invoices.lifecycle import LIVE, State

_AFTER_AN_UPLOAD = {Decision.ARRIVED, Decision.SEND_AGAIN, Decision.DISMISS}


@dataclass(frozen=True)
class Taken:
    """An upload that Clearfacts took, and at which tick of the machine's own clock; it was claimed at `claimed`."""

    invoice_id: UUID
    receipt: str
    claimed: int
    at: int


@dataclass(frozen=True)
class Decided:
    """What a person decided of an invoice, and what stood in its way then."""

    invoice_id: UUID
    decision: Decision
    blocked_by: UUID | None
    at: int


@dataclass(frozen=True)
class InHand:
    """A claim whose upload has not ended, and the index of the worker that makes it."""

    claim: Claim
    worker: int
    at: int


@dataclass
class Outside:
    """Keeps its own time: each upload and each decision is a tick after the one before."""

    taken: list[Taken] = field(default_factory=list)
    decided: list[Decided] = field(default_factory=list)
    in_hand: list[InHand] = field(default_factory=list)
    now: int = 0

    def tick(self) -> int:
        """The next moment."""
        self.now += 1
        return self.now

    def take(self, upload: InHand, receipt: str) -> None:
        """Clearfacts keeps what was uploaded."""
        self.taken.append(Taken(upload.claim.invoice_id, receipt, upload.at, self.tick()))

    def decide(self, row: Row, decision: Decision) -> None:
        """A person's decision was carried out."""
        self.decided.append(Decided(row.id, decision, row.blocked_by, self.tick()))

    def receipt_of(self, invoice_id: UUID) -> str | None:
        """What a person who looks into Clearfacts finds."""
        found = [each.receipt for each in self.taken if each.invoice_id == invoice_id]
        return found[-1] if found else None

    def unaccounted(self, rows: dict[UUID, Row]) -> list[str]:
        """Uploads that Clearfacts took and of which the ledger knows nothing."""
        return [
            f"Clearfacts took {each.invoice_id} as {each.receipt}; the ledger says {rows[each.invoice_id].state}"
            for each in self.taken
            if not self._accounted(each, rows[each.invoice_id])
        ]

    def _accounted(self, upload: Taken, row: Row) -> bool:
        if row.state == State.SENT and row.receipt == upload.receipt:
            return True
        if row.state in {State.SENDING, State.OUTCOME_UNKNOWN}:
            return True
        return self._since(upload.invoice_id, upload.claimed, _AFTER_AN_UPLOAD)

    def twice(self, rows: dict[UUID, Row]) -> list[str]:
        """Uploads that Clearfacts took though it had the same invoice or record, with no person's leave."""
        return [
            f"Clearfacts took {second.invoice_id} though it had {first.invoice_id}"
            for index, second in enumerate(self.taken)
            for first in self.taken[:index]
            if _are_twins(rows[first.invoice_id], rows[second.invoice_id])
            and not self._by_leave(first, second, rows)
        ]

    def _by_leave(self, first: Taken, second: Taken, rows: dict[UUID, Row]) -> bool:
        """A person gave the first one up, sent it again, or let one pass despite the other."""
        if self._since(first.invoice_id, first.claimed, {Decision.SEND_AGAIN, Decision.DISMISS}):
            return True
        if _same_content(rows[first.invoice_id], rows[second.invoice_id]):
            return False
        return self._let_pass(first.invoice_id) or self._let_pass(second.invoice_id)

    def _since(self, invoice_id: UUID, moment: int, decisions: set[Decision]) -> bool:
        return any(
            each.invoice_id == invoice_id and each.decision in decisions and each.at > moment
            for each in self.decided
        )

    def _let_pass(self, invoice_id: UUID) -> bool:
        return any(
            each.invoice_id == invoice_id and each.decision is Decision.RELEASE and each.blocked_by
            for each in self.decided
        )


def _are_twins(one: Row, other: Row) -> bool:
    return one.identity_key == other.identity_key or one.source_id == other.source_id


def _same_content(one: Row, other: Row) -> bool:
    return one.document_id == other.document_id or (
        one.fingerprint == other.fingerprint and one.identity_key == other.identity_key
    )


def live_twins(row: Row, rows: dict[UUID, Row]) -> list[UUID]:
    """Other live invoices of the same identity or record."""
    return [
        each.id
        for each in rows.values()
        if each.id != row.id and each.state in LIVE and _are_twins(row, each)
    ]
