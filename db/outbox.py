"""The outbox: events written with each change of an invoice's state, kept until a channel confirms them.

All of it is done by functions of the database's owner, as the background of the facade has no caller.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from invoices.events import InvoiceEvent
from invoices.lifecycle import State


def publish_to(connection: Connection, channel: str, states: Iterable[State]) -> None:
    """Write events of these states for a channel from now on; none switches it off.

    What waits for a channel that is switched off is kept.
    """
    connection.execute(
        text("SELECT publish_to(:channel, CAST(:states AS text[]))"),
        {"channel": channel, "states": sorted(states)},
    )


def take_events(connection: Connection, channel: str, most: int) -> list[InvoiceEvent]:
    """The oldest events that a channel has not confirmed, at most so many; of each invoice in order.

    Until the transaction ends nobody else is given any of this channel: settle them in the same one. None while
    another publishes, or the channel rests after a failure.
    """
    rows = connection.execute(
        text("SELECT * FROM take_events(:channel, :most)"), {"channel": channel, "most": most}
    )
    return [InvoiceEvent(*row) for row in rows]


_SETTLE = text("""
SELECT settle_events(:channel, CAST(:taken AS bigint[]), CAST(:refused AS bigint[]), CAST(:whys AS text[]), :down)
""")


def settle_events(
    connection: Connection,
    channel: str,
    taken: Collection[int],
    refused: Mapping[int, str],
    down: str | None,
) -> None:
    """Let go of what a channel confirmed, by position, and wait before what it did not.

    Args:
        connection: The transaction in which they were taken.
        channel: The channel's name.
        taken: What it confirmed.
        refused: What it will not have as it is, and why: tried again after 5 s, later after up to an hour.
        down: Why it takes nothing at all now: it rests for 2 s, later for up to 5 minutes.
    """
    connection.execute(
        _SETTLE,
        {
            "channel": channel,
            "taken": list(taken),
            "refused": list(refused),
            "whys": list(refused.values()),
            "down": down,
        },
    )


@dataclass(frozen=True, slots=True)
class Backlog:
    """How publishing to a channel stands, over all companies.

    Attributes:
        channel: `prefect` or `kafka`.
        listens: Whether events are written for it.
        waiting: Events that it has not confirmed.
        oldest_at: When the oldest of those happened.
        refused: How many of them it refused as they are.
        failures: How often in a row it took nothing.
        error: Why, the last time.
        paused_until: Until when it is left alone after that.
        published_at: When it last confirmed any.
    """

    channel: str
    listens: bool
    waiting: int
    oldest_at: datetime | None
    refused: int
    failures: int
    error: str | None
    paused_until: datetime | None
    published_at: datetime | None


def backlog(connection: Connection) -> list[Backlog]:
    """How each channel stands now; any role of ours may ask."""
    return [Backlog(*row) for row in connection.execute(text("SELECT * FROM outbox_backlog()"))]
