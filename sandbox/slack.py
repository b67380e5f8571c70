"""The sandbox's Slack: an incoming webhook that takes JSON and answers `ok`."""

import json
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sandbox.journal import Call, Entry, System
from sandbox.reception import Reception, RefusedCallError

WEBHOOK_PATH = "/services/T00SANDBOX/B00SANDBOX/waybill"


class Slack:
    """The webhook, with Slack's own words for what it refuses."""

    def __init__(self, reception: Reception) -> None:
        self._reception = reception

    def app(self) -> Starlette:
        """The ASGI application."""
        endpoint = self._reception.endpoint(System.SLACK, Call.MESSAGE, self._message)
        return Starlette(routes=[Route(WEBHOOK_PATH, endpoint, methods=["POST"])])

    async def _message(self, request: Request, entry: Entry) -> Response:
        payload = _payload(await request.body())
        entry.text = payload.get("text") or json.dumps(payload["blocks"], ensure_ascii=False)
        return await self._reception.receive(entry, lambda _: PlainTextResponse("ok"))


def _payload(body: bytes) -> dict[str, Any]:
    try:
        payload = json.loads(body)
    except ValueError:
        raise _refusal("invalid_payload") from None
    if not isinstance(payload, dict):
        raise _refusal("invalid_payload")
    text, blocks = payload.get("text"), payload.get("blocks")
    if not (isinstance(text, str) and text) and not (isinstance(blocks, list) and blocks):
        raise _refusal("no_text")
    return payload


def _refusal(reason: str) -> RefusedCallError:
    return RefusedCallError(reason, PlainTextResponse(reason, 400))
