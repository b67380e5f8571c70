"""Contested invoices: held because another one has the same number and other content."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, text

from db.checks import findings_json
from invoices.findings import Finding

DIFFERS = "WB-DIFFERS"
_LARGEST_COMPARED = 5 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Contest:
    """An invoice that is held, and the document of the one that stands in its way."""

    invoice_id: UUID
    document: bytes
    other_document: bytes


_CONTESTS = text("""
SELECT held.id, mine.content AS mine, theirs.content AS theirs
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


def contests(connection: Connection, ids: Sequence[UUID], limit: int) -> list[Contest]:
    """Those of `ids` that are held for their content and were not compared yet; not the very large ones."""
    rows = connection.execute(
        _CONTESTS, {"ids": list(ids), "largest": _LARGEST_COMPARED, "code": DIFFERS, "limit": limit}
    )
    return [Contest(row.id, row.mine, row.theirs) for row in rows]


def note(connection: Connection, invoice_id: UUID, findings: Sequence[Finding]) -> None:
    """Add findings to what is known of an invoice's record."""
    connection.execute(
        text("UPDATE invoice SET findings = findings || CAST(:findings AS jsonb) WHERE id = :id"),
        {"id": invoice_id, "findings": findings_json(findings)},
    )
