"""Signing in, staying signed in and signing out: the ledger compares, counts failures and notes what happened."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection, Row, text

from logs.correlation import correlation_id


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a password is hashed like before it is compared, which is None for a name that is not known.

    `wait` is the seconds until somebody may try again: 0 where they may now.
    """

    wait: int
    hashed_like: str | None


@dataclass(frozen=True, slots=True)
class Family:
    """A sign-in, and whose it is."""

    sign_in_id: UUID
    account_id: UUID


def challenge(connection: Connection, name: str, address: str) -> Challenge:
    """What to hash a password like that somebody at `address` gives for `name`."""
    row = connection.execute(
        text("SELECT * FROM sign_in_challenge(:name, :address, :correlation_id)"),
        {"name": name, "address": address, "correlation_id": correlation_id()},
    ).one()
    return Challenge(row.wait, row.hashed_like)


def sign_in(
    connection: Connection, name: str, hashed: str, address: str, refresh_hash: str, idle: timedelta
) -> Family | int:
    """A sign-in with its first refresh token; else the seconds to wait, 0 where name and password do not fit.

    What was counted and noted of a failure holds only if the transaction is committed.
    """
    row = connection.execute(
        text("SELECT * FROM sign_in(:name, :hashed, :address, :refresh_hash, :idle, :correlation_id)"),
        {
            "name": name,
            "hashed": hashed,
            "address": address,
            "refresh_hash": refresh_hash,
            "idle": idle,
            "correlation_id": correlation_id(),
        },
    ).one()
    return _family(row) or row.wait


def refresh(
    connection: Connection, hashed: str, address: str, refresh_hash: str, idle: timedelta
) -> Family | None:
    """Give a refresh token's sign-in its next one; None where the token is no good.

    One that was used before ends its sign-in: somebody else has it too. Commit in either case.
    """
    row = connection.execute(
        text("SELECT * FROM refresh_sign_in(:hashed, :refresh_hash, :idle, :address, :correlation_id)"),
        {
            "hashed": hashed,
            "address": address,
            "refresh_hash": refresh_hash,
            "idle": idle,
            "correlation_id": correlation_id(),
        },
    ).one_or_none()
    return _family(row) if row else None


def sign_out(connection: Connection, hashed: str, address: str) -> bool:
    """End the sign-in of a refresh token, old or new; False where it had ended, or there is none."""
    ended: bool = connection.execute(
        text("SELECT sign_out(:hashed, :address, :correlation_id)"),
        {"hashed": hashed, "address": address, "correlation_id": correlation_id()},
    ).scalar_one()
    return ended


def _family(row: Row[tuple[int, UUID, UUID]]) -> Family | None:
    return Family(row.sid, row.account_id) if row.sid else None
