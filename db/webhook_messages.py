"""Webhooks that go out: changes of invoices' outward status, queued with the change itself, and each try to tell.

All of it is done by functions of the database's owner, as the background of the facade has no caller.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal
from uuid import UUID

from sqlalchemy import Connection, text


def announce_to(connection: Connection, url: str | None) -> None:
    """Queue changes for the endpoint at `url` from now on; None queues nothing.

    An endpoint that said it is gone is told again once another address, or none, was set.
    """
    key = None if url is None else sha256(url.encode()).hexdigest()
    connection.execute(text("SELECT announce_to(:key)"), {"key": key})


@dataclass(frozen=True, slots=True)
class OutgoingWebhook:
    """A message that was taken to be sent, and the attempt that was opened for it."""

    attempt_id: UUID
    message_id: UUID
    number: int
    """Which try this is, from 1."""
    body: bytes


@dataclass(frozen=True, slots=True)
class Ending:
    """How an attempt ended, and what becomes of its message; `wait` is in seconds, before the next try."""

    attempt_id: UUID
    outcome: Literal["delivered", "again", "given_up"]
    seconds: float
    http_status: int | None = None
    error: str | None = None
    wait: float = 0.0


def take_webhooks(connection: Connection, most: int, lease_seconds: float) -> list[OutgoingWebhook]:
    """Open an attempt for messages that are due, oldest first; nobody else takes them while the lease lasts.

    Of one invoice only the oldest that is not delivered or given up. None while the endpoint is gone or paused.
    """
    rows = connection.execute(
        text("SELECT * FROM take_webhooks(:most, :lease)"), {"most": most, "lease": lease_seconds}
    ).all()
    return [OutgoingWebhook(row.attempt_id, row.message_id, row.number, row.body.encode()) for row in rows]


_SETTLE = text("""
SELECT settle_webhooks(CAST(:ids AS uuid[]), CAST(:took AS double precision[]), CAST(:statuses AS integer[]),
    CAST(:errors AS text[]), CAST(:outcomes AS text[]), CAST(:waits AS double precision[]), :pause)
""")


def settle_webhooks(connection: Connection, endings: Sequence[Ending], pause_seconds: float = 0.0) -> None:
    """Write down how attempts ended; for `pause_seconds` the endpoint is sent nothing at all."""
    connection.execute(
        _SETTLE,
        {
            "ids": [each.attempt_id for each in endings],
            "took": [each.seconds for each in endings],
            "statuses": [each.http_status for each in endings],
            "errors": [each.error for each in endings],
            "outcomes": [each.outcome for each in endings],
            "waits": [each.wait for each in endings],
            "pause": pause_seconds,
        },
    )


def stop_announcing(connection: Connection) -> None:
    """Queue and send no more, because the endpoint is gone; what waits is given up."""
    connection.execute(text("SELECT stop_announcing()"))


@dataclass(frozen=True, slots=True)
class Announcing:
    """How announcing stands, over all companies.

    Attributes:
        announces: Whether changes are queued.
        undelivered: Messages that are neither delivered nor given up.
        oldest_at: When the oldest of those came about.
        given_up: Messages that were never taken.
        gone_at: When the endpoint said that it wants no more.
        paused_until: Until when the endpoint asked to be left alone.
    """

    announces: bool
    undelivered: int
    oldest_at: datetime | None
    given_up: int
    gone_at: datetime | None
    paused_until: datetime | None


def announcing(connection: Connection) -> Announcing:
    """How it stands now; any role of ours may ask."""
    row = connection.execute(text("SELECT * FROM announcing()")).one()
    return Announcing(*row)


def undelivered_webhooks(connection: Connection) -> int:
    """How many messages are neither delivered nor given up."""
    return announcing(connection).undelivered
