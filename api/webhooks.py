"""Webhooks that come in: the Java backend says, signed, that invoices changed, and a run looks at them."""

import hashlib
from http import HTTPStatus
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from api.callers import address_of
from api.envelope import Success, documented
from api.facade import Facade, facade_of
from api.problems import InvalidRequest, Problem
from clients.java_records import is_source_id
from clients.webhook_signature import (
    ID_HEADER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    SignatureRefused,
    insist_on_signature,
    keys_of,
)
from db.received_webhooks import (
    ReceivedWebhook,
    WebhookIdReused,
    note_refused_webhook,
    receive_webhook,
)
from db.waypoints import Waypoint
from logs.correlation import correlation_id

router = APIRouter(tags=["webhooks"])

MOST_BYTES = 256 * 1024
_MOST_IDS = 1000
_ASKED_BY = "Java backend (webhook)"


class WebhooksOff(Problem):
    """No secret is set for webhooks of the Java backend, so none are taken: set WAYBILL_JAVA_BACKEND_WEBHOOK_SECRET."""

    status = HTTPStatus.NOT_FOUND
    code = "webhooks-off"
    title = "Webhooks are not taken"


class WebhookRefused(Problem):
    """The webhook is not signed as Standard Webhooks has it, by a secret that is known here, in the last 5 minutes."""

    status = HTTPStatus.UNAUTHORIZED
    code = "webhook-refused"
    title = "The signature does not hold"


class WebhookTooLarge(Problem):
    """The body of the webhook has more than 256 KiB: name fewer invoices, or none for all that is new."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "webhook-too-large"
    title = "The webhook is too large"


class WebhookReused(Problem):
    """The `webhook-id` came with another body before, which was taken: each id stands for one message."""

    status = HTTPStatus.CONFLICT
    code = "webhook-id-reused"
    title = "The webhook's id stands for another message"


def _is_usable(source_id: str) -> str:
    if not is_source_id(source_id):
        raise ValueError("must have 1 to 128 characters, none of them a control character")
    return source_id


class AnyWebhook(BaseModel):
    """What every webhook says of itself; the rest depends on its type."""

    type: str = Field(min_length=1, max_length=100)


class ChangedInvoices(BaseModel):
    """Which invoices changed."""

    invoice_ids: list[Annotated[str, AfterValidator(_is_usable)]] | None = Field(
        None,
        min_length=1,
        max_length=_MOST_IDS,
        description="Ids that the source gave; without them, all that is new.",
    )


class InvoicesChanged(BaseModel):
    """Invoices are new or changed at the source; fields that are not listed are ignored."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "invoices.changed",
                    "timestamp": "2026-11-21T09:26:53Z",
                    "data": {"invoice_ids": ["2026-0412"]},
                }
            ]
        }
    )

    type: Literal["invoices.changed"]
    timestamp: AwareDatetime | None = Field(None, description="When they changed.")
    data: ChangedInvoices | None = Field(None, description="Without it, all that is new.")


class WebhookTaken(BaseModel):
    """What a webhook led to."""

    webhook_id: str = Field(examples=["msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"])
    job_id: UUID | None = Field(
        description="The job that it asks for; null for a type that is not known here."
    )
    status_url: str | None = Field(examples=["/api/v1/jobs/3f0d5b52-6c0b-4a53-9d1e-6d4d3a1f8a10"])


_HEADERS = {
    ID_HEADER: "The same for each try to send the message.",
    TIMESTAMP_HEADER: "When it was sent, in seconds since 1970.",
    SIGNATURE_HEADER: "`v1,` and the base64 HMAC-SHA-256 of `{id}.{timestamp}.{body}`; several separated by spaces.",
}
_DOCUMENTED: dict[str, Any] = {
    "parameters": [
        {"name": name, "in": "header", "required": True, "description": words, "schema": {"type": "string"}}
        for name, words in _HEADERS.items()
    ],
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": InvoicesChanged.model_json_schema()}},
    },
}


