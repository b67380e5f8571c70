"""The circuit breaker over several runs: one trips it, the next sends nothing, one upload closes it again."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from sandbox.faults import FaultKind
from sandbox.journal import Call
from sandbox.load import load_records
from sandbox.records import Administration


@pytest.fixture(autouse=True)
def _patience(sandbox, monkeypatch):
    monkeypatch.setenv("WAYBILL_CLEARFACTS_GIVE_UP_AFTER", "2")
    monkeypatch.setenv("WAYBILL_SOURCE_GIVE_UP_AFTER", "2")
    monkeypatch.setenv("WAYBILL_CLEARFACTS_CONCURRENCY", "1")
    for number in {record.company_number for record in load_records(50)}:
        sandbox.portal.list_company(Administration("".join(filter(str.isdigit, number)), "Load"))


@pytest.fixture
def offer(sandbox):
    def put(count):
        for record in load_records(count):
            sandbox.feed.put(replace(record, updated_at=None))

    return put


@pytest.fixture
def its_time_is_up(owner):
    def move():
        with owner.begin() as connection:
            connection.execute(text("UPDATE breaker SET try_again_at = now()"))

    return move


def test_a_clearfacts_that_fails_all_uploads(sandbox, offer, run_job, states, fault, its_time_is_up):
    offer(8)
    failing = fault(Call.UPLOAD, FaultKind.SERVER_ERROR, times=None)

    tripped = run_job()
    assert tripped.state == "failed"
    assert "2 calls in a row had no usable answer" in tripped.problems[0]
    assert states() == {"outcome_unknown": 2, "ready": 6}

    sandbox.journal.clear()
    refused = run_job()
    assert refused.state != "failed"
    assert refused.waiting == 6
    (note,) = refused.notes
    assert "Clearfacts is left alone" in note
    assert "It is tried again from" in note
    assert note.endswith("Ready to be forwarded: 6.")
    assert sandbox.journal.entries(Call.UPLOAD) == []
    assert sandbox.journal.entries(Call.ADMINISTRATIONS) == []

    its_time_is_up()
    assert run_job().state == "failed"
    assert len(sandbox.journal.entries(Call.UPLOAD)) == 1
    assert states() == {"outcome_unknown": 3, "ready": 5}

    its_time_is_up()
    sandbox.faults.remove(failing.id)
    assert run_job().state == "completed"
    assert states() == {"outcome_unknown": 3, "sent": 5}


def test_a_source_that_is_left_alone_does_not_keep_the_ledger_from_being_worked_off(
    sandbox, offer, run_job, states, fault, its_time_is_up
):
    offer(2)
    forbidden = fault(Call.ADMINISTRATIONS, FaultKind.FORBIDDEN, times=None)
    run_job()
    sandbox.faults.remove(forbidden.id)
    assert states() == {"ready": 2}
    failing = fault(Call.PAGE, FaultKind.UNAVAILABLE, times=None)
    tripped = run_job()
    assert tripped.state == "failed"
    assert "could not be read to its end" in tripped.problems[0]
    assert states() == {"sent": 2}

    sandbox.journal.clear()
    refused = run_job()
    assert refused.state == "completed"
    assert "is left alone: 2 calls in a row" in refused.notes[0]
    assert sandbox.journal.entries(Call.PAGE) == []

    sandbox.faults.remove(failing.id)
    its_time_is_up()
    offer(3)
    assert run_job().state == "completed"
    assert states() == {"sent": 3}


def test_a_dry_run_asks_nobody_who_is_left_alone(sandbox, offer, run_job, fault):
    offer(3)
    fault(Call.UPLOAD, FaultKind.SERVER_ERROR, times=None)
    run_job()
    sandbox.journal.clear()

    told = run_job(dry_run=True)

    assert told.state != "failed"
    assert "left alone" in told.notes[0]
    assert sandbox.journal.entries(Call.ADMINISTRATIONS) == []
