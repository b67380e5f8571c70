"""One machine against two that share the work, under a Prefect server on PostgreSQL with Redis; and what each costs.

python bench/scaling.py             invoices per second of both, their ratio, and what an invoice costs
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
from sqlalchemy import create_engine, text

from bench.costs import Cost, Meter
from bench.outside import MakeLedger, Sandbox, ledgers, sandbox
from bench.production import (
    PrefectServer,
    ask_for_run,
    deploy_part,
    prefect_for_many,
    recorded_task_runs,
    state_of,
    until,
    worker,
)
from db.ledger import Actor, Ledger
from db.pace import reserve_turn

_SETTINGS = {
    "WAYBILL_DELIVER_FROM": "2020-01-01",
    "WAYBILL_CLEARFACTS_MIN_INTERVAL_SECONDS": "0",
    "WAYBILL_CHECK_PROCESSES": "1",
}
_ENDED = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}
_IDLE_SECONDS = 15.0
_PATIENCE_SECONDS = 1_800.0
_TURNS_SECONDS = 3.0
_TURNS_SLOTS = 8
_RATIO = "two machines / one"


@dataclass(frozen=True, slots=True)
class Measured:
    """One way.

    Attributes:
        machines: How many shared the work.
        seconds: From the first claim to the last receipt.
        read_rate: Records per second that came into the ledger while the source was read.
        rate: Invoices per second meanwhile.
        an_invoice: What one costs, beyond a run that finds nothing to do.
        a_run: What such a run costs.
        idle: What everything takes in a second in which nothing is to be done.
    """

    machines: int
    invoices: int
    seconds: float
    rate: float
    read_rate: float
    an_invoice: Cost
    a_run: Cost
    idle: Cost


class Rig:
    """Runs ways one after another, each with an empty ledger and a sandbox of its own."""

    def __init__(
        self, server: PrefectServer, make_ledger: MakeLedger, postgres: int, given: argparse.Namespace
    ) -> None:
        self._server = server
        self._make_ledger = make_ledger
        self._postgres = postgres
        self._given = given

    def run(self, machines: int) -> Measured:
        """Forward all invoices with so many machines.

        Raises:
            RuntimeError: A run failed, or an invoice was not forwarded exactly once.
        """
        print(f"{machines} of 2 machines: {self._given.invoices:,} invoices ...", file=sys.stderr)
        ledger = self._make_ledger()
        with sandbox(self._given.invoices) as outside, ExitStack() as stack:
            _take_a_while(outside, self._given.latency)
            workers = [
                stack.enter_context(
                    worker(self._server, f"{machines}-{each}", self._settings(outside, ledger))
                )
                for each in range(machines)
            ]
            meter = Meter(self._processes(), [each.pid for each in workers], ledger, self._task_runs)
            measured = self._measure(machines, meter, ledger)
            outside.insist_on_each_once(self._given.invoices)
        return measured

    def _measure(self, machines: int, meter: Meter, ledger: str) -> Measured:
        parts = [deploy_part(self._server, f"{each + 1}/{machines}") for each in range(machines)]
        start = meter.read()
        time.sleep(_IDLE_SECONDS)
        before = meter.read()
        self._to_the_end(parts)
        after = meter.read()
        self._to_the_end(parts)
        idle = before - start
        nothing = (meter.read() - after).over(idle)
        everything = (after - before).over(idle)
        seconds, count = _delivering(ledger), self._given.invoices
        return Measured(
            machines,
            count,
            seconds,
            count / seconds,
            _reading(ledger),
            (everything - nothing).of_each(count),
            nothing.of_each(machines),
            idle.of_each(idle.seconds),
        )

    def _to_the_end(self, deployments: Sequence[str]) -> None:
        runs = [ask_for_run(self._server, each) for each in deployments]
        until(lambda: all(state_of(self._server, run) in _ENDED for run in runs), _PATIENCE_SECONDS)
        ended = [state_of(self._server, run) for run in runs]
        if set(ended) != {"COMPLETED"}:
            raise RuntimeError(f"the runs ended as {', '.join(ended)}")

    def _settings(self, outside: Sandbox, ledger: str) -> dict[str, str]:
        return {
            **outside.environment,
            **_SETTINGS,
            "WAYBILL_DATABASE_URL": ledger,
            "WAYBILL_CLEARFACTS_CONCURRENCY": str(self._given.slots),
            "WAYBILL_CHUNK_SIZE": str(self._given.chunk),
        }

    def _processes(self) -> dict[str, int]:
        return {
            "ledger's PostgreSQL": self._postgres,
            "Prefect's API": self._server.api,
            "Prefect's services": self._server.services,
            "Prefect's PostgreSQL": self._server.database.pid,
            "Redis": self._server.redis.pid,
        }

    def _task_runs(self) -> int:
        return recorded_task_runs(self._server)


def _take_a_while(outside: Sandbox, seconds: float) -> None:
    slow = {"call": "upload", "fault": "slow", "seconds": seconds, "times": None}
    httpx.post(f"{outside.controls}/sandbox/faults", json=slow, timeout=30).raise_for_status()


def _delivering(ledger: str) -> float:
    return _asked(ledger, "SELECT extract(epoch FROM max(settled_at) - min(claimed_at))::float8 FROM attempt")


def _reading(ledger: str) -> float:
    """Without the first page, of which nobody knows when it was asked for."""
    return _asked(
        ledger,
        "WITH page AS (SELECT at, count(*) AS records FROM audit_event WHERE sequence = 1 GROUP BY at)"
        " SELECT ((SELECT sum(records) FROM page WHERE at > (SELECT min(at) FROM page))"
        " / extract(epoch FROM max(at) - min(at)))::float8 FROM page",
    )


def _asked(ledger: str, query: str) -> float:
    engine = create_engine(ledger)
    with engine.connect() as connection:
        answer: float = connection.execute(text(query)).scalar_one()
    engine.dispose()
    return answer


def _turns(ledger: str) -> float:
    """Turns per second that so many slots can book, which all come by one row of the ledger."""
    opened, actor, ends = Ledger(ledger), Actor("a benchmark"), time.monotonic() + _TURNS_SECONDS

    def book(_: int) -> int:
        booked = 0
        while time.monotonic() < ends:
            reserve_turn(opened, actor, 0.0)
            booked += 1
        return booked

    with ThreadPoolExecutor(_TURNS_SLOTS) as executor:
        booked = sum(executor.map(book, range(_TURNS_SLOTS)))
    opened.close()
    return booked / _TURNS_SECONDS


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print what was measured."""
    given = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="waybill-bench-") as directory, ExitStack() as stack:
        make_ledger = stack.enter_context(ledgers(Path(directory)))
        postgres = int(Path(directory, "postgres", "postmaster.pid").read_text().split()[0])
        rig = Rig(stack.enter_context(prefect_for_many()), make_ledger, postgres, given)
        runs = [rig.run(machines) for machines in (1, 2)]
        figures = {_RATIO: runs[1].rate / runs[0].rate, "turns per second": _turns(make_ledger())}
    if given.json:
        print(json.dumps({"runs": [asdict(each) for each in runs], "figures": figures}))
    else:
        _print(runs, figures)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure one machine against two.")
    parser.add_argument("--invoices", type=int, default=600)
    parser.add_argument("--slots", type=int, default=3, help="uploads at the same time, of each machine")
    parser.add_argument("--latency", type=float, default=0.3, help="seconds that Clearfacts takes over one")
    parser.add_argument("--chunk", type=int, default=100, help="WAYBILL_CHUNK_SIZE")
    parser.add_argument("--json", action="store_true")
    return parser


