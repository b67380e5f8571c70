"""How records enter the ledger: documents first, then a page's invoices together with the cursor."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, text

from db.documents import store_documents
from db.ledger import Actor, Ledger
from db.parts import in_part, values
from db.reassigned import hold_reassigned
from db.rejections import resolve_rejected, store_rejected
from db.vault import Vault, sha256_of
from db.versions import settle_versions
from db.waypoints import Waypoint
from invoices.parts import WHOLE, Part
from invoices.source import Page, Record, RejectedRecord
from invoices.why import SENTENCES, Why


class CursorMoved(Exception):
    """Another run read this source in the meantime; nothing of the page was committed."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a committed page brought: new invoices, in order, and how many records were rejected."""

    invoice_ids: tuple[UUID, ...]
    rejected: int


def cursor_of(connection: Connection, source: str) -> str | None:
    """Where the ledger stands in the source's feed; None is the beginning."""
    cursor: str | None = connection.execute(
        text("SELECT cursor FROM source_position WHERE source = :source"), {"source": source}
    ).scalar_one_or_none()
    return cursor


def invoices_of_records(connection: Connection, source: str, source_ids: Sequence[str]) -> list[UUID]:
    """All invoices that came of these records, whatever their version."""
    return list(
        connection.execute(
            text("SELECT id FROM invoice WHERE source = :source AND source_id = ANY(:source_ids)"),
            {"source": source, "source_ids": list(source_ids)},
        ).scalars()
    )


def store_page(
    ledger: Ledger, actor: Actor, source: str, page: Page, cursor: str | None, part: Part = WHOLE
) -> Arrival:
    """Commit a page and advance the cursor from `cursor`; documents are stored before it.

    What is outside `part` arrives as well, but does not count as touched by the actor's job.

    Raises:
        CursorMoved: The ledger no longer stands at `cursor`.
    """
    store_documents(ledger, actor, page.records)
    with ledger.transaction(actor, Waypoint.PAGE_STORED) as connection:
        _advance(connection, source, cursor, page.next_cursor)
        return _store_records(connection, ledger.vault, actor, source, page.records, page.rejected, part=part)


def store_records(
    ledger: Ledger,
    actor: Actor,
    source: str,
    records: Sequence[Record],
    rejected: Sequence[RejectedRecord],
    part: Part = WHOLE,
) -> Arrival:
    """Commit records that were fetched one by one; the cursor stays where it is."""
    store_documents(ledger, actor, records)
    with ledger.transaction(actor, Waypoint.RECORDS_STORED) as connection:
        _take_turn(connection, source)
        return _store_records(connection, ledger.vault, actor, source, records, rejected, part=part)


def restart_feed(ledger: Ledger, actor: Actor, source: str, cursor: str) -> None:
    """Go back to the beginning of the feed, because the source does not know `cursor` any more."""
    with ledger.transaction(actor, Waypoint.FEED_RESTARTED) as connection:
        _advance(connection, source, cursor, None)


def _take_turn(connection: Connection, source: str) -> None:
    """Let a source's records arrive one transaction after another: else two versions would not see each other."""
    connection.execute(
        text("INSERT INTO source_position (source) VALUES (:source) ON CONFLICT DO NOTHING"),
        {"source": source},
    )
    connection.execute(
        text("SELECT FROM source_position WHERE source = :source FOR UPDATE"), {"source": source}
    )


def _advance(connection: Connection, source: str, expected: str | None, following: str | None) -> None:
    _take_turn(connection, source)
    moved = connection.execute(
        text(
            "UPDATE source_position SET cursor = :following"
            " WHERE source = :source AND cursor IS NOT DISTINCT FROM :expected"
        ),
        {"source": source, "expected": expected, "following": following},
    )
    if moved.rowcount != 1:
        raise CursorMoved(f"another run is reading {source}; its progress stands")


_INSERT_INVOICES = text("""
INSERT INTO invoice (destination, source, source_id, version, document_id, company_number, direction,
                     stated_number, source_updated_at, state, why, reason)
SELECT :destination, :source, r.source_id, r.version, d.id, r.company_number, r.direction, r.stated_number,
       r.updated_at,
       CASE WHEN late THEN 'superseded' ELSE 'received' END,
       CASE WHEN late THEN :late_why ELSE :why END,
       CASE WHEN late THEN :late_reason ELSE :reason END
FROM unnest(CAST(:source_ids AS text[]), CAST(:versions AS int[]), CAST(:sha256s AS text[]),
            CAST(:company_numbers AS text[]), CAST(:directions AS text[]), CAST(:numbers AS text[]),
            CAST(:updated_ats AS timestamptz[])) WITH ORDINALITY
         AS r (source_id, version, sha256, company_number, direction, stated_number, updated_at, position)
JOIN document d USING (sha256)
CROSS JOIN LATERAL (SELECT EXISTS (
    SELECT FROM invoice newer
    WHERE newer.source = :source AND newer.source_id = r.source_id AND newer.version > r.version
) AS late) AS known
ORDER BY r.position
ON CONFLICT (source, source_id, version, document_id) DO NOTHING
RETURNING id, arrival, source_id, version
""")


def _store_records(
    connection: Connection,
    vault: Vault,
    actor: Actor,
    source: str,
    records: Sequence[Record],
    rejected: Sequence[RejectedRecord],
    *,
    part: Part,
) -> Arrival:
    _lock_records(connection, source, [record.source_id for record in records])
    columns = _invoice_columns(source, records)
    rows = connection.execute(_INSERT_INVOICES, columns).all()
    new = [row.id for row in sorted(rows, key=lambda row: row.arrival)]
    superseded = settle_versions(connection, rows)
    hold_reassigned(connection, source, columns)
    store_rejected(connection, vault, actor, source, rejected)
    resolve_rejected(connection, source, records)
    touch(connection, actor, [*new, *superseded], part)
    return Arrival(tuple(new), len(rejected))


def _lock_records(connection: Connection, source: str, source_ids: list[str]) -> None:
    connection.execute(
        text(
            "SELECT id FROM invoice WHERE source = :source AND source_id = ANY(:source_ids)"
            " ORDER BY arrival FOR NO KEY UPDATE"
        ),
        {"source": source, "source_ids": source_ids},
    )


def _invoice_columns(source: str, records: Sequence[Record]) -> dict[str, object]:
    return {
        "destination": Ledger.destination,
        "source": source,
        "why": Why.ARRIVED,
        "reason": SENTENCES[Why.ARRIVED],
        "late_why": Why.ARRIVED_LATE,
        "late_reason": SENTENCES[Why.ARRIVED_LATE],
        "source_ids": [record.source_id for record in records],
        "versions": [record.version for record in records],
        "sha256s": [sha256_of(record.document) for record in records],
        "company_numbers": [record.company_number for record in records],
        "directions": [record.direction for record in records],
        "numbers": [record.number for record in records],
        "updated_ats": [record.updated_at for record in records],
    }


def touch(connection: Connection, actor: Actor, invoice_ids: Iterable[UUID], part: Part = WHOLE) -> None:
    """Remember that the actor's job had to do with those of these invoices whose company is in the part."""
    if actor.job_id is None:
        return
    connection.execute(
        text(
            "INSERT INTO job_invoice (job_id, invoice_id) SELECT :job_id, id FROM invoice"
            f" WHERE id = ANY(CAST(:ids AS uuid[])) AND {in_part('company_number')} ON CONFLICT DO NOTHING"
        ),
        {"job_id": actor.job_id, "ids": list(invoice_ids), **values(part)},
    )
