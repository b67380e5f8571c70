"""Figures of what is told to others as metrics: notices to people, and events to those who listen."""

from collections.abc import Iterable, Sequence

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from api.figures import by, one, seconds_since
from db.notices import Standing
from db.outbox import Backlog


class TellingFigures(Collector):
    """How notices stand, and the backlog of each channel to which events are published."""

    def __init__(self, notices: Standing, channels: Sequence[Backlog]) -> None:
        self._notices = notices
        self._channels = channels

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """As Prometheus' client asks."""
        notices, channels = self._notices, self._channels
        yield one("waybill_troubles_open", "Troubles that go on.", notices.open_troubles)
        yield one("waybill_notices_waiting", "Notices not delivered yet.", notices.waiting)
        yield one("waybill_notices_given_up", "Never delivered, of the last week.", notices.given_up)
        oldest = seconds_since(notices.oldest_at)
        yield one("waybill_notices_oldest_age_seconds", "Since the oldest waits.", oldest)
        waiting = {each.channel: each.waiting for each in channels}
        yield by("waybill_events_waiting", "Events not published yet.", "channel", waiting)
        refused = {each.channel: each.refused for each in channels}
        yield by("waybill_events_refused", "Of those, refused as they are.", "channel", refused)
        ages = {each.channel: seconds_since(each.oldest_at) for each in channels}
        yield by("waybill_events_oldest_age_seconds", "Since the oldest waits.", "channel", ages)
