"""Notify: what goes wrong is noted in the ledger, folded, put into words, and sent to the channels of the settings.

Each message is sent at least once: whoever is killed between sending and noting it down leaves it to be sent again.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import monotonic
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from clients.notification_blocks import Channel, Letter, NotTold, notification_block, slack_webhook
from db.jobs import close_dead_jobs
from db.ledger import Actor, Ledger
from db.notices import (
    Outgoing,
    end_met_needs,
    give_up_notices,
    note_neighbours,
    note_trouble,
    settle_notice,
    take_notices,
    tell,
    troubles_to_tell,
    unnoticed_jobs,
)
from db.waypoints import Waypoint, reached
from settings import Settings
from tasks.notice_messages import message_of, test_message
from tasks.run_ends import OF_INVOICES, RunEnd, is_known, note_end, trouble_without_job

_logger = logging.getLogger(__name__)

SPACING_SECONDS = 3600.0
"""People are told of the same trouble once in this time."""
GIVE_UP_SECONDS = 24 * 3600.0
_WAITS = (30.0, 60.0, 120.0, 300.0, 900.0)
_GRACE_SECONDS = 60.0
_LEASE_SECONDS = 120.0
_ACTOR = Actor("notices")


@dataclass(frozen=True, slots=True)
class Told:
    """What a round of sending came to."""

    delivered: int = 0
    failed: int = 0


def channels_of(settings: Settings) -> list[Channel]:
    """Where people are told, as the settings say."""
    slack = settings.slack_webhook_url
    first = [slack_webhook(slack.get_secret_value())] if slack else []
    return first + [notification_block(name) for name in settings.notification_blocks]


def notify(
    ledger: Ledger, settings: Settings, end: RunEnd | None = None, *, within_seconds: float = 20.0
) -> Told:
    """Note what happened, tell what is due to be told, and send what waits: begin no message after so long."""
    note(ledger, end)
    put_into_words(ledger, settings)
    return send_due(ledger, channels_of(settings), within_seconds=within_seconds)


def notify_of_the_dead(ledger: Ledger, settings: Settings) -> None:
    """What a run does that found others dead: were it told at the end alone, all would be well again by then."""
    try:
        notify(ledger, settings, within_seconds=1.0)
    except SQLAlchemyError as error:
        _logger.warning("runs that died are told of later: the ledger answered %s", type(error).__name__)


def note(ledger: Ledger, end: RunEnd | None = None) -> None:
    """Fold into the ledger what happened: a run that ended, runs that died, neighbours, needs that were met."""
    with ledger.transaction(_ACTOR, Waypoint.TROUBLE_NOTED) as connection:
        close_dead_jobs(connection)
        jobs = unnoticed_jobs(connection, end.job_id if end else None, _GRACE_SECONDS)
        for job in jobs:
            note_end(connection, job, end if end and end.job_id == job.id else None)
        if end and (found := trouble_without_job(end)) and not is_known(connection, end):
            note_trouble(connection, found)
        note_neighbours(connection)
        end_met_needs(connection, OF_INVOICES)


def put_into_words(ledger: Ledger, settings: Settings) -> None:
    """Put on its way to each channel what people should be told now."""
    channels = [channel.name for channel in channels_of(settings)]
    with ledger.transaction(_ACTOR, Waypoint.PEOPLE_TOLD) as connection:
        for untold in troubles_to_tell(connection, SPACING_SECONDS):
            message = message_of(connection, untold, settings)
            tell(connection, untold.id, untold.says, message.title, message.as_json(), channels)
        give_up_notices(connection, GIVE_UP_SECONDS)


def send_test(ledger: Ledger, settings: Settings, *, within_seconds: float) -> UUID:
    """Send a test message to every channel, once; returns its id. One that nobody took is not sent later."""
    message, channels = test_message(settings), channels_of(settings)
    names = [channel.name for channel in channels]
    with ledger.transaction(_ACTOR, Waypoint.PEOPLE_TOLD) as connection:
        told = tell(connection, None, "test", message.title, message.as_json(), names)
    send_due(ledger, channels, within_seconds=within_seconds, notice_id=told)
    return told


def send_due(
    ledger: Ledger,
    channels: Sequence[Channel],
    *,
    within_seconds: float = 20.0,
    notice_id: UUID | None = None,
) -> Told:
    """Send what waits, one message after another, and begin none after `within_seconds`.

    A channel that does not take one is left alone for the rest of the round: the others do not wait for it.
    """
    ends_at, sent = monotonic() + within_seconds, Told()
    usable = {channel.name: channel for channel in channels}
    while usable and monotonic() < ends_at:
        with ledger.transaction(_ACTOR, Waypoint.NOTICES_TAKEN) as connection:
            taken = take_notices(connection, list(usable), 1, _LEASE_SECONDS, notice_id)
        if not taken:
            break
        error = _send(usable[taken[0].channel], taken[0])
        _settle(ledger, taken[0], error)
        if error is None:
            sent = replace(sent, delivered=sent.delivered + 1)
        else:
            sent = replace(sent, failed=sent.failed + 1)
            del usable[taken[0].channel]
    return sent


def _send(channel: Channel, taken: Outgoing) -> str | None:
    """What kept the channel from taking it; None where it took it."""
    reached(Waypoint.NOTICE_BEGINS)
    links = tuple((name, url) for name, url in taken.body.get("links", ()))
    try:
        channel.send(Letter(taken.title, taken.body["lines"], links))
    except NotTold as error:
        _logger.warning("a message did not reach %s, and is sent again later: %s", channel.name, error)
        return str(error)
    reached(Waypoint.NOTICE_ENDED)
    return None


def _settle(ledger: Ledger, taken: Outgoing, error: str | None) -> None:
    with ledger.transaction(_ACTOR, Waypoint.NOTICES_SETTLED) as connection:
        if error is None:
            settle_notice(connection, taken, "delivered")
        elif taken.says == "test":
            settle_notice(connection, taken, "given_up", error)
        else:
            settle_notice(connection, taken, "again", error, _WAITS[min(taken.tries, len(_WAITS)) - 1])
