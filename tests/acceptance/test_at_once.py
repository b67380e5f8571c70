"""Several processes on one ledger at the same time, as a schedule, people and redelivery start them."""

import signal
import time

import pytest
from sqlalchemy import text

from sandbox.faults import Fault, FaultKind
from sandbox.journal import Call
from sandbox.load import load_records

COUNT = 30


@pytest.fixture(autouse=True)
def _offered(sandbox):
    for record in load_records(COUNT):
        sandbox.feed.put(record)


def test_all_at_once_forward_each_invoice_once(sandbox, start, invoices, taken, run_json):
    sandbox.faults.add(Fault(call=Call.UPLOAD, fault=FaultKind.TOO_MANY_REQUESTS, times=3, retry_after="1"))
    sandbox.faults.add(Fault(call=Call.PAGE, fault=FaultKind.SLOW, seconds=1, times=1))
    commands = ["run", "run", "redeliver", "run"]
    processes = [start(each, "--json", WAYBILL_SOURCE_LOCK_WAIT_SECONDS="0") for each in commands]
    ended = [each.communicate(timeout=120) for each in processes]

    assert [each.returncode for each in processes] == [0] * len(commands), ended
    assert any("Another run is reading" in errors for _, errors in ended), "the loser says why"
    assert not any("deadlock" in errors for _, errors in ended)
    run_json()
    assert {row["state"] for row in invoices()} == {"sent"}
    assert len(taken()) == len(set(taken())) == COUNT


def test_a_killed_run_leaves_no_lock_behind(sandbox, start, owner, taken):
    sandbox.faults.add(Fault(call=Call.UPLOAD, fault=FaultKind.SLOW, seconds=30, taken=True))
    run = start("run")
    wait_for(taken)
    assert locks(owner) >= 1
    run.send_signal(signal.SIGKILL)
    run.wait()

    wait_for(lambda: locks(owner) == 0)


def locks(owner) -> int:
    with owner.connect() as connection:
        held = "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE locktype = 'advisory'"
        return connection.execute(text(f"{held} AND datname = current_database()")).scalar_one()


def wait_for(condition) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.05)
