"""Keys: by which of them the ledger's bytes are encrypted, and how all come under another one."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, Row, text

from db.batches import by_size
from db.ledger import Actor, Ledger
from db.vault import CannotDecrypt, Kept, Vault, sha256_of
from db.waypoints import Waypoint

_BYTES_AT_ONCE = 8 * 1024 * 1024
_ROWS_AT_ONCE = 500

# Reasons are people's words about an invoice; they stay readable, as findings do.
_KEPT_IN_THE_VAULT = "content IS NOT NULL AND media_type <> 'text/plain'"


@dataclass(frozen=True, slots=True)
class KeyUse:
    """How much is encrypted by one key; `key_id` is None for what is plain."""

    key_id: str | None
    payloads: int
    bytes: int
    readable: bool


def key_uses(connection: Connection, vault: Vault) -> list[KeyUse]:
    """All keys that anything is encrypted by, at hand or not, and the one that encrypts now; plain comes first."""
    rows = connection.execute(
        text(
            "SELECT key_id, count(size) AS payloads, coalesce(sum(size), 0)::bigint AS bytes FROM ("
            f" SELECT key_id, size FROM payload WHERE {_KEPT_IN_THE_VAULT}"
            " UNION ALL VALUES (CAST(NULL AS text), CAST(NULL AS bigint)), (CAST(:writes_by AS text), NULL)"
            ") AS kept GROUP BY key_id ORDER BY key_id NULLS FIRST"
        ),
        {"writes_by": vault.writes_by},
    )
    return [KeyUse(row.key_id, row.payloads, row.bytes, vault.can_read(row.key_id)) for row in rows]


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A batch that was committed: how many are under the new key now, and those that could not be had in the plain."""

    payloads: int
    locked: tuple[tuple[UUID, CannotDecrypt], ...]


def rewrite(ledger: Ledger, actor: Actor, writer: Vault) -> Iterator[Rewritten]:
    """Bring all that the ledger's vault can read under the key that `writer` encrypts by (none: plain).

    Goes once through the ledger and commits batch by batch: who is killed begins again where he was. Safe beside
    runs and beside itself. What runs add meanwhile under another key is left for the next time.
    """
    after = UUID(int=0)
    while rows := _next(ledger, writer, after):
        after = rows[-1].id
        for batch in by_size(rows, lambda row: row.size, _BYTES_AT_ONCE):
            yield _rewrite(ledger, actor, writer, [row.id for row in batch])


_NEXT = text(
    "SELECT id, octet_length(content) AS size FROM payload"
    f" WHERE id > :after AND {_KEPT_IN_THE_VAULT} AND key_id IS DISTINCT FROM :key_id ORDER BY id LIMIT :limit"
)

_TAKE = text(
    "SELECT id, content, key_id, sha256 FROM payload"
    f" WHERE id = ANY(:ids) AND {_KEPT_IN_THE_VAULT} AND key_id IS DISTINCT FROM :key_id"
    " ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"
)

_PUT_BACK = text(
    "UPDATE payload SET content = given.content, key_id = :key_id"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:contents AS bytea[])) AS given (id, content)"
    " WHERE payload.id = given.id"
)


def _next(ledger: Ledger, writer: Vault, after: UUID) -> list[Row[tuple[UUID, int]]]:
    with ledger.reading() as connection:
        return list(
            connection.execute(_NEXT, {"after": after, "key_id": writer.writes_by, "limit": _ROWS_AT_ONCE})
        )


def _rewrite(ledger: Ledger, actor: Actor, writer: Vault, ids: list[UUID]) -> Rewritten:
    written: dict[UUID, Kept] = {}
    locked: list[tuple[UUID, CannotDecrypt]] = []
    with ledger.transaction(actor, Waypoint.REENCRYPTED) as connection:
        for row in connection.execute(_TAKE, {"ids": ids, "key_id": writer.writes_by}):
            try:
                written[row.id] = writer.kept(_plain(ledger.vault, row))
            except CannotDecrypt as cause:
                locked.append((row.id, cause))
        if written:
            contents = [kept.content for kept in written.values()]
            connection.execute(
                _PUT_BACK, {"key_id": writer.writes_by, "ids": list(written), "contents": contents}
            )
    return Rewritten(len(written), tuple(locked))


def _plain(vault: Vault, row: Row[tuple[UUID, bytes, str | None, str]]) -> bytes:
    """The bytes, if they are those that came in: what was changed must not be made to look as if it were not."""
    plain = vault.plain(row.content, row.key_id)
    if sha256_of(plain) != row.sha256:
        raise CannotDecrypt("its bytes no longer have their SHA-256; they were changed")
    return plain
