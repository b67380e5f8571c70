"""Documents: exact bytes, each stored once, known by their SHA-256."""

import hashlib
from collections.abc import Iterable, Iterator
from uuid import uuid4

from sqlalchemy import text

from db.ledger import Actor, Ledger
from db.waypoints import Waypoint
from invoices.source import Record

_STORE_AT_ONCE = 8 * 1024 * 1024
"""Bytes of documents that one statement carries."""


def sha256_of(content: bytes) -> str:
    """The hexadecimal SHA-256 by which the ledger knows bytes."""
    return hashlib.sha256(content).hexdigest()


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


def store_documents(ledger: Ledger, actor: Actor, records: Iterable[Record]) -> None:
    """Store the records' documents, those that are there already excepted; a few megabytes a transaction."""
    by_hash = {sha256_of(record.document): record.document for record in records}
    remaining = iter(by_hash.items())
    while batch := list(_bounded(remaining)):
        with ledger.transaction(actor, Waypoint.DOCUMENTS_STORED) as connection:
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
