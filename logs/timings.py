"""Timings: how long stages and calls to the outside took in this process, until a commit takes them along."""

import threading
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
"""Upper bounds of a histogram's buckets, in seconds; one more holds what took longer."""

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)

WAYBILL = "waybill"
"""The system of what is no call to the outside, but a stage of our own."""


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """What was timed: a stage of ours, or a kind of call to a system outside, and how it ended."""

    system: str
    name: str
    result: str


@dataclass(slots=True)
class Tally:
    """What timings of one subject add up to.

    Attributes:
        count: How many there were.
        seconds: How long they took together.
        items: How many invoices they were about, where that is known.
        buckets: How many fell into each bucket of `BOUNDS`, and beyond the last.
        last_at: When the last one ended.
    """

    count: int = 0
    seconds: float = 0.0
    items: int = 0
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    last_at: datetime = _NEVER

    def add(self, other: "Tally") -> None:
        """Count what the other has counted as well."""
        self.count += other.count
        self.seconds += other.seconds
        self.items += other.items
        self.buckets = [mine + theirs for mine, theirs in zip(self.buckets, other.buckets, strict=True)]
        self.last_at = max(self.last_at, other.last_at)


class Timings:
    """Tallies by subject. Thread-safe; bounded, as subjects are names of this program and never from outside."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tallies: dict[Subject, Tally] = {}

    def note(self, subject: Subject, seconds: float, items: int = 0) -> None:
        """Count one more."""
        one = Tally(1, seconds, items, last_at=datetime.now(UTC))
        one.buckets[bisect_left(BOUNDS, seconds)] = 1
        self.add({subject: one})

    def add(self, tallies: Mapping[Subject, Tally]) -> None:
        """Count what others have counted; also what was taken, and could not be kept."""
        with self._lock:
            for subject, tally in tallies.items():
                self._tallies.setdefault(subject, Tally()).add(tally)

    def take(self) -> dict[Subject, Tally]:
        """All that was counted since it was last taken."""
        with self._lock:
            taken, self._tallies = self._tallies, {}
        return taken


TIMINGS = Timings()
"""Those of this process."""
