"""The entrance: one statement lets a caller in, and from then on the transaction shows what they may see."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, text

from logs.correlation import correlation_id


@dataclass(frozen=True, slots=True)
class Person:
    """An account that is signed in; `companies` is None where it may see every company's invoices."""

    id: UUID
    name: str
    role: str
    companies: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Service:
    """An API key that is valid; `unnoted` when its last use that was noted is a minute ago or more."""

    id: UUID
    name: str
    scopes: frozenset[str]
    companies: frozenset[str] | None
    unnoted: bool


# Whoever only reads cannot write from here on; noting the use of a key comes before that.
_BY_SESSION = text("""
SELECT e.*, set_config('transaction_read_only', CASE WHEN :reads_only THEN 'on' ELSE 'off' END, true)
FROM enter_by_session(:sign_in_id, :account_id) AS e
""")
_BY_KEY = text("""
SELECT e.*,
    set_config('transaction_read_only', CASE WHEN :reads_only AND NOT e.unnoted THEN 'on' ELSE 'off' END, true)
FROM enter_by_key(:hashed) AS e
""")


def enter_by_session(
    connection: Connection, sign_in_id: UUID, account_id: UUID, *, reads_only: bool = False
) -> Person | None:
    """Let a person in by a sign-in; None where it has ended, or the account is disabled."""
    row = connection.execute(
        _BY_SESSION, {"sign_in_id": sign_in_id, "account_id": account_id, "reads_only": reads_only}
    ).one_or_none()
    return Person(row.id, row.name, row.role, _set(row.companies)) if row else None


def enter_by_key(connection: Connection, hashed: str, *, reads_only: bool = False) -> Service | None:
    """Let a service in by the hash of its key; None where there is none such, or it is revoked or expired."""
    row = connection.execute(_BY_KEY, {"hashed": hashed, "reads_only": reads_only}).one_or_none()
    if row is None:
        return None
    return Service(row.id, row.name, frozenset(row.scopes), _set(row.companies), row.unnoted)


def note_use_of_key(connection: Connection, hashed: str) -> bool:
    """Note that a key is used now, unless that was noted within a minute, or is noted at this very moment."""
    return _noted(connection, "SELECT note_use_of_key(:hashed)", hashed=hashed)


def note_refused_token(connection: Connection, sign_in_id: UUID, account_id: UUID, address: str) -> bool:
    """Note that a token of ours was refused, at most once a minute for an account."""
    return _noted(
        connection,
        "SELECT note_refused_token(:sign_in_id, :account_id, :address, :correlation_id)",
        sign_in_id=sign_in_id,
        account_id=account_id,
        address=address,
        correlation_id=correlation_id(),
    )


def note_refused_key(connection: Connection, hashed: str, address: str) -> bool:
    """Note that a revoked or expired key was refused, at most once a minute for a key."""
    return _noted(
        connection,
        "SELECT note_refused_key(:hashed, :address, :correlation_id)",
        hashed=hashed,
        address=address,
        correlation_id=correlation_id(),
    )


def _noted(connection: Connection, statement: str, **parameters: object) -> bool:
    noted: bool = connection.execute(text(statement), parameters).scalar_one()
    return noted


def _set(companies: list[str] | None) -> frozenset[str] | None:
    return None if companies is None else frozenset(companies)
