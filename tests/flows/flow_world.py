"""The two neighbours of the flow machine: what the source offers, what may go wrong, and what a person can see."""

import hashlib
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from clients.naming import Ref, parse_ref
from invoices.source import Direction
from sandbox.demo import demo_records
from sandbox.demo.companies import CLIENTS
from sandbox.faults import ONLY_ON, Fault, FaultKind
from sandbox.journal import Call, Entry, Journal, Outcome
from sandbox.load import Shape, load_records, render
from sandbox.records import SandboxRecord
from sandbox.ubl.model import DocumentKind

SLOW_SECONDS = 1.3
"""Longer than the runs of the machine wait for an answer."""

_SHAPE = Shape(client=0, partner=0, direction=Direction.PURCHASE, kind=DocumentKind.INVOICE)
_MAY_BE_TAKEN = {
    FaultKind.DROP,
    FaultKind.SLOW,
    FaultKind.SERVER_ERROR,
    FaultKind.UNAVAILABLE,
    FaultKind.HTML,
    FaultKind.NOT_JSON,
}
"""Answers that leave it open whether an upload was taken; the others say that it was not, and do not lie."""

_CALLS = [Call.PAGE, Call.RECORD, Call.UBL, Call.ACKNOWLEDGEMENT, Call.ADMINISTRATIONS, *[Call.UPLOAD] * 5]


def _contested(source_id: str, version: int, number: str, noise: int) -> SandboxRecord:
    return SandboxRecord(
        source_id=source_id,
        version=version,
        direction=_SHAPE.direction,
        company_number=CLIENTS[_SHAPE.client].endpoint[1],
        number=number,
        document=render(_SHAPE, number, noise),
    )


CONTESTED = st.builds(
    _contested,
    st.sampled_from(["R-1", "R-2", "R-3"]),
    st.integers(1, 3),
    st.sampled_from(["N-1", "N-1", "N-2"]),
    st.sampled_from([1_000, 2_000]),
)
"""Records whose versions, numbers and contents meet again and again."""

DEMO = st.sampled_from(demo_records())
LOAD = st.integers(0, 3).map(lambda seed: next(iter(load_records(1, seed))))
RECORDS = st.lists(st.one_of(CONTESTED, CONTESTED, LOAD, DEMO), min_size=1, max_size=6)


def _fits(fault: tuple[Call, FaultKind]) -> bool:
    call, kind = fault
    return kind not in ONLY_ON or call in ONLY_ON[kind]


def _fault(
    at: tuple[Call, FaultKind], taken: bool, times: int, probability: float, seed: int, retry_after: str
) -> Fault:
    call, kind = at
    return Fault(
        call=call,
        fault=kind,
        taken=taken and kind in _MAY_BE_TAKEN,
        times=times,
        probability=probability,
        seed=seed,
        seconds=SLOW_SECONDS,
        retry_after=retry_after if kind is FaultKind.TOO_MANY_REQUESTS else None,
    )


FAULTS = st.builds(
    _fault,
    st.tuples(st.sampled_from(_CALLS), st.sampled_from(FaultKind)).filter(_fits),
    st.booleans(),
    st.integers(1, 3),
    st.sampled_from([0.4, 1.0]),
    st.integers(0, 9),
    st.sampled_from(["0", "1"]),
)
"""Every fault on every call that it fits, most of them on uploads."""


def offered(records: list[SandboxRecord]) -> Iterator[tuple[str, int, str]]:
    """Source id, version and SHA-256 of each record that has a document."""
    for record in records:
        document = record.read_document()
        if document is not None:
            yield record.source_id, record.version, hashlib.sha256(document).hexdigest()


def uploads(journal: Journal) -> list[Entry]:
    """What Clearfacts took."""
    return [each for each in journal.entries(Call.UPLOAD) if each.outcome is Outcome.ACCEPTED]


def found_in_clearfacts(journal: Journal, row: dict[str, Any]) -> str | None:
    """The uuid under which a person finds an invoice, by the reference in its comment."""
    wanted = Ref.of(UUID(row["id"]), row["document_sha256"]).short_id
    for entry in reversed(uploads(journal)):
        ref = parse_ref(entry.comment or "")
        if ref is not None and ref.short_id == wanted:
            return entry.uuid
    return None
