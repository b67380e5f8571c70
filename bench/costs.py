"""What a stretch of work costs: processor time by kind of process, and what it leaves in the ledger."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

import psutil
from sqlalchemy import create_engine, text

from bench.servers import tree

_SETTLED_SECONDS = 3.0

_LEDGER = """
SELECT (SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()) AS commits,
       pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') AS wal, pg_database_size(current_database()) AS size
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What some work cost, or what there was at a moment.

    Attributes:
        seconds: By the clock.
        cpu: Processor seconds by kind of process, of those that have ended too.
        commits: Transactions of the ledger's PostgreSQL.
        wal_bytes: What it wrote to its log ahead of its tables.
        ledger_bytes: The size of the ledger's tables and indexes.
        rows: Rows of the ledger, by table.
        task_runs: Those that Prefect recorded.
    """

    seconds: float
    cpu: Mapping[str, float]
    commits: float
    wal_bytes: float
    ledger_bytes: float
    rows: Mapping[str, float]
    task_runs: float

    def __sub__(self, before: Self) -> Self:
        return self._with(before, lambda mine, other: mine - other)

    def over(self, idle: Self) -> Self:
        """Without what all processes take when nothing is to be done, as `idle` tells for its own time."""
        share = self.seconds / idle.seconds
        cpu = {kind: used - idle.cpu.get(kind, 0.0) * share for kind, used in self.cpu.items()}
        return type(self)(
            self.seconds, cpu, self.commits, self.wal_bytes, self.ledger_bytes, self.rows, self.task_runs
        )

    def of_each(self, count: float) -> Self:
        """That of one of `count`."""
        return self._with(self, lambda mine, _: mine / count)

    def _with(self, other: Self, combine: Callable[[float, float], float]) -> Self:
        def maps(mine: Mapping[str, float], others: Mapping[str, float]) -> dict[str, float]:
            return {name: combine(value, others.get(name, 0.0)) for name, value in mine.items()}

        return type(self)(
            combine(self.seconds, other.seconds),
            maps(self.cpu, other.cpu),
            combine(self.commits, other.commits),
            combine(self.wal_bytes, other.wal_bytes),
            combine(self.ledger_bytes, other.ledger_bytes),
            maps(self.rows, other.rows),
            combine(self.task_runs, other.task_runs),
        )


class Meter:
    """Reads what has been spent so far.

    Args:
        processes: By kind, the ids of the processes that all others of the kind descend from.
        workers: Those of the workers, whose runs are counted apart from themselves.
        ledger: Its URL.
        task_runs: How many Prefect has recorded.
    """

    def __init__(
        self,
        processes: Mapping[str, int],
        workers: list[int],
        ledger: str,
        task_runs: Callable[[], int],
    ) -> None:
        self._processes = processes
        self._workers = workers
        self._ledger = create_engine(ledger)
        self._task_runs = task_runs

    def read(self) -> Cost:
        """Everything, once what Prefect was told has been recorded."""
        self._wait_until_recorded()
        cpu = {kind: cpu_seconds(pid) for kind, pid in self._processes.items()}
        of_workers = sum(own_seconds(pid) for pid in self._workers)
        cpu["worker"] = of_workers
        cpu["flow"] = sum(cpu_seconds(pid) for pid in self._workers) - of_workers
        with self._ledger.connect() as connection:
            whole = connection.execute(text(_LEDGER)).one()
            tables = connection.execute(
                text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
            ).scalars()
            rows = {
                name: float(connection.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one())
                for name in tables
            }
        return Cost(
            time.monotonic(),
            cpu,
            float(whole.commits),
            float(whole.wal),
            float(whole.size),
            rows,
            self._task_runs(),
        )

    def _wait_until_recorded(self) -> None:
        before, now = -1, self._task_runs()
        while now != before:
            time.sleep(_SETTLED_SECONDS)
            before, now = now, self._task_runs()


def cpu_seconds(pid: int) -> float:
    """Processor time of a process, of what descends from it, and of those of them that ended."""
    spent = 0.0
    for process in tree(pid):
        with suppress(psutil.Error):
            times = process.cpu_times()
            spent += times.user + times.system + times.children_user + times.children_system
    return spent


def own_seconds(pid: int) -> float:
    """Processor time of one process alone."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)
