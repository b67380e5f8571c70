"""A channel that events are published to, and what it answers: all that its publisher knows of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from invoices.events import InvoiceEvent


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of events that were sent, by their positions; of those it does not name, nothing is known.

    Attributes:
        taken: The channel confirmed that it has them.
        refused: It will not have them as they are, and why.
        down: Why it takes nothing now, where that is so.
    """

    taken: frozenset[int] = frozenset()
    refused: Mapping[int, str] = field(default_factory=dict)
    down: str | None = None


class Channel(Protocol):
    """Takes events, at most `most` at once and `per_second` in the long run (None: as many as it can)."""

    name: str
    most: int
    per_second: float | None

    def send(self, events: Sequence[InvoiceEvent]) -> Sent:
        """Send events, of each invoice at most one, and wait until it is known what became of them."""

    def close(self) -> None:
        """Give its connections back."""
