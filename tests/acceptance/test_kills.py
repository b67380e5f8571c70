"""Killed at every waypoint and started again: nothing is lost, nothing is forwarded twice, nothing is stuck."""

import hashlib
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from cli.app import app
from db.lookups import InvoiceFilter, invoices
from db.outbox import backlog
from db.waypoints import Waypoint
from sandbox.demo import demo_records
from sandbox.faults import Fault, FaultKind
from sandbox.journal import Call
from sandbox.judge import Tally, judge
from sandbox.load import load_records
from sandbox.records import SandboxRecord

KILLED = Path(__file__).with_name("killed.py")
MOST_RUNS = 4

PER_INVOICE = {
    Waypoint.CLAIMED,
    Waypoint.UPLOAD_BEGINS,
    Waypoint.UPLOAD_ENDED,
    Waypoint.SETTLED,
    Waypoint.ACKNOWLEDGEMENT_BEGINS,
    Waypoint.ACKNOWLEDGEMENT_ENDED,
}
"""What is reached once for each invoice: the run is killed at the first, and in the midst of the others."""

IN_THE_FACADE = {
    Waypoint.RUN_REQUESTED,
    Waypoint.RUN_ASKED_FOR,
    Waypoint.WEBHOOK_RECEIVED,
    Waypoint.ACCOUNT_CHANGED,
    Waypoint.SIGNED_IN,
    Waypoint.CALLER_NOTED,
}
"""What no run comes to: `tests/api/test_kills.py` kills the facade there."""

CASES = [
    (waypoint, times)
    for waypoint in Waypoint
    if waypoint not in IN_THE_FACADE
    for times in ((1, 7) if waypoint in PER_INVOICE else (1,))
]


@pytest.fixture
def killed(environment) -> Iterator[Callable[..., None]]:
    """Runs `waybill` until it is killed at a waypoint."""

    def run(waypoint: Waypoint, times: int, *arguments: str, **settings: str) -> None:
        command = [sys.executable, str(KILLED), waypoint, str(times), *arguments]
        ended = subprocess.run(
            command, env=environment | settings, capture_output=True, text=True, timeout=120, check=False
        )
        assert ended.returncode == -signal.SIGKILL, f"it never came to {waypoint}: {ended.stderr}"

    return run


@pytest.fixture
def offered(sandbox) -> list[SandboxRecord]:
    """The demo's records, which meet each stage of the pipeline, and some more."""
    records = [*demo_records(), *load_records(6)]
    for record in records:
        sandbox.feed.put(record)
    return records


class Preparations:
    """What must have happened for a run to come to a waypoint at all; each gives its arguments."""

    def __init__(self, sandbox, run_here, rows) -> None:
        self._sandbox, self._run, self._rows = sandbox, run_here, rows

    def before(self, waypoint: Waypoint) -> tuple[str, ...]:
        prepare = getattr(self, f"_{waypoint}", None)
        return prepare() if prepare else ("run",)

    def _feed_restarted(self):
        self._run()
        self._sandbox.faults.add(Fault(call=Call.PAGE, fault=FaultKind.EXPIRED_CURSOR))
        return ("run",)

    def _pause_noted(self):
        fault = Fault(call=Call.UPLOAD, fault=FaultKind.TOO_MANY_REQUESTS, retry_after="1")
        self._sandbox.faults.add(fault)
        return ("run",)

    def _forced(self):
        refused = Fault(call=Call.UPLOAD, fault=FaultKind.ERRORS, message="Refused", times=3)
        self._sandbox.faults.add(refused)
        self._run()
        return ("run", "--force", "--all-failed")

    def _failure_noted(self):
        self._sandbox.faults.add(Fault(call=Call.UPLOAD, fault=FaultKind.SERVER_ERROR))
        return ("run",)

    _breaker_closed = _failure_noted

    def _probe_taken(self):
        self._failure_noted()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("WAYBILL_CLEARFACTS_GIVE_UP_AFTER", "1")
            patch.setenv("WAYBILL_BREAKER_OPEN_SECONDS", "0.01")
            self._run()
        return ("run",)

    _probe_put_back = _probe_taken

    def _reconciled(self):
        self._run()
        return ("reconcile",)

    def _decided(self):
        self._run()
        held = next(row["id"] for row in self._rows() if row["state"] == "held")
        return ("resolve", held, "--release", "--reason", "the supplier confirmed")

    def _reencrypted(self):
        with pytest.MonkeyPatch.context() as patch:
            patch.delenv("WAYBILL_ENCRYPTION_KEYS")
            self._run()
        return ("keys", "rotate")

    def _erased(self):
        self._run()
        return ("housekeeping",)

    _pruned = _erased

    def _hold_changed(self):
        return ("holds", "add", "0428759497", "--reason", "a court asks for it")

    def _restored(self):
        return ("restore", "--mark")

    def _restoration_settled(self):
        CliRunner().invoke(app, ["restore", "--mark"])
        self._run()
        return ("restore", "--settle", "--reason", "all compared")

    def _route_changed(self):
        return ("routes", "set", "--policy", "lenient")

    def _made_due(self):
        self._sandbox.faults.add(Fault(call=Call.UPLOAD, fault=FaultKind.UNAVAILABLE, retry_after="600"))
        self._run()
        return ("run", "--invoice-id", self._rows()[0]["id"])


