"""A run that is killed or interrupted in the midst of its uploads: nothing is lost, nothing is forwarded twice."""

import hashlib
import json
import signal
import time
from collections.abc import Callable

import pytest

from sandbox.faults import Fault, FaultKind
from sandbox.journal import Call
from sandbox.load import load_records

COUNT = 25


@pytest.fixture
def offered(sandbox) -> set[str]:
    """The SHA-256 of the documents that the source offers."""
    records = list(load_records(COUNT))
    for record in records:
        sandbox.feed.put(record)
    return {hashlib.sha256(record.read_document() or b"").hexdigest() for record in records}


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)


def test_a_claim_of_a_killed_run_becomes_unknown_and_a_person_settles_it(
    sandbox, offered, start, run_json, invoices, taken
):
    sandbox.faults.add(Fault(call=Call.UPLOAD, fault=FaultKind.SLOW, seconds=30, taken=True, times=1))
    run = start("run", WAYBILL_CLEARFACTS_CONCURRENCY="1", WAYBILL_CLEARFACTS_TIMEOUT_SECONDS="2")
    wait_until(lambda: len(taken()) == 1)
    run.send_signal(signal.SIGKILL)
    run.wait()

    code, report = run_json()

    assert code == 1
    assert report["counts"]["outcome_unknown"] == 1
    assert report["counts"]["sent"] == COUNT - 1
    (unknown,) = [row for row in invoices() if row["state"] == "outcome_unknown"]
    (receipt,) = [
        entry.uuid
        for entry in sandbox.journal.entries(Call.UPLOAD)
        if entry.sha256 == unknown["document_sha256"]
    ]
    resolving = start(
        "resolve", unknown["id"], "--arrived", receipt, "--reason", "found in the portal", "--json"
    )
    output, errors = resolving.communicate(timeout=60)
    assert json.loads(output)["state"] == "sent", errors


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_settles_its_uploads_first(
    sandbox, offered, start, run_json, invoices, taken, *, how
):
    sandbox.faults.add(Fault(call=Call.UPLOAD, fault=FaultKind.SLOW, seconds=0.3, taken=True, times=None))
    run = start("run")
    wait_until(lambda: len(taken()) >= 3)
    run.send_signal(how)
    _, errors = run.communicate(timeout=60)
    assert run.returncode == 2
    assert "Interrupted" in errors
    assert "Traceback" not in errors
    assert {row["state"] for row in invoices()} <= {"sent", "ready", "received"}

    code, report = run_json()

    assert code == 0, report
    assert sorted(taken()) == sorted(offered)