@router.post(
    "/webhooks/java-backend",
    operation_id="takeWebhook",
    summary="Say that invoices changed",
    status_code=202,
    responses=documented(WebhooksOff, WebhookRefused, WebhookTooLarge, WebhookReused, InvalidRequest),
    openapi_extra=_DOCUMENTED,
)
async def take(
    request: Request, response: Response, facade: Annotated[Facade, Depends(facade_of)]
) -> Success[WebhookTaken]:
    """Ask for a run of the named invoices, or of all that is new, by a signed webhook (Standard Webhooks).

    Each `webhook-id` counts once: the same message sent again is answered with the same job. A burst becomes one
    run. A type that is not known here is taken and ignored.
    """
    webhook_id, body = await _signed_by_java_backend(request, facade)
    if _read(AnyWebhook, body).type != "invoices.changed":
        return _taken(webhook_id, None, "This type is not known here: nothing is done about it.")
    changed = _read(InvoicesChanged, body)
    job_id, is_new = await _record(facade, webhook_id, body, changed)
    response.headers["Location"] = f"/api/v1/jobs/{job_id}"
    return _taken(webhook_id, job_id, "A run takes it up." if is_new else "It was taken before.")


async def _signed_by_java_backend(request: Request, facade: Facade) -> tuple[str, bytes]:
    """The id and the body of the webhook, once its signature holds; nothing of the body is looked at before."""
    secret = facade.settings.java_backend_webhook_secret
    if secret is None:
        raise WebhooksOff(
            "Set WAYBILL_JAVA_BACKEND_WEBHOOK_SECRET to the secret that the Java backend signs with."
        )
    body = await _bounded_body(request)
    try:
        headers = {name: _only(request, name) for name in _HEADERS}
        return insist_on_signature(keys_of(secret.get_secret_value()), headers, body), body
    except SignatureRefused as refused:
        async with facade.ledger.transaction(Waypoint.CALLER_NOTED) as connection:
            await connection.run_sync(note_refused_webhook, address_of(request), str(refused))
        raise WebhookRefused(str(refused)) from None


def _only(request: Request, name: str) -> str:
    values = request.headers.getlist(name)
    if len(values) > 1:
        raise SignatureRefused(f"The header `{name}` is there more than once.")
    return values[0] if values else ""


async def _bounded_body(request: Request) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            raise WebhookTooLarge(f"The body has more than {MOST_BYTES:,} bytes.")
    return bytes(body)


def _read(model: type[Any], body: bytes) -> Any:
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        details = [
            {
                "field": ".".join(map(str, ("body", *each["loc"]))),
                "message": each["msg"],
                "rule": each["type"],
            }
            for each in error.errors(include_url=False, include_context=False, include_input=False)
        ]
        words = "; ".join(f"{each['field']}: {each['message']}" for each in details[:5])
        raise InvalidRequest(f"{words}.", details=details[:100]) from None


async def _record(
    facade: Facade, webhook_id: str, body: bytes, changed: InvoicesChanged
) -> tuple[UUID, bool]:
    named = changed.data.invoice_ids if changed.data else None
    webhook = ReceivedWebhook(
        webhook_id,
        hashlib.sha256(body).hexdigest(),
        None if named is None else tuple(dict.fromkeys(named)),
        _ASKED_BY,
        correlation_id(),
    )
    try:
        async with facade.ledger.transaction(Waypoint.WEBHOOK_RECEIVED) as connection:
            return await connection.run_sync(receive_webhook, webhook)
    except WebhookIdReused:
        raise WebhookReused(
            f"`{webhook_id}` came with another body before; send new things under a new id."
        ) from None


def _taken(webhook_id: str, job_id: UUID | None, message: str) -> Success[WebhookTaken]:
    status_url = None if job_id is None else f"/api/v1/jobs/{job_id}"
    return Success(
        data=WebhookTaken(webhook_id=webhook_id, job_id=job_id, status_url=status_url), message=message
    )
