"""Figures of the pipeline as metrics: invoices by company and age, how long stages and calls to the outside take."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import accumulate
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from api.figures import by, seconds_since
from clients.answers import Outcome
from invoices.lifecycle import State
from logs.observing import DONE, FAILED
from logs.timings import BOUNDS, WAYBILL

STAGES = ("fetch", "validate", "dedupe", "deliver", "acknowledge", "reconcile")
"""Stages that have figures from the first scrape on, although none of them ever ran."""

_UPLOAD = "upload"
_NEVER: Mapping[str, Any] = {"count": 0, "seconds": 0.0, "items": 0, "last_at": None}

Timed = Mapping[str, Any]


class PipelineFigures(Collector):
    """What `db.measures.pipeline` gives. Counters only grow, whichever facade is asked: they are the ledger's."""

    def __init__(self, pipeline: Mapping[str, Any]) -> None:
        self._pipeline = pipeline
        timings: list[Timed] = pipeline["timings"]
        self._stages = _with_those_that_never_ran([each for each in timings if each["system"] == WAYBILL])
        self._calls = [each for each in timings if each["system"] != WAYBILL]

    def collect(self) -> Iterable[Metric]:
        """As Prometheus' client asks."""
        yield self._states_of_companies()
        ages = {state: seconds_since(since) for state, since in self._pipeline["oldest"].items()}
        yield by("waybill_oldest_invoice_age_seconds", "Since the oldest in it arrived.", "state", ages)
        stage, call = ("stage", "result"), ("system", "call", "result")
        yield _seconds(
            "waybill_stage_duration_seconds", "One chunk in a stage, or one upload.", stage, self._stages
        )
        yield _invoices(self._stages)
        yield _last(
            "waybill_stage_last_timestamp_seconds", "When it last ended so; 0: never.", stage, self._stages
        )
        yield _seconds("waybill_outside_call_duration_seconds", "One call.", call, self._calls)

    def _states_of_companies(self) -> Metric:
        family = GaugeMetricFamily(
            "waybill_company_invoices",
            "Invoices by company (the largest; all others together) and state.",
            labels=("company", "state"),
        )
        for company, states in self._pipeline["states_of_companies"].items():
            for state in State:
                family.add_metric((company, state.value), states.get(state.value, 0))
        return family


def _with_those_that_never_ran(ran: Iterable[Timed]) -> list[Timed]:
    """A rate can be told, and an alert can fire, only of what was there before."""
    expected = [(stage, result) for stage in STAGES for result in (DONE, FAILED)]
    expected += [(_UPLOAD, result.value) for result in Outcome]
    known = {(each["name"], each["result"]): each for each in ran}
    never = {(name, result): {**_NEVER, "name": name, "result": result} for name, result in expected}
    return [each for _, each in sorted({**never, **known}.items())]


def _labels(each: Timed, labels: tuple[str, ...]) -> tuple[str, ...]:
    named = {"stage": each["name"], "call": each["name"], **each}
    return tuple(named[label] for label in labels)


def _seconds(name: str, says: str, labels: tuple[str, ...], timings: Iterable[Timed]) -> Metric:
    family = HistogramMetricFamily(name, says, labels=labels)
    bounds = [*map(str, BOUNDS), "+Inf"]
    for each in timings:
        fitting = accumulate(each.get("buckets", [0] * len(bounds)))
        family.add_metric(_labels(each, labels), list(zip(bounds, fitting, strict=True)), each["seconds"])
    return family


def _invoices(timings: Iterable[Timed]) -> Metric:
    family = CounterMetricFamily(
        "waybill_stage_invoices", "Invoices that a stage met.", labels=("stage", "result")
    )
    for each in timings:
        family.add_metric((each["name"], each["result"]), each["items"])
    return family


def _last(name: str, says: str, labels: tuple[str, ...], timings: Iterable[Timed]) -> Metric:
    family = GaugeMetricFamily(name, says, labels=labels)
    for each in timings:
        at = each["last_at"]
        family.add_metric(_labels(each, labels), datetime.fromisoformat(at).timestamp() if at else 0.0)
    return family
