"""Metrics for Prometheus: what the ledger holds, and what the facade was asked and how fast it answered."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from time import perf_counter
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import iter_route_contexts
from prometheus_client import CollectorRegistry, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.envelope import documented, now
from api.oversight import Oversees
from api.problems import Forbidden
from api.watch import Watching
from invoices.lifecycle import State

router = APIRouter(prefix="/admin", tags=["admin"])

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_EXAMPLE = """\
# HELP waybill_invoices Invoices in each state.
# TYPE waybill_invoices gauge
waybill_invoices{state="ready"} 3.0
"""
_BREAKERS = ("closed", "half_open", "open")


class Measured:
    """ASGI middleware: counts requests and times them, by route, method and status.

    A route is its template, never the path that was called, and unheard-of methods are one: the number of
    series is bounded by the routes. Time ends when the whole answer has been handed over.
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
            return
        started, status = perf_counter(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self._seconds.labels(method, self._template(scope), status).observe(perf_counter() - started)

    def _template(self, scope: Scope) -> str:
        # A route knows its path without the prefix that it is included below.
        if self._templates is None:
            contexts = iter_route_contexts(scope["app"].routes)
            self._templates = {id(each.original_route): each.path_format or "" for each in contexts}
        return self._templates.get(id(scope.get("route")), "unmatched")


def registry_of_a_facade() -> CollectorRegistry:
    """A registry of one facade's own, with the figures of its process."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    return registry


class _Figures(Collector):
    """The ledger's figures as metrics."""

    def __init__(self, figures: Mapping[str, Any], neighbours: Iterable[str]) -> None:
        self._figures = figures
        self._neighbours = neighbours

    def collect(self) -> Iterable[GaugeMetricFamily]:
        figures, (ready, claims) = self._figures, (self._figures["ready"], self._figures["claims"])
        requests, webhooks = figures["run_requests"], figures["webhooks"]
        states = {state.value: figures["states"].get(state.value, 0) for state in State}
        yield _by("waybill_invoices", "Invoices in each state.", "state", states)
        due = {"now": ready["due"], "later": ready["later"]}
        yield _by("waybill_ready_invoices", "Invoices that may be delivered.", "due", due)
        yield _one("waybill_outcome_unknown_invoices", "May have arrived.", states[State.OUTCOME_UNKNOWN])
        yield _age("waybill_ready_oldest_age_seconds", "Since the oldest ready one arrived.", ready)
        yield _one("waybill_rejected_records", "Not resolved.", figures["rejected_records"])
        yield _by("waybill_jobs", "Jobs in each state.", "state", figures["jobs"])
        yield _one("waybill_open_claims", "Uploads under way, or cut off.", claims["open"])
        yield _one("waybill_open_claims_of_dead_workers", "Uploads cut off.", claims["of_dead_workers"])
        yield _age("waybill_open_claims_oldest_age_seconds", "Since the oldest was claimed.", claims)
        yield _one("waybill_workers", "Workers that are alive.", figures["workers"])
        yield from self._breakers()
        yield _one("waybill_unsealed_invoices", "Whose newest events no seal holds.", figures["unsealed"])
        yield _one("waybill_run_requests_open", "Runs asked for and not done.", requests["open"])
        yield _age("waybill_run_requests_oldest_age_seconds", "Since the oldest was asked for.", requests)
        yield _one("waybill_webhooks_due", "Messages to be sent now.", webhooks["due"])
        yield _one("waybill_webhooks_waiting", "Messages not delivered yet.", webhooks["waiting"])
        yield _one("waybill_webhooks_given_up", "Messages that were never delivered.", webhooks["given_up"])
        yield _age("waybill_webhooks_oldest_age_seconds", "Since the oldest waits.", webhooks)

    def _breakers(self) -> Iterable[GaugeMetricFamily]:
        known = {each["neighbour"]: each for each in self._figures["breakers"]}
        state = GaugeMetricFamily(
            "waybill_breaker_state", "1 for the state that it is in.", labels=("neighbour", "state")
        )
        failures = {}
        for name in sorted({*known, *self._neighbours}):
            stands = known.get(name, {"breaker": "closed", "failures": 0})
            failures[name] = stands["failures"]
            for each in _BREAKERS:
                state.add_metric((name, each), float(stands["breaker"] == each))
        yield state
        yield _by("waybill_breaker_failures", "Failures in a row.", "neighbour", failures)


def _one(name: str, says: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, says, value=value)


def _by(name: str, says: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, says, labels=(label,))
    for key, value in values.items():
        family.add_metric((key,), value)
    return family


def _age(name: str, says: str, waiting: Mapping[str, Any]) -> GaugeMetricFamily:
    since = waiting["oldest_since"]
    return _one(name, says, 0 if since is None else (now() - datetime.fromisoformat(since)).total_seconds())


def exposition(registry: CollectorRegistry, figures: Mapping[str, Any], neighbours: Iterable[str]) -> bytes:
    """Both in Prometheus' text format."""
    of_ledger = CollectorRegistry()
    of_ledger.register(_Figures(figures, neighbours))
    return generate_latest(registry) + generate_latest(of_ledger)


@router.get(
    "/metrics",
    operation_id="readMetrics",
    summary="Metrics for Prometheus",
    response_class=Response,
    responses={
        200: {
            "description": "Prometheus' text format, version 0.0.4.",
            "content": {"text/plain": {"schema": {"type": "string"}, "example": _EXAMPLE}},
        },
        **documented(Forbidden),
    },
)
async def metrics(request: Request, visit: Oversees, watch: Watching) -> Response:
    """What the ledger holds (at most ten seconds old), what the facade was asked, and its process."""
    text = exposition(request.app.state.registry, await watch.figures(visit), watch.neighbours)
    return Response(text, media_type=CONTENT_TYPE_PLAIN_0_0_4)
