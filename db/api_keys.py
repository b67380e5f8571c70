"""API keys of services: shown once, kept as a hash, found again by their prefix."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy import Connection, RowMapping, text

KEY_BEGINS = "wbk_"
_SECRET_BYTES = 32
_SHOWN = "id, name, prefix, scopes, companies, expires_at, revoked_at, last_used_at, created_at"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What may be shown of a key; `companies` is None where it may see every company's invoices."""

    id: UUID
    name: str
    prefix: str
    scopes: frozenset[str]
    companies: frozenset[str] | None
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    created_at: datetime


def hash_of(key: str) -> str:
    """What the ledger keeps of a key (a fast hash will do: nobody guesses 256 bits)."""
    return sha256(key.encode()).hexdigest()


def make_key(
    connection: Connection,
    name: str,
    scopes: Iterable[str],
    companies: Iterable[str] | None = None,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """A new key and what is shown of it; nobody will see the key itself again."""
    prefix = f"{KEY_BEGINS}{secrets.token_hex(4)}"
    key = f"{prefix}_{secrets.token_urlsafe(_SECRET_BYTES)}"
    made = connection.execute(
        text(
            "INSERT INTO api_key (name, prefix, hash, scopes, companies, expires_at)"
            f" VALUES (:name, :prefix, :hash, :scopes, :companies, :expires_at) RETURNING {_SHOWN}"
        ),
        {
            "name": name,
            "prefix": prefix,
            "hash": hash_of(key),
            "scopes": sorted(set(scopes)),
            "companies": None if companies is None else sorted(set(companies)),
            "expires_at": expires_at,
        },
    ).mappings()
    return _key(made.one()), key


def api_keys(connection: Connection) -> list[ApiKey]:
    """All keys, newest first; revoked ones too."""
    rows = connection.execute(text(f"SELECT {_SHOWN} FROM api_key ORDER BY created_at DESC, id"))
    return [_key(row) for row in rows.mappings()]


def revoke_key(connection: Connection, key_id: UUID) -> ApiKey | None:
    """Make a key useless from now on; None where there is none, or it was revoked before."""
    row = connection.execute(
        text(
            f"UPDATE api_key SET revoked_at = now() WHERE id = :id AND revoked_at IS NULL RETURNING {_SHOWN}"
        ),
        {"id": key_id},
    ).mappings()
    found = row.one_or_none()
    return _key(found) if found else None


def _key(row: RowMapping) -> ApiKey:
    companies = None if row["companies"] is None else frozenset(row["companies"])
    return ApiKey(**{**row, "scopes": frozenset(row["scopes"]), "companies": companies})
