"""One run of one way: in a process of its own, with a ledger, a sandbox and a Prefect server of its own."""

import json
import os
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from bench.memory import watched
from bench.outside import MakeLedger, sandbox
from flows.prefect_server import prefect_server

_SETTINGS = {
    "WAYBILL_DELIVER_FROM": "2020-01-01",
    "WAYBILL_CLEARFACTS_CONCURRENCY": "8",
    "WAYBILL_CLEARFACTS_MIN_INTERVAL_SECONDS": "0",
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
}


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run took.

    Attributes:
        way: Which of `bench.way.WAYS`.
        invoices: How many it forwarded.
        seconds: How long it took.
        rate: Invoices per second.
        peak_memory: Highest resident memory of its process, in bytes.
        checking_peaks: The same of each process that it started to check documents.
    """

    way: str
    invoices: int
    seconds: float
    rate: float
    peak_memory: int
    checking_peaks: tuple[int, ...]


class Runner:
    """Runs ways one after another; nothing that one leaves behind slows the next.

    Args:
        data_dir: Where Prefect keeps its data from run to run.
        make_ledger: Makes an empty ledger.
    """

    def __init__(self, data_dir: Path, make_ledger: MakeLedger) -> None:
        self._data_dir = data_dir
        self._make_ledger = make_ledger

    def run(self, way: str, count: int) -> Measured:
        """Forward `count` invoices in one way.

        Raises:
            RuntimeError: It failed, or did not forward each invoice once.
        """
        print(f"{way}: {count:,} invoices ...", file=sys.stderr)
        server = nullcontext() if way == "bare" else prefect_server(self._data_dir, lambda _: None)
        with server, sandbox(count) as outside:
            settings = outside.environment | _SETTINGS | {"WAYBILL_DATABASE_URL": self._make_ledger()}
            measured = _in_a_process(way, count, settings)
            outside.insist_on_each_once(count)
        return measured


def _in_a_process(way: str, count: int, settings: dict[str, str]) -> Measured:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("WAYBILL_")}
    command = [sys.executable, "-m", "bench.way", way]
    with (
        subprocess.Popen(command, env=inherited | settings, stdout=subprocess.PIPE, text=True) as process,
        watched(process.pid) as peaks,
    ):
        output, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"the way {way} ended with exit code {process.returncode}")
    seconds: float = json.loads(output)["seconds"]
    return Measured(way, count, seconds, count / seconds, peaks.parent, peaks.children)
