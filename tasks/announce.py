"""Announce: tell the ERP, by signed webhooks, how its invoices fare; each change once by its id, in order."""

import logging
import random
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from time import monotonic

from sqlalchemy.exc import SQLAlchemyError

from clients.errors import OutsideError
from clients.webhook_receiver import Answer, WebhookReceiver
from clients.webhook_signature import keys_of
from db.ledger import Actor, Ledger
from db.waypoints import Waypoint, reached
from db.webhook_messages import (
    Ending,
    OutgoingWebhook,
    announce_to,
    settle_webhooks,
    stop_announcing,
    take_webhooks,
)
from logs.correlation import CorrelatedThreads
from settings import Settings

_logger = logging.getLogger(__name__)
_MINUTE, _HOUR = 60, 3600
SPACING_SECONDS = (
    5, 5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, 5 * _HOUR, 10 * _HOUR, 14 * _HOUR, 20 * _HOUR, 24 * _HOUR,
)  # fmt: skip
"""From each try to the next, as the Standard Webhooks specification suggests; after the last, it is given up."""

GONE = (
    "the receiver of webhooks answered 410 Gone: changes are announced no more until its address is set anew"
)
_JITTER = 0.2
_AT_THE_SAME_TIME = 8
_LEASE_SECONDS = 60.0
_ACTOR = Actor("announcements")


@dataclass(frozen=True, slots=True)
class Announced:
    """What a round came to; `gone` when the receiver wants no more of any."""

    delivered: int = 0
    failed: int = 0
    gone: bool = False


def receiver_of(settings: Settings) -> WebhookReceiver | None:
    """The receiver that the settings name, if they do.

    Raises:
        UnusableReceiver: Its address cannot be used.
    """
    if settings.webhook_url is None or settings.webhook_secret is None:
        return None
    return WebhookReceiver(settings.webhook_url, keys_of(settings.webhook_secret.get_secret_value()))


def begin_announcing(ledger: Ledger, settings: Settings) -> None:
    """From now on queue changes for the receiver of the settings, or none where they name none."""
    with ledger.transaction(_ACTOR, Waypoint.ANNOUNCING_SET) as connection:
        announce_to(connection, settings.webhook_url)


def announce_due(
    ledger: Ledger, receiver: WebhookReceiver, *, limit: int = 1000, within_seconds: float = 30.0
) -> Announced:
    """Send what is due, at most `limit` messages, and begin none after `within_seconds`.

    It stops early at a receiver that takes none of a handful, or asks for peace: the rest stays due.
    """
    ends_at, delivered, failed = monotonic() + within_seconds, 0, 0
    while delivered + failed < limit and monotonic() < ends_at:
        taken = _take(ledger, min(_AT_THE_SAME_TIME, limit - delivered - failed))
        if not taken:
            break
        answers = _send(receiver, taken)
        _settle(ledger, taken, answers)
        delivered += sum(answer.taken for answer in answers)
        failed += sum(not answer.taken for answer in answers)
        if any(answer.gone for answer in answers):
            return Announced(delivered, failed, gone=True)
        if not any(answer.taken for answer in answers):
            break
    return Announced(delivered, failed)


def announce_at_the_end(ledger: Ledger, settings: Settings) -> None:
    """What a run does once it is over; what cannot be told now is told by the next run, or by the facade."""
    try:
        receiver = receiver_of(settings)
        if receiver is None:
            return
        with closing(receiver):
            announced = announce_due(ledger, receiver)
    except (OutsideError, SQLAlchemyError) as error:
        reason = str(error) if isinstance(error, OutsideError) else type(error).__name__
        _logger.warning("changes were not announced: %s", reason)
        return
    if announced.gone:
        _logger.warning(GONE)


def _take(ledger: Ledger, most: int) -> list[OutgoingWebhook]:
    with ledger.transaction(_ACTOR, Waypoint.WEBHOOKS_TAKEN) as connection:
        return take_webhooks(connection, most, _LEASE_SECONDS)


def _send(receiver: WebhookReceiver, taken: Sequence[OutgoingWebhook]) -> list[Answer]:
    def send(message: OutgoingWebhook) -> Answer:
        reached(Waypoint.WEBHOOK_BEGINS)
        answer = receiver.send(str(message.message_id), message.body)
        reached(Waypoint.WEBHOOK_ENDED)
        return answer

    with CorrelatedThreads(_AT_THE_SAME_TIME, thread_name_prefix="announce") as executor:
        return list(executor.map(send, taken))


def _settle(ledger: Ledger, taken: Sequence[OutgoingWebhook], answers: Sequence[Answer]) -> None:
    endings = [_ending(message, answer) for message, answer in zip(taken, answers, strict=True)]
    pause = max((answer.retry_after or 0.0 for answer in answers), default=0.0)
    with ledger.transaction(_ACTOR, Waypoint.WEBHOOKS_SETTLED) as connection:
        settle_webhooks(connection, endings, pause)
        if any(answer.gone for answer in answers):
            stop_announcing(connection)


def _ending(message: OutgoingWebhook, answer: Answer) -> Ending:
    if answer.taken:
        return Ending(message.attempt_id, "delivered", answer.seconds, answer.status)
    if message.number > len(SPACING_SECONDS):
        return Ending(message.attempt_id, "given_up", answer.seconds, answer.status, answer.error)
    wait = max(wait_after(message.number), answer.retry_after or 0.0)
    return Ending(message.attempt_id, "again", answer.seconds, answer.status, answer.error, wait)


def wait_after(tries: int) -> float:
    """Seconds from a failed try to the next: a little more for some than for others, so that they spread."""
    return SPACING_SECONDS[tries - 1] * (1 + _JITTER * random.random())  # noqa: S311 - spreads, guards nothing
