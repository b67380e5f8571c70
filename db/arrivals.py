"""How records enter the ledger: documents first, then a page's invoices together with the cursor."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Row, text

from db.ledger import Actor, Ledger
from invoices.findings import Finding, PolicyClass, Severity
from invoices.lifecycle import LIVE, SUPERSEDABLE
from invoices.source import Page, Record, RejectedRecord
from invoices.why import SENTENCES, Why

_STORE_AT_ONCE = 8 * 1024 * 1024
"""Bytes of documents that one statement carries."""


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


def store_page(ledger: Ledger, actor: Actor, source: str, page: Page, cursor: str | None) -> Arrival:
    """Commit a page and advance the cursor from `cursor`; documents are stored before it.

    Raises:
        CursorMoved: The ledger no longer stands at `cursor`.
    """
    _store_documents(ledger, actor, page.records)
    with ledger.transaction(actor) as connection:
        _advance(connection, source, cursor, page.next_cursor)
        return _store_records(connection, actor, source, page.records, page.rejected)


def store_records(
    ledger: Ledger, actor: Actor, source: str, records: Sequence[Record], rejected: Sequence[RejectedRecord]
) -> Arrival:
    """Commit records that were fetched one by one; the cursor stays where it is."""
    _store_documents(ledger, actor, records)
    with ledger.transaction(actor) as connection:
        return _store_records(connection, actor, source, records, rejected)


def restart_feed(ledger: Ledger, actor: Actor, source: str, cursor: str) -> None:
    """Go back to the beginning of the feed, because the source does not know `cursor` any more."""
    with ledger.transaction(actor) as connection:
        _advance(connection, source, cursor, None)


def rejected_to_try_again(connection: Connection, source: str, limit: int) -> list[str]:
    """Source ids of records whose document could not be had, and that are due to be asked for again."""
    due = text(
        "SELECT DISTINCT source_id FROM rejected_record WHERE source = :source AND retryable"
        " AND resolved_at IS NULL AND source_id IS NOT NULL AND next_try_at <= now() LIMIT :limit"
    )
    return list(connection.execute(due, {"source": source, "limit": limit}).scalars())


def _advance(connection: Connection, source: str, expected: str | None, following: str | None) -> None:
    connection.execute(
        text("INSERT INTO source_position (source) VALUES (:source) ON CONFLICT DO NOTHING"),
        {"source": source},
    )
    moved = connection.execute(
        text(
            "UPDATE source_position SET cursor = :following"
            " WHERE source = :source AND cursor IS NOT DISTINCT FROM :expected"
        ),
        {"source": source, "expected": expected, "following": following},
    )
    if moved.rowcount != 1:
        raise CursorMoved(f"another run is reading {source}; its progress stands")


_INSERT_DOCUMENTS = text("""
WITH wanted AS (
    SELECT * FROM unnest(CAST(:sha256s AS text[]), CAST(:contents AS bytea[]), CAST(:payload_ids AS uuid[]))
        AS t (sha256, content, payload_id)
), added AS (
    INSERT INTO document (sha256, size, payload_id)
    SELECT sha256, length(content), payload_id FROM wanted ORDER BY sha256
    ON CONFLICT (sha256) DO NOTHING
    RETURNING payload_id
)
INSERT INTO payload (id, content, media_type, size, sha256)
SELECT payload_id, content, 'application/xml', length(content), sha256 FROM wanted JOIN added USING (payload_id)
""")


def _store_documents(ledger: Ledger, actor: Actor, records: Iterable[Record]) -> None:
    by_hash = {sha256_of(record.document): record.document for record in records}
    remaining = iter(by_hash.items())
    while batch := list(_bounded(remaining)):
        with ledger.transaction(actor) as connection:
            connection.execute(
                _INSERT_DOCUMENTS,
                {
                    "sha256s": [sha256 for sha256, _ in batch],
                    "contents": [content for _, content in batch],
                    "payload_ids": [uuid4() for _ in batch],
                },
            )


def _bounded(documents: Iterator[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    size = 0
    while size < _STORE_AT_ONCE and (head := next(documents, None)):
        size += len(head[1])
        yield head


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
    actor: Actor,
    source: str,
    records: Sequence[Record],
    rejected: Sequence[RejectedRecord],
) -> Arrival:
    _lock_records(connection, source, [record.source_id for record in records])
    rows = connection.execute(_INSERT_INVOICES, _invoice_columns(source, records)).all()
    new = [row.id for row in sorted(rows, key=lambda row: row.arrival)]
    _hold_changed_without_version(connection, new)
    _mark_repeats(connection, rows)
    superseded = _supersede_older(connection, new)
    _store_rejected(connection, actor, source, rejected)
    _resolve_rejected(connection, source, records)
    touch(connection, actor, [*new, *superseded])
    return Arrival(tuple(new), len(rejected))


def _lock_records(connection: Connection, source: str, source_ids: list[str]) -> None:
    connection.execute(
        text(
            "SELECT id FROM invoice WHERE source = :source AND source_id = ANY(:source_ids)"
            " ORDER BY arrival FOR UPDATE"
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


_HOLD_CHANGED_WITHOUT_VERSION = text("""
UPDATE invoice n SET state = 'held', why = :why, reason = :reason, blocked_by = first.id
FROM invoice o
CROSS JOIN LATERAL (
    SELECT f.id FROM invoice f
    WHERE f.source = o.source AND f.source_id = o.source_id AND f.version = o.version
    ORDER BY f.arrival LIMIT 1
) AS first
WHERE n.id = ANY(:new) AND n.state = 'received' AND o.id = n.id AND first.id <> n.id
RETURNING first.id
""")

_NOTE_ON_LIVE_FIRST = text("""
UPDATE invoice SET findings = findings || CAST(:finding AS jsonb)
WHERE id = ANY(:firsts) AND state = ANY(:live)
""")

_MARK_REPEATS = text("""
UPDATE invoice n SET state = 'duplicate', why = :why, reason = :reason,
    blocked_by = CASE WHEN previous.why = :why THEN previous.blocked_by ELSE previous.id END
