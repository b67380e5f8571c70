"""What people hear of a run that dies: interrupted it says so itself, killed the next run says so."""

import signal

from sandbox.faults import Fault, FaultKind
from sandbox.journal import Call
from sandbox.load import load_records
from tests.acceptance.test_crashes import wait_until


def heard(sandbox):
    return [each.text for each in sandbox.journal.entries(Call.MESSAGE)]


def in_the_midst(sandbox, start, taken):
    """A run that has come to its uploads."""
    before = len(taken())
    for record in load_records(5, seed=before + 1):
        sandbox.feed.put(record)
    sandbox.faults.add(Fault(call=Call.UPLOAD, fault=FaultKind.SLOW, seconds=1, taken=True, times=4))
    run = start("run", WAYBILL_CLEARFACTS_CONCURRENCY="1")
    wait_until(lambda: len(taken()) > before)
    return run


def test_people_hear_how_a_run_died_once_and_that_it_runs_again(sandbox, start, run_json, taken):
    run = in_the_midst(sandbox, start, taken)
    run.send_signal(signal.SIGTERM)
    _, errors = run.communicate(timeout=60)
    assert run.returncode == 2, errors
    (interrupted,) = heard(sandbox)
    assert interrupted.startswith("*process-invoices was cut off*\nInterrupted")

    code, _ = run_json()
    assert code == 0
    assert heard(sandbox)[1].startswith("*process-invoices runs again*")

    run = in_the_midst(sandbox, start, taken)
    run.send_signal(signal.SIGKILL)
    run.wait()
    assert len(heard(sandbox)) == 2, "it could say nothing"
    code, report = run_json()
    assert (code, report["counts"]["outcome_unknown"]) == (1, 1)
    killed, *others = heard(sandbox)[2:]
    assert killed.startswith("*process-invoices was cut off*\nIts process was killed")
    later = "\n".join(others)
    assert "*process-invoices runs again*" in later
    assert "1 × Receipt uncertain, the upload was cut off: find it in Clearfacts: " in later  # noqa: RUF001
