"""Publish: events about invoices to Prefect and to Kafka, each at least once, those of an invoice in order."""

import json
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

from sqlalchemy.exc import SQLAlchemyError

from clients.errors import OutsideError
from clients.event_channel import Channel, Sent
from clients.kafka import KafkaChannel
from clients.prefect_events import PrefectChannel, has_server
from db.ledger import Actor, Ledger
from db.outbox import publish_to, settle_events, take_events
from db.waypoints import Waypoint, reached
from invoices.events import OUTCOMES, TOLD, InvoiceEvent
from invoices.lifecycle import State
from settings import Settings

_logger = logging.getLogger(__name__)
_ACTOR = Actor("publisher")
_TO_PREFECT: dict[str, tuple[State, ...]] = {"off": (), "outcomes": OUTCOMES, "all": TOLD}


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing came to: events that were confirmed and refused, and why the channel takes no more."""

    taken: int = 0
    refused: int = 0
    down: str | None = None


def begin_publishing(ledger: Ledger, settings: Settings) -> None:
    """From now on write events for the channels of the settings, and for no others."""
    to_kafka = TOLD if settings.kafka_bootstrap_servers else ()
    with ledger.transaction(_ACTOR, Waypoint.PUBLISHING_SET) as connection:
        publish_to(connection, PrefectChannel.name, _TO_PREFECT[settings.prefect_events])
        publish_to(connection, KafkaChannel.name, to_kafka)


@contextmanager
def open_channels(settings: Settings) -> Iterator[Sequence[Channel]]:
    """The channels of the settings that can be sent to from here; one that cannot is named in the log."""
    channels: list[Channel] = []
    if settings.prefect_events != "off" and has_server():
        channels.append(PrefectChannel())
    try:
        if settings.kafka_bootstrap_servers:
            channels.append(_kafka(settings, settings.kafka_bootstrap_servers))
    except OutsideError as error:
        _logger.error("events are not published: %s", error)  # noqa: TRY400 - it says all
    try:
        yield channels
    finally:
        for channel in channels:
            channel.close()


def _kafka(settings: Settings, servers: str) -> KafkaChannel:
    config = settings.kafka_config.get_secret_value() if settings.kafka_config else "{}"
    return KafkaChannel(servers, settings.kafka_topic, json.loads(config))


def publish_due(
    ledger: Ledger,
    channel: Channel,
    *,
    within_seconds: float = 30.0,
    pause: Callable[[float], None] = time.sleep,
) -> Published:
    """Publish what waits for a channel, and begin no batch after `within_seconds`.

    It stops early where the channel is down: the rest waits. `pause` keeps to the channel's own pace.
    """
    ends_at, total = monotonic() + within_seconds, Published()
    while total.down is None and monotonic() < ends_at:
        began = monotonic()
        batch = _publish_batch(ledger, channel)
        if batch is None or batch == Published():
            break
        total = Published(total.taken + batch.taken, total.refused + batch.refused, batch.down)
        if channel.per_second is not None:
            pause(max(0.0, batch.taken / channel.per_second - (monotonic() - began)))
    return total


def _publish_batch(ledger: Ledger, channel: Channel) -> Published | None:
    """One batch; None where there was nothing to do.

    A single transaction, so that its lock keeps other publishers away and goes with this process: until a
    channel has confirmed them, nothing is written, and events that it has seen are sent again.
    """
    with ledger.transaction(_ACTOR, Waypoint.EVENTS_SETTLED) as connection:
        events = take_events(connection, channel.name, channel.most)
        if not events:
            return None
        reached(Waypoint.EVENTS_BEGIN)
        sent = send_in_order(channel, events)
        reached(Waypoint.EVENTS_ENDED)
        settle_events(connection, channel.name, sent.taken, sent.refused, sent.down)
    return Published(len(sent.taken), len(sent.refused), sent.down)


def send_in_order(channel: Channel, events: Sequence[InvoiceEvent]) -> Sent:
    """Send events so that none of an invoice arrives before those ahead of it, whatever the channel refuses.

    The second of each invoice is sent when the channel has confirmed the first.
    """
    taken: frozenset[int] = frozenset()
    refused: dict[int, str] = {}
    kept_back = set()
    for turn in _turns(events):
        free = [event for event in turn if event.invoice_id not in kept_back]
        sent = channel.send(free) if free else Sent()
        taken |= sent.taken
        refused |= sent.refused
        if sent.down is not None:
            return Sent(taken, refused, sent.down)
        kept_back |= {event.invoice_id for event in free if event.position not in sent.taken}
    return Sent(taken, refused)


def _turns(events: Sequence[InvoiceEvent]) -> list[list[InvoiceEvent]]:
    """The first events of all invoices, then the second ones, and so on."""
    turns: list[list[InvoiceEvent]] = []
    seen: defaultdict[object, int] = defaultdict(int)
    for event in events:
        turn = seen[event.invoice_id]
        seen[event.invoice_id] += 1
        if turn == len(turns):
            turns.append([])
        turns[turn].append(event)
    return turns


def publish_at_the_end(ledger: Ledger, settings: Settings) -> None:
    """What a run does once it is over; what cannot be told now is told by the next run, or by the facade."""
    try:
        with open_channels(settings) as channels:
            for channel in channels:
                published = publish_due(ledger, channel, within_seconds=10.0)
                if published.down is not None:
                    _logger.warning("events wait to be published: %s", published.down)
    except SQLAlchemyError as error:
        _logger.warning("events wait to be published: the ledger answered %s", type(error).__name__)