FROM invoice o
CROSS JOIN LATERAL (
    SELECT p.* FROM invoice p
    WHERE p.source = o.source AND p.source_id = o.source_id AND p.version < o.version
    ORDER BY p.version DESC, p.arrival LIMIT 1
) AS previous
WHERE n.id = ANY(:new) AND n.state = 'received' AND o.id = n.id
  AND (previous.document_id, previous.company_number, previous.direction)
      IS NOT DISTINCT FROM (n.document_id, n.company_number, n.direction)
""")

_SUPERSEDE_OLDER = text("""
UPDATE invoice o SET state = 'superseded', why = :why, reason = :reason, blocked_by = NULL
WHERE o.state = ANY(:supersedable) AND EXISTS (
    SELECT FROM invoice n
    WHERE n.id = ANY(:new) AND n.source = o.source AND n.source_id = o.source_id
      AND n.version > o.version AND n.why NOT IN (:repeats, :late)
)
RETURNING o.id
""")


def _hold_changed_without_version(connection: Connection, new: list[UUID]) -> None:
    firsts = connection.execute(
        _HOLD_CHANGED_WITHOUT_VERSION, {"new": new, **_because(Why.CHANGED_WITHOUT_VERSION)}
    ).scalars()
    connection.execute(
        _NOTE_ON_LIVE_FIRST,
        {"firsts": list(firsts), "live": sorted(LIVE), "finding": json.dumps([_CHANGED_LATER.as_json()])},
    )


def _mark_repeats(connection: Connection, rows: Sequence[Row[Any]]) -> None:
    # The oldest first, so that the repeat of a repeat names the version that both repeat.
    for rank in _by_age(rows):
        connection.execute(_MARK_REPEATS, {"new": rank, **_because(Why.REPEATS_PREVIOUS_VERSION)})


def _by_age(rows: Sequence[Row[Any]]) -> Iterable[list[UUID]]:
    """The oldest version of each record, then the second oldest of each, and so on."""
    ranks: dict[int, list[UUID]] = defaultdict(list)
    ordered = sorted(rows, key=lambda row: (row.source_id, row.version, row.arrival))
    for _, versions in groupby(ordered, key=lambda row: row.source_id):
        for rank, row in enumerate(versions):
            ranks[rank].append(row.id)
    return ranks.values()


def _supersede_older(connection: Connection, new: list[UUID]) -> list[UUID]:
    superseded = connection.execute(
        _SUPERSEDE_OLDER,
        {
            "new": new,
            "supersedable": sorted(SUPERSEDABLE),
            "repeats": Why.REPEATS_PREVIOUS_VERSION,
            "late": Why.ARRIVED_LATE,
            **_because(Why.NEWER_VERSION),
        },
    )
    return list(superseded.scalars())


_CHANGED_LATER = Finding(
    code="WB-CHANGED-WITHOUT-VERSION",
    severity=Severity.WARNING,
    policy_class=PolicyClass.WARNING,
    message="The source changed this document later without giving it a new version; this one was forwarded.",
    fix="Compare both; if the later one is right, mend it in Clearfacts and dismiss or release the held one.",
)

_INSERT_REJECTED = text("""
WITH raw AS (
    INSERT INTO payload (content, media_type, size, sha256)
    VALUES (:raw, 'application/json', :size, :raw_sha256) RETURNING id
)
INSERT INTO rejected_record (source, source_id, version, raw_id, raw_sha256, finding, retryable, next_try_at,
                             job_id)