def _print(runs: Sequence[Measured], figures: Mapping[str, float]) -> None:
    for each in runs:
        print(
            f"machines: {each.machines}; {each.invoices:,} invoices in {each.seconds:.1f} s: {each.rate:.1f}/s"
        )
        print(f"  {'processor time':<24}{'an invoice':>14}{'an empty run':>16}{'idle':>10}")
        for kind, seconds in each.an_invoice.cpu.items():
            empty, idle = each.a_run.cpu[kind], each.idle.cpu[kind]
            print(f"  {kind:<24}{seconds * 1000:>11.2f} ms{empty:>14.2f} s{idle:>9.1%}")
        one = each.an_invoice
        print(
            f"  an invoice: {one.commits:.1f} commits, {one.wal_bytes:,.0f} bytes of WAL, {one.ledger_bytes:,.0f} bytes"
            f" in the ledger, {one.task_runs:.3f} task runs (an empty run: {each.a_run.task_runs:.0f})"
        )
        rows = ", ".join(f"{name} {count:.1f}" for name, count in one.rows.items() if round(count, 1))
        print(f"  rows: {rows}")
        print(f"  read from the source: {each.read_rate:.0f} records/s")
    for name, value in figures.items():
        print(f"{name}: {value:,.2f}")


if __name__ == "__main__":
    main()
