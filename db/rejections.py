"""Rejected records: what could not become an invoice, kept with its raw bytes and the reason."""

import json
from collections.abc import Sequence

from sqlalchemy import Connection, text

from db.ledger import Actor
from db.vault import Vault
from invoices.source import Record, RejectedRecord

_INSERT_REJECTED = text("""
WITH raw AS (
    INSERT INTO payload (content, key_id, media_type, size, sha256)
    VALUES (:raw, :raw_key_id, 'application/json', :size, :raw_sha256) RETURNING id
)
INSERT INTO rejected_record (source, source_id, version, raw_id, raw_sha256, finding, retryable, next_try_at,
                             job_id)
SELECT :source, :source_id, :version, raw.id, :raw_sha256, CAST(:finding AS jsonb), :retryable,
       now() + interval '1 minute', :job_id
FROM raw
ON CONFLICT DO NOTHING
""")

# The same version looks otherwise on its own than in a page; it waits once, not twice.
_REPLACE_REJECTED = text("""
UPDATE rejected_record SET resolved_at = now()
WHERE source = :source AND source_id = :source_id AND version = :version AND resolved_at IS NULL
""")

_REPEAT_REJECTED = text("""
UPDATE rejected_record SET
    seen = seen + 1, finding = CAST(:finding AS jsonb), retryable = :retryable, job_id = :job_id,
    resolved_at = NULL, next_try_at = now() + least(seen, 60) * interval '1 minute'
WHERE source = :source AND source_id IS NOT DISTINCT FROM :source_id AND raw_sha256 = :raw_sha256
""")


def store_rejected(
    connection: Connection, vault: Vault, actor: Actor, source: str, rejected: Sequence[RejectedRecord]
) -> None:
    """Keep rejected records; one that came before is counted once more."""
    for record in rejected:
        raw = vault.kept(record.raw)
        row = {
            "source": source,
            "source_id": record.source_id,
            "version": record.version,
            "raw": raw.content,
            "raw_key_id": raw.key_id,
            "size": raw.size,
            "raw_sha256": raw.sha256,
            "finding": json.dumps(record.finding.as_json()),
            "retryable": record.retryable,
            "job_id": actor.job_id,
        }
        if connection.execute(_REPEAT_REJECTED, row).rowcount == 0:
            connection.execute(_REPLACE_REJECTED, row)
            connection.execute(_INSERT_REJECTED, row)


def resolve_rejected(connection: Connection, source: str, records: Sequence[Record]) -> None:
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


def rejected_to_try_again(connection: Connection, source: str, limit: int) -> list[str]:
    """Source ids of records whose document could not be had, and that are due to be asked for again."""
    due = text(
        "SELECT DISTINCT source_id FROM rejected_record WHERE source = :source AND retryable"
        " AND resolved_at IS NULL AND source_id IS NOT NULL AND next_try_at <= now() LIMIT :limit"
    )
    return list(connection.execute(due, {"source": source, "limit": limit}).scalars())
