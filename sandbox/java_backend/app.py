"""The sandbox's Java backend over HTTP: the invoice source of java-backend.openapi.yaml, and a taker of webhooks."""

from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.errors import UnknownCursorError
from sandbox.faults import Fault, FaultKind
from sandbox.java_backend.acknowledgement import read_acknowledgement
from sandbox.java_backend.answers import document_answer, item, items, json_answer, refusal
from sandbox.java_backend.feed import Change, Feed
from sandbox.java_backend.webhooks import WEBHOOK_PATH, WebhookDesk
from sandbox.journal import Call, Entry, System
from sandbox.reception import Handler, Reception, bears

PAGE_SIZE = 200
LARGEST_PAGE = 1000


class JavaBackend:
    """The change feed, single records, their documents and acknowledgements, behind one bearer token.

    Webhooks are signed with `webhook_secret` instead.
    """

    def __init__(self, reception: Reception, feed: Feed, token: str, webhook_secret: str) -> None:
        self._reception = reception
        self._feed = feed
        self._token = token
        self._webhooks = WebhookDesk(reception, webhook_secret)

    def app(self) -> ASGIApp:
        """The ASGI application."""
        routes = [
            self._route("/api/v1/invoices", Call.PAGE, self._page),
            self._route("/api/v1/invoices/{id}", Call.RECORD, self._record),
            self._route("/api/v1/invoices/{id}/ubl", Call.UBL, self._ubl),
            self._route("/api/v1/invoices/{id}/status", Call.ACKNOWLEDGEMENT, self._status, "POST"),
            self._route("/api/v1/health", Call.HEALTH, self._health),
            self._route(WEBHOOK_PATH, Call.WEBHOOK, self._webhooks.take, "POST"),
        ]
        return _match_raw_paths(Starlette(routes=routes))

    def _route(self, path: str, call: Call, handler: Handler, method: str = "GET") -> Route:
        return Route(path, self._reception.endpoint(System.JAVA_BACKEND, call, handler), methods=[method])

    async def _health(self, _request: Request, entry: Entry) -> Response:
        return await self._reception.receive(entry, lambda _: JSONResponse({"status": "UP"}))

    async def _page(self, request: Request, entry: Entry) -> Response:
        self._authorize(request)
        entry.cursor = request.query_params.get("cursor")
        size, with_documents = _size(request), _include(request)
        try:
            changes, cursor, more = self._feed.page(entry.cursor, size)
        except UnknownCursorError:
            raise refusal(400, "Unknown or expired cursor") from None

        def deed(fault: Fault | None) -> Response:
            if fault is not None and fault.fault is FaultKind.EMPTY_PAGE:
                _, unmoved, any_more = self._feed.page(entry.cursor, 0)
                return json_answer(request, {"items": [], "next": unmoved, "hasMore": any_more})
            records = items(changes, fault, with_documents=with_documents)
            return json_answer(request, {"items": records, "next": cursor, "hasMore": more})

        return await self._reception.receive(entry, deed, {each.record.source_id for each in changes})

    async def _record(self, request: Request, entry: Entry) -> Response:
        change = self._change(request, entry)
        return await self._reception.receive(
            entry, lambda fault: json_answer(request, item(change, fault, with_document=False))
        )

    async def _ubl(self, request: Request, entry: Entry) -> Response:
        change = self._change(request, entry)
        revision = request.query_params.get("revision")
        if revision is not None and revision != str(change.revision):
            change = self._revision(revision, change.record.source_id)
        return await self._reception.receive(entry, lambda fault: document_answer(request, change, fault))

    async def _status(self, request: Request, entry: Entry) -> Response:
        body = await request.body()
        self._change(request, entry)
        acknowledgement = read_acknowledgement(request.headers.get("content-type", ""), body)
        entry.acknowledged = acknowledgement.status
        entry.version = acknowledgement.version
        entry.receipt = acknowledgement.receipt
        return await self._reception.receive(entry, lambda _: Response(status_code=204))

    def _authorize(self, request: Request) -> None:
        if not bears(request, self._token):
            raise refusal(401, "Missing or wrong token")

    def _change(self, request: Request, entry: Entry) -> Change:
        """The latest change of the record in the path."""
        self._authorize(request)
        entry.source_id = unquote(request.path_params["id"])
        change = self._feed.latest(entry.source_id)
        if change is None:
            raise refusal(404, "No such invoice")
        return change

    def _revision(self, revision: str, source_id: str) -> Change:
        """An earlier change of this record, as its `ublUrl` names it."""
        change = self._feed.revision(revision)
        if change is None or change.record.source_id != source_id:
            raise refusal(404, "No such invoice")
        return change


def _match_raw_paths(app: ASGIApp) -> ASGIApp:
    """Let an encoded slash be part of an id, as the contract's ids may be any text."""

    async def with_raw_path(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "path": scope["raw_path"].decode("latin-1")}, receive, send)

    return with_raw_path


def _size(request: Request) -> int:
    text = request.query_params.get("size", str(PAGE_SIZE))
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:5]) <= LARGEST_PAGE):
        raise refusal(422, f"size must be from 1 to {LARGEST_PAGE}")
    return int(text)


def _include(request: Request) -> bool:
    include = request.query_params.get("include")
    if include not in {None, "ubl"}:
        raise refusal(422, "include must be ubl")
    return include == "ubl"
