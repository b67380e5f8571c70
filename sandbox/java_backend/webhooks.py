"""Webhooks of the sandbox's Java backend: it takes Waybill's, and signs those that ask Waybill for a run."""

import base64
import hashlib
import json
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import httpx
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from starlette.requests import Request
from starlette.responses import Response

from sandbox.java_backend.answers import refusal
from sandbox.journal import Entry
from sandbox.reception import Reception

WEBHOOK_PATH = "/webhooks/waybill"
_KEY_BYTES = 32
_LONGEST_ANSWER_SECONDS = 30


def new_secret() -> str:
    """A secret for signing, as Standard Webhooks writes them."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()}"


class FindingBody(BaseModel):
    """A finding in an announcement."""

    model_config = ConfigDict(strict=True, extra="forbid")

    code: str
    message: str


class InvoiceBody(BaseModel):
    """The invoice that an announcement is about."""

    model_config = ConfigDict(extra="forbid")

    id: uuid.UUID
    source: str
    source_id: str
    version: int
    number: str | None
    company_number: str | None
    direction: Literal["SALE", "PURCHASE"] | None
    status: Literal[
        "pending", "sent", "failed", "duplicate", "held", "outcome_unknown", "superseded", "dismissed",
        "out_of_scope",
    ]  # fmt: skip
    state: str
    receipt: str | None
    reason: str | None
    findings: list[FindingBody]
    updated_at: AwareDatetime


class AnnouncementBody(BaseModel):
    """What Waybill sends, read strictly."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["invoice.state_changed"]
    timestamp: AwareDatetime
    data: InvoiceBody


class WebhookDesk:
    """The endpoint that takes Waybill's announcements, signed with `secret`."""

    def __init__(self, reception: Reception, secret: str) -> None:
        self._reception = reception
        self._webhook = Webhook(secret)

    async def take(self, request: Request, entry: Entry) -> Response:
        """Verify a message before anything else, and note it in the journal."""
        body = await request.body()
        entry.webhook_id = request.headers.get("webhook-id")
        entry.sha256 = hashlib.sha256(body).hexdigest()
        try:
            self._webhook.verify(body, dict(request.headers), json_parse=False)
        except (WebhookVerificationError, ValueError) as error:
            raise refusal(401, f"The signature does not fit: {error}") from error
        self._note(entry, body)
        return await self._reception.receive(entry, lambda _: Response(status_code=204))

    def _note(self, entry: Entry, body: bytes) -> None:
        try:
            said = AnnouncementBody.model_validate_json(body).data
        except ValidationError as error:
            wrong = sorted({".".join(str(step) for step in each["loc"]) for each in error.errors()})
            raise refusal(422, f"Not an announcement: {', '.join(wrong)}") from error
        entry.source_id, entry.version, entry.announced = said.source_id, said.version, said.status
        entry.company_number, entry.receipt = said.company_number, said.receipt


@dataclass(frozen=True, slots=True)
class SignedWebhook:
    """A webhook as the Java backend sends it: what is signed is the id, the moment and the very bytes."""

    headers: dict[str, str]
    content: bytes


def signed_webhook(
    secret: str, body: dict[str, Any] | bytes, webhook_id: str | None = None, at: datetime | None = None
) -> SignedWebhook:
    """`body` signed as `webhook_id` (None: a new one) at a moment in UTC (None: now)."""
    webhook_id, at = webhook_id or f"msg_{uuid.uuid4().hex}", at or datetime.now(UTC)
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return SignedWebhook(
        {
            "webhook-id": webhook_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(secret).sign(webhook_id, at, content.decode("utf-8", "replace")),
            "content-type": "application/json",
        },
        content,
    )


def invoices_changed(source_ids: Sequence[str] | None = None) -> dict[str, Any]:
    """The body that asks for a run: for these records, or for all that is new."""
    return {
        "type": "invoices.changed",
        "timestamp": datetime.now(UTC).isoformat(),
        "data": None if source_ids is None else {"invoice_ids": list(source_ids)},
    }


def send_webhook(url: str, secret: str, source_ids: Sequence[str] | None = None) -> httpx.Response:
    """Tell the Waybill at `url` (its whole webhook address) that invoices changed.

    Raises:
        httpx.HTTPError: It gave no answer.
    """
    webhook = signed_webhook(secret, invoices_changed(source_ids))
    return httpx.post(url, content=webhook.content, headers=webhook.headers, timeout=_LONGEST_ANSWER_SECONDS)