SELECT :source, :source_id, :version, raw.id, :raw_sha256, CAST(:finding AS jsonb), :retryable,
       now() + interval '1 minute', :job_id
FROM raw
ON CONFLICT DO NOTHING
""")

_REPEAT_REJECTED = text("""
UPDATE rejected_record SET
    seen = seen + 1, finding = CAST(:finding AS jsonb), retryable = :retryable, job_id = :job_id,
    resolved_at = NULL, next_try_at = now() + least(seen, 60) * interval '1 minute'
WHERE source = :source AND source_id IS NOT DISTINCT FROM :source_id AND raw_sha256 = :raw_sha256
""")


def _store_rejected(
    connection: Connection, actor: Actor, source: str, rejected: Sequence[RejectedRecord]
) -> None:
    for record in rejected:
        row = {
            "source": source,
            "source_id": record.source_id,
            "version": record.version,
            "raw": record.raw,
            "size": len(record.raw),
            "raw_sha256": sha256_of(record.raw),
            "finding": json.dumps(record.finding.as_json()),
            "retryable": record.retryable,
            "job_id": actor.job_id,
        }
        if connection.execute(_REPEAT_REJECTED, row).rowcount == 0:
            connection.execute(_INSERT_REJECTED, row)


def _resolve_rejected(connection: Connection, source: str, records: Sequence[Record]) -> None:
    """Close what was rejected of these records, unless of a newer version than came now."""
    connection.execute(
        text(
            "UPDATE rejected_record r SET resolved_at = now()"
            " FROM unnest(CAST(:source_ids AS text[]), CAST(:versions AS int[])) AS came (source_id, version)"
            " WHERE r.source = :source AND r.source_id = came.source_id AND r.resolved_at IS NULL"
            " AND (r.version IS NULL OR r.version <= came.version)"
        ),
        {
            "source": source,
            "source_ids": [record.source_id for record in records],
            "versions": [record.version for record in records],
        },
    )


def touch(connection: Connection, actor: Actor, invoice_ids: Iterable[UUID]) -> None:
    """Remember that the actor's job had to do with these invoices."""
    if actor.job_id is None:
        return
    connection.execute(
        text(
            "INSERT INTO job_invoice (job_id, invoice_id) SELECT :job_id, unnest(CAST(:ids AS uuid[]))"
            " ON CONFLICT DO NOTHING"
        ),
        {"job_id": actor.job_id, "ids": list(invoice_ids)},
    )


def sha256_of(content: bytes) -> str:
    """The hexadecimal SHA-256 by which the ledger knows bytes."""
    return hashlib.sha256(content).hexdigest()


def _because(why: Why) -> dict[str, str]:
    return {"why": why, "reason": SENTENCES[why]}
