"""What a soak is made of, and what came of it."""

from dataclasses import dataclass

from sandbox.judge import Tally


@dataclass(frozen=True, slots=True)
class Plan:
    """What a soak is made of.

    Attributes:
        invoices: How many are offered, twins not counted.
        faults: The share of calls that fail.
        kill_every: Seconds of uploads after which a run is killed, on average.
        seed: For the invoices, the faults and the moments of the kills.
        chunk_size: Of the runs.
        most_kills: After so many, runs are left to end by themselves; None for no limit.
    """

    invoices: int
    faults: float
    kill_every: float
    seed: int
    chunk_size: int = 200
    most_kills: int | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a soak; memory is in bytes.

    Attributes:
        records: What the feed had, twins included.
        tally: The judge's.
        ends: How many runs were killed, completed, needed a person, or failed.
        faults: How often each kind struck each call.
        states: How many invoices the ledger has in each state.
        reasons: Why runs failed that ended by themselves, numbers left out, and how often.
        wrong: Each disagreement and each crash, in words.
    """

    invoices: int
    records: int
    tally: Tally
    ends: dict[str, int]
    faults: dict[str, int]
    states: dict[str, int]
    reasons: dict[str, int]
    seconds: float
    peak_of_first_tenth: int
    peak_memory: int
    wrong: tuple[str, ...]

    @property
    def is_well(self) -> bool:
        """Whether nothing is lost, nothing came twice, and nothing else is wrong."""
        return not self.wrong

    @property
    def runs(self) -> int:
        """How many there were."""
        return sum(self.ends.values())

    @property
    def kills(self) -> int:
        """How many runs were killed."""
        return self.ends.get("killed", 0)

    @property
    def rate(self) -> float:
        """Invoices per second."""
        return self.invoices / self.seconds
