"""Watching a run from the same process: progress while it goes, and what it came to."""

from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, Self
from uuid import UUID


@dataclass(slots=True)
class Progress:
    """How far a run is, in invoices."""

    fetched: int = 0
    rejected_records: int = 0
    to_check: int = 0
    checked: int = 0
    to_deliver: int = 0
    delivered: int = 0

    @property
    def percentage(self) -> float:
        """Of the work known so far, how much is done: a check weighs as much as a delivery."""
        known = self.to_check + self.to_deliver
        return 100 * (self.checked + self.delivered) / known if known else 0.0


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run came to.

    Attributes:
        job_id: The Prefect flow run's id.
        state: completed, needs_person or failed.
        counts: Records fetched and rejected, and the states in which the run left the invoices it touched.
        waiting: All that is ready in the ledger.
        problems: What kept the run from its work, in words for people.
        notes: What a person should know, though nothing is wrong.
        outcomes: Of a dry run: each invoice as it would be left.
    """

    job_id: UUID
    state: str
    counts: dict[str, int]
    waiting: int
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    outcomes: list[dict[str, Any]] = field(default_factory=list)

    @property
    def need_person(self) -> int:
        """How many invoices and records wait for a person."""
        waiting = ("held", "invalid", "failed", "outcome_unknown", "could_not_check", "rejected_records")
        return sum(self.counts[name] for name in waiting)

    def ended(self, state: str) -> Self:
        """The same with its final state."""
        return replace(self, state=state)


class Watcher(Protocol):
    """Someone who watches a run."""

    def progressed(self, progress: Progress) -> None:
        """Some work was done."""

    def reported(self, report: RunReport) -> None:
        """The run came to its end."""


class Nobody:
    """Nobody watches."""

    def progressed(self, progress: Progress) -> None:
        """Look away."""

    def reported(self, report: RunReport) -> None:
        """Look away."""


WATCHER: ContextVar[Watcher] = ContextVar("WATCHER", default=Nobody())  # noqa: B039 - it has no state
"""Who watches runs of this process."""
