"""Webhooks that came in: each id is taken once, together with the run that it asks for."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, text

from logs.correlation import correlation_id


class WebhookIdReused(Exception):
    """The id stands for another body, which was taken before."""


@dataclass(frozen=True, slots=True)
class ReceivedWebhook:
    """A webhook whose signature was checked.

    Attributes:
        webhook_id: By its sender.
        body_sha256: Of the bytes that were signed.
        source_ids: The records to fetch; None for everything there is to do.
        requested_by: The name that the job shows.
        correlation_id: The X-Request-ID under which it came.
    """

    webhook_id: str
    body_sha256: str
    source_ids: Sequence[str] | None
    requested_by: str
    correlation_id: str


_RECEIVE = text(
    "SELECT * FROM receive_webhook(:id, :sha256, CAST(:source_ids AS text[]), :by, :correlation_id)"
)


def note_refused_webhook(connection: Connection, address: str, why: str) -> bool:
    """Note as a security event that a webhook was refused, at most once a minute for an address; whether it was."""
    noted: bool = connection.execute(
        text("SELECT note_refused_webhook(:address, :correlation_id, :why)"),
        {"address": address, "correlation_id": correlation_id(), "why": why},
    ).scalar_one()
    return noted


def receive_webhook(connection: Connection, webhook: ReceivedWebhook) -> tuple[UUID, bool]:
    """Take a webhook: the run request it stands for, and whether it is new; one that comes again changes nothing.

    Raises:
        WebhookIdReused: The same id came with another body.
    """
    received = connection.execute(
        _RECEIVE,
        {
            "id": webhook.webhook_id,
            "sha256": webhook.body_sha256,
            "source_ids": None if webhook.source_ids is None else list(webhook.source_ids),
            "by": webhook.requested_by,
            "correlation_id": webhook.correlation_id,
        },
    ).one()
    if not received.same_body:
        raise WebhookIdReused
    return received.asked, received.is_new
