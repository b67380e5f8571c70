"""The judge: whether what Clearfacts took and what the ledger says of it agree, whatever happened in between.

It looks at the sandbox's journal and at the ledger as `waybill invoices --json` shows it, and at nothing else.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.journal import Call, Entry, Journal, Outcome

AT_REST = frozenset(
    {
        "sent",
        "invalid",
        "duplicate",
        "held",
        "failed",
        "outcome_unknown",
        "superseded",
        "out_of_scope",
        "dismissed",
    }
)
"""The states in which an invoice may be left for good, or for a person."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What came of it all.

    Attributes:
        accepted: Uploads that Clearfacts took, whether anybody heard of it or not.
        sent: Invoices that the ledger calls sent.
        unknown: Invoices that the ledger leaves to a person, as they may have arrived.
        lost: Records of the source that are nowhere, or at rest nowhere.
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
    offered: Iterable[tuple[str, int, str]],
    journal: Journal,
    ledger: Sequence[Mapping[str, Any]],
    *,
    rejected: Iterable[str] = (),
    sent_again: Iterable[str] = (),
) -> Tally:
    """Compare what the source offered, what Clearfacts took and what the ledger says.

    Args:
        offered: Source id, version and SHA-256 of each record.
        journal: The sandbox's.
        ledger: The ledger's invoices, as programs read them.
        rejected: Source ids of records that the ledger keeps as rejected.
        sent_again: Ledger ids that a person had sent again: those may have arrived twice.
    """
    uploads = [each for each in journal.entries(Call.UPLOAD) if each.outcome is Outcome.ACCEPTED]
    records = list(offered)
    lost = list(_lost(records, ledger, set(rejected)))
    twice = list(_twice(uploads, set(sent_again), ledger))
    others = [*_altered(uploads, records), *_unaccounted(uploads, ledger), *_unfounded(uploads, ledger)]
    states = Counter(row["state"] for row in ledger)
    return Tally(
        len(uploads),
        states["sent"],
        states["outcome_unknown"],
        len(lost),
        len(twice),
        (*lost, *twice, *others),
    )


def _lost(
    records: Iterable[tuple[str, int, str]], ledger: Iterable[Mapping[str, Any]], rejected: set[str]
) -> Iterator[str]:
    kept = {(row["source_id"], row["version"], row["document_sha256"]): row["state"] for row in ledger}
    for record in records:
        state = kept.get(record)
        if state is None and record[0] not in rejected:
            yield f"record {record[0]} version {record[1]} is nowhere in the ledger"
        elif state is not None and state not in AT_REST:
            yield f"record {record[0]} version {record[1]} is left as {state}"


def _twice(
    uploads: Iterable[Entry], sent_again: set[str], ledger: Iterable[Mapping[str, Any]]
) -> Iterator[str]:
    allowed = Counter(_key(row) for row in ledger if row["id"] in sent_again)
    taken = Counter((each.company_number, each.invoicetype, each.sha256) for each in uploads)
    for key, times in taken.items():
        for _ in range(times - 1 - allowed[key]):
            yield f"Clearfacts took document {key[2]} of {key[0]} ({key[1]}) {times} times"


def _key(row: Mapping[str, Any]) -> tuple[str | None, str | None, str | None]:
    return (row["company_number"], row["direction"], row["document_sha256"])


def _altered(uploads: Iterable[Entry], records: Iterable[tuple[str, int, str]]) -> Iterator[str]:
    genuine = {sha256 for _, _, sha256 in records}
    return (
        f"Clearfacts took {each.sha256}, which is not what the source gave"
        for each in uploads
        if each.sha256 not in genuine
    )


def _unaccounted(uploads: Iterable[Entry], ledger: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    sent = {row["receipt"] for row in ledger if row["state"] == "sent"}
    settled_by_person = {"outcome_unknown", "dismissed"}
    open_question = {
        _key(row)
        for row in ledger
        if row["state"] in settled_by_person or (row["state"] == "sent" and row["receipt"] is None)
    }
    for each in uploads:
        key = (each.company_number, each.invoicetype, each.sha256)
        if each.uuid not in sent and key not in open_question:
            yield f"Clearfacts took {each.filename} as {each.uuid}, and the ledger knows nothing of it"


def _unfounded(uploads: Iterable[Entry], ledger: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    taken = {each.uuid: (each.company_number, each.invoicetype, each.sha256) for each in uploads}
    for row in ledger:
        if row["state"] == "sent" and row["receipt"] is not None and taken.get(row["receipt"]) != _key(row):
            yield f"invoice {row['id']} is called sent as {row['receipt']}, which Clearfacts never gave for it"
