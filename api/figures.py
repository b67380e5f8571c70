"""Figures of the whole ledger as metrics: how many of what there are, and since when the oldest waits."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from api.envelope import now
from invoices.lifecycle import State

_BREAKERS = ("closed", "half_open", "open")


class LedgerFigures(Collector):
    """What `db.measures.figures` gives; `neighbours` are those to speak of although they never failed."""

    def __init__(self, figures: Mapping[str, Any], neighbours: Iterable[str]) -> None:
        self._figures = figures
        self._neighbours = neighbours

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """As Prometheus' client asks."""
        figures, (ready, claims) = self._figures, (self._figures["ready"], self._figures["claims"])
        requests, webhooks = figures["run_requests"], figures["webhooks"]
        states = {state.value: figures["states"].get(state.value, 0) for state in State}
        yield by("waybill_invoices", "Invoices in each state.", "state", states)
        due = {"now": ready["due"], "later": ready["later"]}
        yield by("waybill_ready_invoices", "Invoices that may be delivered.", "due", due)
        yield one("waybill_outcome_unknown_invoices", "May have arrived.", states[State.OUTCOME_UNKNOWN])
        yield age("waybill_ready_oldest_age_seconds", "Since the oldest ready one arrived.", ready)
        yield one("waybill_rejected_records", "Not resolved.", figures["rejected_records"])
        yield by("waybill_jobs", "Jobs in each state.", "state", figures["jobs"])
        yield one("waybill_open_claims", "Uploads under way, or cut off.", claims["open"])
        yield one("waybill_open_claims_of_dead_workers", "Uploads cut off.", claims["of_dead_workers"])
        yield age("waybill_open_claims_oldest_age_seconds", "Since the oldest was claimed.", claims)
        yield one("waybill_workers", "Workers that are alive.", figures["workers"])
        yield from self._breakers()
        yield one("waybill_unsealed_invoices", "Whose newest events no seal holds.", figures["unsealed"])
        yield one("waybill_run_requests_open", "Runs asked for and not done.", requests["open"])
        yield age("waybill_run_requests_oldest_age_seconds", "Since the oldest was asked for.", requests)
        yield one("waybill_webhooks_due", "Messages to be sent now.", webhooks["due"])
        yield one("waybill_webhooks_waiting", "Messages not delivered yet.", webhooks["waiting"])
        yield one("waybill_webhooks_given_up", "Messages that were never delivered.", webhooks["given_up"])
        yield age("waybill_webhooks_oldest_age_seconds", "Since the oldest waits.", webhooks)

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
        yield by("waybill_breaker_failures", "Failures in a row.", "neighbour", failures)


def one(name: str, says: str, value: float) -> GaugeMetricFamily:
    """A figure that is alone."""
    return GaugeMetricFamily(name, says, value=value)


def by(name: str, says: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    """A figure for each value of a label."""
    family = GaugeMetricFamily(name, says, labels=(label,))
    for key, value in values.items():
        family.add_metric((key,), value)
    return family


def age(name: str, says: str, waiting: Mapping[str, Any]) -> GaugeMetricFamily:
    """Seconds since the oldest of what waits; 0 where nothing does."""
    return one(name, says, seconds_since(waiting["oldest_since"]))


def seconds_since(moment: str | datetime | None) -> float:
    """How long ago that was; 0 where it never was."""
    if moment is None:
        return 0.0
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return (now() - at).total_seconds()
