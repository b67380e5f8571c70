"""Requested runs: rows of the ledger that runs drain, and look for again before they end."""

from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import text

from db.ledger import Actor
from db.requests import RunRequest, ask_for_run
from db.waypoints import Waypoint, listening
from sandbox.faults import FaultKind
from sandbox.journal import Call
from sandbox.load import load_records
from sandbox.records import Administration


def some(count):
    return list(load_records(count))


@pytest.fixture(autouse=True)
def _clearfacts_lists_the_load_companies(sandbox):
    for number in {record.company_number for record in load_records(50)}:
        sandbox.portal.list_company(Administration("".join(filter(str.isdigit, number)), "Load"))


@pytest.fixture
def offer(sandbox):
    def put(*records):
        for record in records:
            sandbox.feed.put(replace(record, updated_at=None))

    return put


@pytest.fixture
def ask(ledger):
    def record(**details):
        with ledger.transaction(Actor("a person"), Waypoint.RUN_REQUESTED) as connection:
            return ask_for_run(connection, RunRequest("a person", "correlation", **details))

    return record


@pytest.fixture
def open_requests(owner):
    def read():
        with owner.connect() as connection:
            return set(connection.execute(text("SELECT id FROM run_request WHERE done_at IS NULL")).scalars())

    return read


def test_a_run_of_everything_does_what_requests_ask(sandbox, run_job, offer, ask, accepted, open_requests):
    offer(*some(3))
    ask()

    run_job()

    assert len(accepted()) == 3
    assert open_requests() == set()


def test_records_named_by_the_source_are_fetched_and_the_cursor_stays(
    sandbox, run_job, offer, ask, rows, ledger, owner, open_requests
):
    first, second, third = some(3)
    offer(first, second, third)
    ask(source_ids=[second.source_id])

    report = run_job(requests_only=True)

    assert [(row["source_id"], row["state"]) for row in rows()] == [(second.source_id, "sent")]
    assert report.counts["fetched"] == 1
    with owner.connect() as connection:
        assert (
            connection.execute(text("SELECT count(*) FROM source_position WHERE cursor IS NOT NULL")).scalar()
            == 0
        )
    assert open_requests() == set()


def test_a_run_for_requests_alone_reads_nothing_that_nobody_asked_for(sandbox, run_job, offer, rows):
    offer(*some(2))

    report = run_job(requests_only=True)

    assert rows() == []
    assert report.state == "completed"


def test_a_burst_of_requests_is_one_run(sandbox, run_job, offer, ask, accepted, owner, open_requests):
    records = some(5)
    offer(*records)
    for record in records * 20:
        ask(source_ids=[record.source_id])

    report = run_job(requests_only=True)

    assert len(accepted()) == 5
    assert open_requests() == set()
    with owner.connect() as connection:
        assert set(connection.execute(text("SELECT job_id FROM run_request")).scalars()) == {report.job_id}


def test_what_is_asked_while_a_run_works_is_done_by_that_run(
    sandbox, run_job, offer, ask, accepted, open_requests
):
    first, second = some(2)
    offer(first, second)
    ask(source_ids=[first.source_id])
    late = []

    def once_the_first_is_sent(waypoint):
        if waypoint is Waypoint.SETTLED and not late:
            late.append(None)
            ask(source_ids=[second.source_id])

    with listening(once_the_first_is_sent):
        run_job(requests_only=True)

    assert len(accepted()) == 2
    assert open_requests() == set()


def test_a_request_whose_record_cannot_be_had_stays_open(
    sandbox, run_job, offer, ask, fault, accepted, open_requests, owner
):
    (record,) = some(1)
    offer(record)
    asked = ask(source_ids=[record.source_id])
    fault(Call.RECORD, FaultKind.UNAVAILABLE)

    report = run_job(requests_only=True)

    assert report.state == "failed"
    assert open_requests() == {asked}

    sandbox.faults.clear()
    with owner.begin() as connection:
        connection.execute(text("UPDATE run_request SET not_before = now()"))
    run_job(requests_only=True)
    assert len(accepted()) == 1
    assert open_requests() == set()


def test_a_record_that_the_source_does_not_know_is_said_and_done_with(sandbox, run_job, ask, open_requests):
    ask(source_ids=["never-heard-of"])

    report = run_job(requests_only=True)

    assert report.notes == ("The source does not know record never-heard-of.",)
    assert open_requests() == set()


def test_a_forced_request_forces_only_what_it_names(sandbox, run_job, offer, ask, fault, rows, states):
    offer(*some(2))
    fault(Call.UPLOAD, FaultKind.ERRORS, message="Refused", times=2)
    run_job()
    assert states() == {"failed": 2}
    sandbox.faults.clear()
    named, other = (row["id"] for row in rows())

    ask(invoice_ids=[UUID(named)], force=True)
    run_job(requests_only=True)

    assert {row["id"]: row["state"] for row in rows()} == {named: "sent", other: "failed"}


def test_a_dry_run_that_was_asked_for_changes_nothing_and_keeps_what_it_foretold(
    sandbox, run_job, offer, ask, accepted, owner, open_requests, states
):
    offer(*some(2))
    ask(dry_run=True)

    report = run_job(dry_run=True, requests_only=True)

    assert accepted() == []
    assert states() == {}
    assert open_requests() == set()
    with owner.connect() as connection:
        outcomes = connection.execute(
            text("SELECT outcomes FROM job WHERE id = :id"), {"id": report.job_id}
        ).scalar_one()
    assert [each["state"] for each in outcomes] == ["ready", "ready"]


def test_a_run_that_names_its_own_invoices_leaves_requests_to_others(
    sandbox, run_job, offer, ask, open_requests, rows
):
    offer(*some(1))
    run_job()
    asked = ask()

    run_job(invoice_ids=[UUID(rows()[0]["id"])])

    assert open_requests() == {asked}
