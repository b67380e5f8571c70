"""Contested invoices: held because another one has the same number and other content."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from db.checks import findings_json
from db.vault import CannotDecrypt, Vault
from invoices.findings import Finding

DIFFERS = "WB-DIFFERS"
_LARGEST_COMPARED = 5 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Contest:
    """An invoice that is held, with its document and that of the one in its way; or why one cannot be had."""

    invoice_id: UUID
    documents: tuple[bytes, bytes] | CannotDecrypt


_CONTESTS = text("""
SELECT held.id, mine.content AS mine, mine.key_id AS my_key, theirs.content AS theirs, theirs.key_id AS their_key
FROM invoice held
JOIN invoice other ON other.id = held.blocked_by
JOIN document d ON d.id = held.document_id
JOIN payload mine ON mine.id = d.payload_id
JOIN document o ON o.id = other.document_id
JOIN payload theirs ON theirs.id = o.payload_id
WHERE held.id = ANY(:ids) AND held.state = 'held' AND held.document_id <> other.document_id
  AND mine.content IS NOT NULL AND theirs.content IS NOT NULL AND d.size + o.size <= :largest
  AND NOT EXISTS (SELECT FROM jsonb_array_elements(held.findings) AS finding WHERE finding ->> 'code' = :code)
ORDER BY held.arrival
LIMIT :limit
""")


def contests(connection: Connection, vault: Vault, ids: Sequence[UUID], limit: int) -> list[Contest]:
    """Those of `ids` that are held for their content and were not compared yet; not the very large ones."""
    rows = connection.execute(
        _CONTESTS, {"ids": list(ids), "largest": _LARGEST_COMPARED, "code": DIFFERS, "limit": limit}
    )
    return [Contest(row.id, _documents(vault, row)) for row in rows]


def _documents(vault: Vault, row: Row[Any]) -> tuple[bytes, bytes] | CannotDecrypt:
    try:
        return vault.plain(row.mine, row.my_key), vault.plain(row.theirs, row.their_key)
    except CannotDecrypt as cause:
        return cause


def note(connection: Connection, invoice_id: UUID, findings: Sequence[Finding]) -> None:
    """Add findings to what is known of an invoice's record."""
    connection.execute(
        text("UPDATE invoice SET findings = findings || CAST(:findings AS jsonb) WHERE id = :id"),
        {"id": invoice_id, "findings": findings_json(findings)},
    )
