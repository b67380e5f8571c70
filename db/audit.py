"""Verification: whether the ledger's history is whole and unchanged, as an auditor asks it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, TextClause, text

from db.audit_checks import ANCHOR, BYTES, ENCRYPTED, HISTORY, TOTALS
from db.batches import by_size
from db.ledger import Ledger
from db.seals import LastSeal, last_seal
from db.vault import CannotDecrypt, KeyMissing, Vault, sha256_of

_ROWS_AT_ONCE = 500
_BYTES_AT_ONCE = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that is not as it was written.

    Attributes:
        kind: What is wrong, such as `event_changed`; a public contract, never renamed.
        invoice_id: The invoice it is about; None where it is a seal.
        place: Which row, such as `event 3`.
        found: What is there; None where nothing is.
        expected: What was there according to the rest of the ledger; None where nothing was.
    """

    kind: str
    invoice_id: UUID | None
    place: str
    found: str | None
    expected: str | None

    def as_json(self) -> dict[str, Any]:
        """The problem as a JSON object."""
        return {
            "problem": self.kind,
            "invoice_id": str(self.invoice_id) if self.invoice_id else None,
            "place": self.place,
            "found": self.found,
            "expected": self.expected,
        }


@dataclass(frozen=True, slots=True)
class Totals:
    """How much was verified, and how much of it no seal covers yet."""

    invoices: int
    events: int
    seals: int
    unsealed_events: int
    last_seal: LastSeal | None


@contextmanager
def at_one_moment(ledger: Ledger) -> Iterator[Connection]:
    """A transaction in which all statements see the same ledger, whatever is written meanwhile."""
    with ledger.engine.connect() as connection:
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        # For a look at everything, compiling to machine code costs more than it saves, on each statement anew.
        connection.execute(text("SET LOCAL jit = off"))
        yield connection


def verify(
    connection: Connection,
    anchors: Sequence[LastSeal] = (),
    *,
    documents: bool = False,
    vault: Vault | None = None,
) -> Iterator[Problem]:
    """What is tampered with, missing or swapped; streamed, so that memory does not grow with the ledger.

    `anchors` are seals that someone noted down earlier: they must be there unchanged. `documents` also reads
    all documents and answers, and computes their SHA-256, of what is encrypted with the keys of `vault`; what was
    erased is passed over.
    """
    for anchor in anchors:
        yield from _problems(connection, ANCHOR, number=anchor.number, hash=anchor.hash)
    for check in (*HISTORY, BYTES) if documents else HISTORY:
        yield from _problems(connection, check)
    if documents:
        yield from _encrypted(connection, vault or Vault())


def _problems(connection: Connection, check: TextClause, **parameters: object) -> Iterator[Problem]:
    rows = connection.execute(check.execution_options(yield_per=_ROWS_AT_ONCE), parameters)
    for row in rows:
        yield Problem(row.kind, row.invoice_id, row.place, row.found, row.expected)


def _encrypted(connection: Connection, vault: Vault) -> Iterator[Problem]:
    rows = connection.execute(ENCRYPTED.execution_options(yield_per=_ROWS_AT_ONCE))
    for batch in by_size(rows, lambda row: row.size, _BYTES_AT_ONCE):
        read = connection.execute(
            text("SELECT id, content, key_id FROM payload WHERE id = ANY(:ids)"),
            {"ids": [row.id for row in batch]},
        )
        found = {payload.id: _found(vault, payload.content, payload.key_id) for payload in read}
        for row in batch:
            kind, said = found[row.id]
            if said != row.expected:
                yield Problem(kind, row.invoice_id, row.place, said, row.expected)


def _found(vault: Vault, content: bytes, key_id: str) -> tuple[str, str]:
    """The SHA-256 of the plain bytes, or why they cannot be had; and what is wrong if it is not the right one."""
    try:
        return "bytes_changed", sha256_of(vault.plain(content, key_id))
    except KeyMissing as missing:
        return "key_missing", f"bytes under key {missing.key_id}"
    except CannotDecrypt:
        return "bytes_changed", f"bytes that key {key_id} did not encrypt"


def totals(connection: Connection) -> Totals:
    """How much there is to verify."""
    row = connection.execute(TOTALS).one()
    return Totals(row.invoices, row.events, row.seals, row.unsealed_events, last_seal(connection))
