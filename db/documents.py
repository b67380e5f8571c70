"""Documents: exact bytes, each stored once, known by their SHA-256."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import Connection, text

from db.batches import by_size
from db.ledger import Actor, Ledger
from db.vault import sha256_of
from db.waypoints import Waypoint
from invoices.source import Record

_STORE_AT_ONCE = 8 * 1024 * 1024
"""Bytes of documents that one statement carries."""


_INSERT_DOCUMENTS = text("""
WITH wanted AS (
    SELECT * FROM unnest(CAST(:sha256s AS text[]), CAST(:sizes AS bigint[]), CAST(:contents AS bytea[]),
                         CAST(:key_ids AS text[]), CAST(:payload_ids AS uuid[]))
        AS t (sha256, size, content, key_id, payload_id)
), added AS (
    INSERT INTO document (sha256, size, payload_id)
    SELECT sha256, size, payload_id FROM wanted ORDER BY sha256
    ON CONFLICT (sha256) DO NOTHING
    RETURNING payload_id
)
INSERT INTO payload (id, content, key_id, media_type, size, sha256)
SELECT payload_id, content, key_id, 'application/xml', size, sha256 FROM wanted JOIN added USING (payload_id)
""")


def store_documents(ledger: Ledger, actor: Actor, records: Iterable[Record]) -> None:
    """Store the records' documents, those that are there already excepted; a few megabytes a transaction."""
    by_hash = {sha256_of(record.document): record.document for record in records}
    for documents in by_size(by_hash.values(), len, _STORE_AT_ONCE):
        batch = [ledger.vault.kept(document) for document in documents]
        with ledger.transaction(actor, Waypoint.DOCUMENTS_STORED) as connection:
            connection.execute(
                _INSERT_DOCUMENTS,
                {
                    "sha256s": [each.sha256 for each in batch],
                    "sizes": [each.size for each in batch],
                    "contents": [each.content for each in batch],
                    "key_ids": [each.key_id for each in batch],
                    "payload_ids": [uuid4() for _ in batch],
                },
            )


@dataclass(frozen=True, slots=True)
class KeptDocument:
    """The same as the database keeps it, for `Vault.plain`; `content` is None too where it was not asked for.

    `number` is its invoice's, where one is known.
    """

    number: str | None
    sha256: str
    size: int
    media_type: str
    is_erased: bool
    content: bytes | None
    key_id: str | None


_DOCUMENT_OF = text("""
SELECT nullif(i.by_number, '') AS number, d.sha256, d.size, p.media_type, p.erased_at IS NOT NULL AS is_erased,
       CASE WHEN d.sha256 = ANY(:known) THEN NULL ELSE p.content END AS content, p.key_id
FROM invoice i JOIN document d ON d.id = i.document_id JOIN payload p ON p.id = d.payload_id
WHERE i.id = :invoice_id
""")


def kept_document_of(
    connection: Connection, invoice_id: UUID, known: Sequence[str] = ()
) -> KeptDocument | None:
    """An invoice's document without the work of decrypting it; without its bytes if `known` has their SHA-256.

    None where there is no such invoice, or none that may be seen.
    """
    row = connection.execute(_DOCUMENT_OF, {"invoice_id": invoice_id, "known": list(known)}).one_or_none()
    return None if row is None else KeptDocument(*row)
