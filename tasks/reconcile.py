"""Reconcile: receipts read back from Clearfacts, a few at a time, and its monthly counts; nothing is changed."""

import asyncio
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE

from clients.clearfacts import Clearfacts
from clients.clearfacts_facts import DeliveredDocument
from clients.errors import DestinationRefused, DestinationUnavailable, OutsideError, QuestionRefused
from db import breaker
from db.ledger import Ledger
from db.pace import pause_left
from db.reconciliations import Sent, Window, forwarded_a_month
from logs.correlation import CorrelatedThreads
from logs.observing import stage
from settings import Settings
from tasks.deliver import to_its_end
from tasks.monthly_counts import Compared, compare_counts
from tasks.receipts import Receipt, Seen, compared, not_read, refused, unverified

_ASKED_AT_MOST = 3
_SHORTEST_PAUSE_SECONDS = 1.0


@dataclass(eq=False, slots=True)
class Inquiry:
    """What one reconciliation asks with, and why it asks no more, where that is so. Thread-safe."""

    settings: Settings
    ledger: Ledger
    destination: Clearfacts
    stopping: threading.Event = field(default_factory=threading.Event)
    """Set when the run is asked to end: no question is begun any more."""
    closed_because: str | None = None
    _failures: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def close(self, reason: str) -> None:
        """Ask no more; the first reason stands."""
        with self._lock:
            self.closed_because = self.closed_because or reason

    def answered(self) -> None:
        """A question was answered."""
        with self._lock:
            self._failures = 0

    def unanswered(self, error: str) -> None:
        """A question was not; after several in a row no more are asked."""
        with self._lock:
            self._failures += 1
            failures = self._failures
        if failures >= self.settings.clearfacts_give_up_after:
            self.close(f"{failures} questions in a row had no usable answer; the last: {error}")

    def is_to_be_spared(self) -> bool:
        """Whether Clearfacts asked for a pause or keeps failing: then it is asked one thing at a time, slowly."""
        health = breaker.look(self.ledger, self.ledger.destination)
        return pause_left(self.ledger) > 0 or not health.allowed


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of a chunk of receipts: how many of each, `not_asked` among those not checked."""

    seen: Counter[Seen]
    not_asked: int
    findings: Sequence[dict[str, Any]]


def read_receipts(inquiry: Inquiry, chunk: Sequence[Sent]) -> Tally:
    """Read receipts back and compare them with the ledger, as many at a time as there are upload slots."""
    spared = inquiry.is_to_be_spared()
    slots = 1 if spared else min(inquiry.settings.clearfacts_concurrency, len(chunk)) or 1
    with CorrelatedThreads(slots, thread_name_prefix="receipt") as executor:
        receipts = list(executor.map(lambda sent: _read(inquiry, sent, spared=spared), chunk))
    not_asked = sum(each.seen is Seen.NOT_CHECKED and each.finding is None for each in receipts)
    findings = [each.finding for each in receipts if each.finding is not None]
    return Tally(Counter(each.seen for each in receipts), not_asked, findings)


def _read(inquiry: Inquiry, sent: Sent, *, spared: bool) -> Receipt:
    if sent.receipt is None:
        return unverified(sent)
    if spared:
        _pause(inquiry, inquiry.settings.clearfacts_min_interval_seconds)
    if inquiry.closed_because is not None or inquiry.stopping.is_set():
        return Receipt(Seen.NOT_CHECKED)
    try:
        read = compared(sent, _document(inquiry, sent.receipt))
    except DestinationUnavailable as unavailable:
        inquiry.unanswered(str(unavailable))
        return not_read(sent, str(unavailable))
    except QuestionRefused as refusal:
        read = refused(sent, str(refusal))
    except DestinationRefused as refusal:
        inquiry.close(str(refusal))
        return Receipt(Seen.NOT_CHECKED)
    inquiry.answered()
    return read


def _document(inquiry: Inquiry, receipt: str) -> DeliveredDocument | None:
    """Ask again where Clearfacts says after how long it may be."""
    for _ in range(_ASKED_AT_MOST - 1):
        try:
            return inquiry.destination.document(receipt)
        except DestinationUnavailable as unavailable:
            if unavailable.retry_after is None:
                raise
            _pause(inquiry, unavailable.retry_after)
    return inquiry.destination.document(receipt)


def _pause(inquiry: Inquiry, seconds: float) -> None:
    longest = max(inquiry.settings.retry_within_seconds, _SHORTEST_PAUSE_SECONDS)
    inquiry.stopping.wait(min(max(seconds, _SHORTEST_PAUSE_SECONDS), longest))


def compare_months(inquiry: Inquiry, wanted: Window) -> Compared:
    """Our counts of the window's months against those of Clearfacts.

    Raises:
        DestinationRefused, DestinationUnavailable: It did not give them.
    """
    theirs = inquiry.destination.statistics(wanted.first_day, wanted.last_day)
    return compare_counts(forwarded_a_month(inquiry.ledger, wanted), theirs)


@task(name="read-receipts", retries=0, cache_policy=NO_CACHE)
async def read_chunk(inquiry: Inquiry, chunk: Sequence[Sent]) -> Tally:
    """Read a chunk of receipts back."""
    with stage("reconcile", len(chunk)):
        return await to_its_end(inquiry.stopping, read_receipts, inquiry, chunk)


@task(name="compare-months", retries=0, cache_policy=NO_CACHE)
async def compare(inquiry: Inquiry, wanted: Window) -> Compared | str:
    """The monthly counts compared; or, in words, why they could not be, which is no reason to stop."""
    try:
        return await asyncio.to_thread(compare_months, inquiry, wanted)
    except OutsideError as error:
        return str(error)
