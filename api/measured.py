"""Measured: every call to the facade is counted, timed and traced, by the template of its route."""

from time import perf_counter

from fastapi.routing import iter_route_contexts
from prometheus_client import CollectorRegistry, Histogram, ProcessCollector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access_log import QUIET
from logs.tracing import Span, span

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_TRACEPARENT = b"traceparent"


def registry_of_a_facade() -> CollectorRegistry:
    """A registry of one facade's own, with the figures of its process."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    return registry


class Measured:
    """ASGI middleware: counts requests, times and traces them, by route, method and status.

    A route is its template, never the path that was called, and unheard-of methods are one: the number of
    series is bounded by the routes. Time ends when the whole answer has been handed over. Probes are not traced.
    """

    def __init__(self, app: ASGIApp, registry: CollectorRegistry) -> None:
        self._app = app
        self._templates: dict[int, str] | None = None
        self._seconds = Histogram(
            "waybill_http_request_duration_seconds",
            "Time from a request's head to the end of its answer.",
            ("method", "route", "status"),
            buckets=_BUCKETS,
            registry=registry,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"] in QUIET:
            await self._measure(scope, receive, send, None)
        else:
            with span(_method(scope), "server", caller=_caller(scope)) as traced:
                await self._measure(scope, receive, send, traced)

    async def _measure(self, scope: Scope, receive: Receive, send: Send, traced: Span | None) -> None:
        started, status = perf_counter(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            route = self._template(scope)
            self._seconds.labels(_method(scope), route, status).observe(perf_counter() - started)
            if traced is not None:
                _tell(traced, _method(scope), route, status)

    def _template(self, scope: Scope) -> str:
        # A route knows its path without the prefix that it is included below.
        if self._templates is None:
            contexts = iter_route_contexts(scope["app"].routes)
            self._templates = {id(each.original_route): each.path_format or "" for each in contexts}
        return self._templates.get(id(scope.get("route")), "unmatched")


def _method(scope: Scope) -> str:
    return scope["method"] if scope["method"] in _METHODS else "other"


def _caller(scope: Scope) -> str | None:
    """The traceparent that the call came with, where there is one and no more."""
    sent = [value for name, value in scope["headers"] if name == _TRACEPARENT]
    return sent[0].decode("latin-1") if len(sent) == 1 else None


def _tell(traced: Span, method: str, route: str, status: int) -> None:
    """The call by OpenTelemetry's conventions for HTTP, without what a path or a query may hold."""
    traced.name(f"{method} {route}")
    traced.note("http.request.method", method)
    traced.note("http.route", route)
    traced.note("http.response.status_code", status)
    if status >= 500:
        traced.failed(str(status))