@pytest.fixture
def run_here(environment, monkeypatch, run_job):
    """The main job in this process, with the settings that the killed one has."""
    for name, value in environment.items():
        if name.startswith("WAYBILL_"):
            monkeypatch.setenv(name, value)
    return run_job


@pytest.fixture
def rows(ledger):
    def read():
        with ledger.reading() as connection:
            return list(invoices(connection, InvoiceFilter()))

    return read


@pytest.fixture
def preparations(sandbox, offered, run_here, rows) -> Preparations:
    return Preparations(sandbox, run_here, rows)


def until_quiet(run_here) -> None:
    for _ in range(MOST_RUNS):
        report = run_here()
        if report.state != "failed" and not report.waiting:
            return
    raise AssertionError(f"still not quiet after {MOST_RUNS} runs: {report}")


@pytest.fixture
def judged(sandbox, offered, rows) -> Callable[[], Tally]:
    """What the sandbox's journal and the ledger come to."""
    with_document = [(each, document) for each in offered if (document := each.read_document()) is not None]
    records = [
        (each.source_id, each.version, hashlib.sha256(document).hexdigest())
        for each, document in with_document
    ]
    return lambda: judge(records, sandbox.journal, rows())


_NOT_ANNOUNCED = text("""
SELECT i.source_id, i.state, said.status FROM invoice i LEFT JOIN LATERAL (
    SELECT status FROM webhook_message WHERE invoice_id = i.id ORDER BY sequence DESC LIMIT 1
) AS said ON true
WHERE coalesce(said.status, 'pending') <> outward_status(i.state)
""")


@pytest.fixture
def not_announced(ledger):
    """Invoices of whose state no message was ever queued for the ERP."""

    def read():
        with ledger.reading() as connection:
            return connection.execute(_NOT_ANNOUNCED).all()

    return read


@pytest.fixture
def unpublished(ledger):
    """Channels of which not all events were taken."""

    def read():
        with ledger.reading() as connection:
            return [each for each in backlog(connection) if each.waiting]

    return read


@pytest.mark.parametrize(("waypoint", "times"), CASES)
def test_a_run_killed_at_a_waypoint(
    preparations, killed, run_here, judged, not_announced, unpublished, waypoint, times
):
    arguments = preparations.before(waypoint)

    killed(waypoint, times, *arguments, WAYBILL_CLEARFACTS_MIN_INTERVAL_SECONDS="0.01")
    until_quiet(run_here)

    tally = judged()
    assert tally.faults == ()
    assert not_announced() == []
    assert unpublished() == []
    assert tally.unknown <= 2, "no more than there are upload slots"
