"""A world so small that everything in it collides: the records that may arrive, and what is read of them."""

import re
from hashlib import sha256

from hypothesis import strategies as st

from invoices.findings import Finding, PolicyClass, Severity
from invoices.source import Direction, Record, RejectedRecord
from tests.db.conftest import COMPANY, OTHER_COMPANY

SOURCE = "java-backend"

_DOCUMENT = re.compile(rb"<(\w)/(\d)/\d>")


def document(number: str, content: int, layout: int) -> bytes:
    """Bytes of an invoice; another `layout` is the same invoice in other bytes."""
    return f"<{number}/{content}/{layout}>".encode()


def read(content: bytes) -> tuple[str, str]:
    """The number and the accounting content that a document's bytes stand for."""
    found = _DOCUMENT.fullmatch(content)
    assert found, f"not a document of this world: {content!r}"
    return f"{found[1].decode() * 4}-1", found[2].decode()


def _record(source_id, version, content, company_number, direction):
    return Record(source_id, version, content, company_number, direction)


RECORDS = st.builds(
    _record,
    st.sampled_from(["r1", "r2", "r3", "r4", "r5", "r6"]),
    st.sampled_from([1, 1, 1, 2, 3]),
    st.builds(document, st.sampled_from("AAAB"), st.integers(0, 1), st.integers(0, 1)),
    st.sampled_from([COMPANY, COMPANY, COMPANY, OTHER_COMPANY]),
    st.sampled_from([Direction.PURCHASE] * 5 + [Direction.SALE]),
)
"""One version of one of six records: its number, content, layout, company and direction change at will."""

PAGES = st.lists(RECORDS, min_size=1, max_size=4)


def garbage(source_id: str) -> RejectedRecord:
    """A record that can never be an invoice."""
    finding = Finding("WB-RECORD", Severity.FATAL, PolicyClass.STRUCTURE, "It cannot be read.")
    return RejectedRecord(f"not {source_id}".encode(), finding, source_id)


def key_of(record: Record) -> tuple[str, int, str]:
    """What the ledger knows a record by."""
    return (record.source_id, record.version, sha256(record.document).hexdigest())
