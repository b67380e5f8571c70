"""A neighbour's circuit breaker as one run sees it: the ledger is asked seldom, and told only what is news."""

import threading
from dataclasses import dataclass, field
from time import monotonic

from clients.errors import OutsideError
from db import breaker
from db.breaker import Permission, Terms
from db.ledger import Actor, Ledger

# So long another worker's discovery may stay unknown here: far less than a read for each upload.
_CLOSED_HOLDS_SECONDS = 1.0


class LeftAlone(OutsideError):
    """The neighbour was not asked, because it failed so often; the message says when it will be."""


class GivenUp(OutsideError):
    """The neighbour failed, and from now on it is left alone for a while."""


@dataclass(slots=True)
class Breaker:
    """Leave to call one neighbour, and what became of the calls. Thread-safe.

    `rehearsal` of a dry run, which neither counts failures nor makes probes.
    """

    ledger: Ledger
    actor: Actor
    worker: int
    neighbour: str
    name: str
    terms: Terms
    rehearsal: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closed_until: float = 0.0
    _on_record: int = 0
    _answered: bool = False

    def seen(self) -> Permission:
        """Whether the neighbour may be called, as of a second ago at most; takes no probe."""
        with self._lock:
            if monotonic() < self._closed_until:
                return Permission(True, self._on_record)
            return self._keep(breaker.look(self.ledger, self.neighbour))

    def permission(self) -> Permission:
        """Leave to make one call: its end is told by `answered`, `failed` or `put_back`."""
        seen = self.seen()
        if seen.allowed or not seen.due or self.rehearsal:
            return seen
        asked = breaker.may_call(
            self.ledger, self.actor, self.neighbour, self.worker, self.terms.probe_seconds
        )
        return asked if asked.probe else self._keep(asked)

    def answered(self, permission: Permission) -> None:
        """The call had a usable answer; nothing is written where no failure is on record."""
        with self._lock:
            self._answered = True
            news = permission.probe is not None or self._on_record > 0
            self._on_record = 0
        if news and not self.rehearsal:
            breaker.succeeded(self.ledger, self.actor, self.neighbour, permission.probe)

    def failed(self, permission: Permission, error: str) -> Permission:
        """The call had no usable answer; returns whether the neighbour may still be called."""
        if self.rehearsal:
            return permission
        with self._lock:
            first, self._answered = self._answered, False
            told = breaker.failed(
                self.ledger,
                self.actor,
                self.neighbour,
                self.terms,
                error,
                probe=permission.probe,
                first=first,
            )
            return self._keep(told)

    def put_back(self, permission: Permission) -> None:
        """The call was not made, or says nothing of the neighbour's health: a probe is had by the next."""
        if permission.probe is not None:
            breaker.put_back(self.ledger, self.actor, self.neighbour, permission.probe)

    def in_words(self, refused: Permission) -> str:
        """Why the neighbour is left alone, and when it will be tried again."""
        failed = f"{self.name} is left alone: {refused.failures} calls in a row had no usable answer."
        return f"{failed} {self.tried_again(refused)}"

    @staticmethod
    def tried_again(refused: Permission) -> str:
        """When the neighbour will be tried again."""
        if refused.due:
            return "The next run tries it again."
        if refused.try_again_at is None:
            return "Another run tries it at this moment."
        return f"It is tried again from {refused.try_again_at:%Y-%m-%d %H:%M:%S} UTC on."

    def _keep(self, fresh: Permission) -> Permission:
        self._on_record = fresh.failures
        self._closed_until = monotonic() + _CLOSED_HOLDS_SECONDS if fresh.allowed else 0.0
        return fresh
