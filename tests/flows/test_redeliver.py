"""Redelivery: what is ready and due goes out; what waits for a person goes on waiting."""

import contextvars
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import text

from db.claims import claim
from db.decisions import Decision, Ruling, decide
from db.ledger import Actor
from db.routes import set_route
from db.waypoints import Waypoint
from flows.redeliver import redeliver_invoices
from invoices.lifecycle import State
from invoices.routes import RouteSetting
from sandbox.demo import demo_records
from sandbox.faults import FaultKind
from sandbox.journal import Call
from sandbox.load import load_records
from sandbox.records import Administration
from tests.db.conftest import COMPANY, Arrange
from tests.flows.watched import report_of

DEMO = {record.source_id: record for record in demo_records() if record.version == 1}


@pytest.fixture(autouse=True)
def _clearfacts_lists_the_load_companies(sandbox):
    for number in {record.company_number for record in load_records(50)}:
        sandbox.portal.list_company(Administration("".join(filter(str.isdigit, number)), "Load"))


@pytest.fixture
def redeliver(sandbox, prefect_api):
    """Runs a redelivery and gives its report."""
    return lambda **parameters: report_of(redeliver_invoices, **parameters)


@pytest.fixture
def offer(sandbox):
    def put(*records):
        for record in records:
            sandbox.feed.put(replace(record, updated_at=None))

    return put


@pytest.fixture
def arrange(ledger):
    """Brings invoices into any state without a run."""
    with ledger.worker() as worker:
        yield Arrange(ledger, worker)


@pytest.fixture
def leave_ready(sandbox, arrange):
    """So many invoices that are checked and ready."""
    sandbox.portal.list_company(Administration(COMPANY, "Klant"))
    return lambda count: [arrange.in_state(State.READY) for _ in range(count)]


@pytest.fixture
def run_without_upload(sandbox, run_job, fault):
    """A run that checks what the source has and cannot send it."""

    def run():
        outage = fault(Call.ADMINISTRATIONS, FaultKind.FORBIDDEN, times=None)
        run_job()
        sandbox.faults.remove(outage.id)
        sandbox.journal.clear()

    return run


@pytest.fixture
def rule(ledger):
    """A person's decision about an invoice."""

    def decided(invoice_id, decision, saw):
        with ledger.transaction(Actor("an"), Waypoint.DECIDED) as connection:
            decide(connection, UUID(str(invoice_id)), Ruling(decision, "an", State(saw), "I asked."))

    return decided


def test_what_is_ready_is_delivered_without_the_source_and_without_another_check(
    sandbox, offer, run_without_upload, redeliver, states, *, accepted, ledger
):
    offer(*load_records(3))
    run_without_upload()
    with ledger.reading() as connection:
        checked = connection.execute(text("SELECT max(updated_at), count(*) FROM verdict")).one()

    report = redeliver(requested_by="an")

    assert (report.state, report.counts["sent"], report.waiting) == ("completed", 3, 0)
    assert (report.counts["fetched"], states()) == (0, {"sent": 3})
    assert len(accepted()) == 3
    assert set(sandbox.journal.counts()) == {Call.ADMINISTRATIONS, Call.UPLOAD, Call.ACKNOWLEDGEMENT}
    with ledger.reading() as connection:
        assert connection.execute(text("SELECT max(updated_at), count(*) FROM verdict")).one() == checked
        job = connection.execute(text("SELECT * FROM job WHERE id = :id"), {"id": report.job_id}).one()
    assert (job.flow, job.requested_by, job.state) == ("redeliver-invoices", "an", "completed")
    assert job.counts["sent"] == 3


def test_more_than_a_chunk_is_delivered_each_once(leave_ready, redeliver, states, accepted):
    leave_ready(45)

    redeliver()
    redeliver()

    assert states() == {"sent": 45}
    assert len(set(accepted())) == len(accepted()) == 45


def test_what_waits_for_a_person_is_never_delivered_by_itself(
    sandbox, offer, run_job, redeliver, states, *, accepted, fault
):
    held = DEMO["ERP-1001"]
    sandbox.portal.list_company(Administration("0999000129", "Listed"))
    offer(*load_records(2), held)
    fault(Call.UPLOAD, FaultKind.ERRORS)
    fault(Call.UPLOAD, FaultKind.DROP)
    run_job()
    offer(
        replace(held, source_id="other", document=held.read_document().replace(b"2026/0101", b"2026/0101 "))
    )
    offer(replace(held, version=2, document=held.read_document().replace(b"</cbc:ID>", b"-B</cbc:ID>", 1)))
    run_job()
    before, taken = states(), accepted()
    assert before["failed"] == before["outcome_unknown"] == 1
    assert before["held"] >= 1

    report = redeliver()

    assert states() == before
    assert accepted() == taken
    assert report.state == "completed"
    assert not any(report.counts.values())


def test_what_a_person_releases_or_sends_again_is_delivered(
    offer, run_job, redeliver, states, rows, *, fault, rule, owner
):
    offer(*load_records(2))
    fault(Call.UPLOAD, FaultKind.ERRORS)
    fault(Call.UPLOAD, FaultKind.DROP)
    run_job()
    with owner.begin() as connection:
        connection.exec_driver_sql("SET session_replication_role = replica")
        connection.exec_driver_sql("UPDATE attempt SET budget_ends_at = now()")
    rule(rows(states=["failed"])[0]["id"], Decision.RELEASE, "failed")
    rule(rows(states=["outcome_unknown"])[0]["id"], Decision.SEND_AGAIN, "outcome_unknown")

    assert redeliver().counts["sent"] == 2
    assert states() == {"sent": 2}


class TestBackoff:
    @pytest.fixture
    def waiting(self, leave_ready, owner):
        """Two that are ready, and not due for an hour."""
        ids = leave_ready(2)
        with owner.begin() as connection:
            connection.exec_driver_sql("UPDATE invoice SET next_attempt_at = now() + interval '1 hour'")
        return ids

    def test_what_is_not_due_waits(self, waiting, redeliver, states):
        report = redeliver()
        assert len(waiting) == 2
        assert (states(), report.waiting, report.state) == ({"ready": 2}, 2, "completed")

    def test_what_has_become_due_goes(self, waiting, redeliver, rows, owner):
        with owner.begin() as connection:
            connection.execute(
                text("UPDATE invoice SET next_attempt_at = now() - interval '1 s' WHERE id = :id"),
                {"id": waiting[1]},
            )
        redeliver()
        assert [row["state"] for row in rows()] == ["ready", "sent"]

    def test_what_a_person_names_goes_at_once_and_alone(self, waiting, redeliver, rows):
        report = redeliver(invoice_ids=[waiting[0]])
        assert [row["state"] for row in rows()] == ["sent", "ready"]
        assert (report.counts["sent"], report.counts["ready"]) == (1, 0)

    def test_what_was_provably_not_delivered_is_tried_again_in_the_same_run(
        self, leave_ready, redeliver, states, fault
    ):
        leave_ready(3)
        fault(Call.UPLOAD, FaultKind.TOO_MANY_REQUESTS, retry_after="1")
        assert redeliver().state == "completed"
        assert states() == {"sent": 3}


class TestFreed:
    def test_a_company_that_is_listed_now_frees_its_invoice(self, sandbox, offer, run_job, redeliver, states):
        sandbox.portal.unlist_company("0999000129")
        offer(DEMO["ERP-1001"])
        run_job()
        assert states() == {"held": 1}
        sandbox.portal.list_company(Administration("0999000129", "Listed now"))

        assert redeliver().counts["sent"] == 1

    def test_a_blocker_that_is_gone_frees_its_duplicate(
        self, offer, run_job, redeliver, states, fault, monkeypatch
    ):
        monkeypatch.setenv("WAYBILL_RETRY_ROUNDS", "0")
        (record,) = load_records(1)
        offer(record, replace(record, source_id="the same again"))
        fault(Call.UPLOAD, FaultKind.ERRORS)
        run_job()
        assert states() == {"failed": 1, "duplicate": 1}

        assert redeliver().counts["sent"] == 1
        assert states() == {"failed": 1, "sent": 1}

    def test_of_two_that_a_blocker_frees_one_goes_and_the_other_is_its_duplicate(
        self, offer, run_job, redeliver, states, fault, monkeypatch
    ):
        monkeypatch.setenv("WAYBILL_RETRY_ROUNDS", "0")
        (record,) = load_records(1)
        offer(record, replace(record, source_id="again"), replace(record, source_id="and again"))
        fault(Call.UPLOAD, FaultKind.ERRORS)
        run_job()

        redeliver()

        assert states() == {"failed": 1, "sent": 1, "duplicate": 1}

    def test_what_it_frees_beside_what_a_person_names_waits_for_the_next_one(
        self, sandbox, offer, run_job, redeliver, leave_ready, rows
    ):
        sandbox.portal.unlist_company("0999000129")
        offer(DEMO["ERP-1001"])
        run_job()
        (named,) = leave_ready(1)
        sandbox.portal.list_company(Administration("0999000129", "Listed now"))

        redeliver(invoice_ids=[named])

        assert [row["state"] for row in rows()] == ["ready", "sent"]


def test_a_route_that_was_switched_off_meanwhile_keeps_an_invoice_back(
    leave_ready, redeliver, accepted, ledger
):
    leave_ready(2)
    with ledger.transaction(Actor("an"), Waypoint.ROUTE_CHANGED) as connection:
        set_route(connection, RouteSetting(None, None, enabled=False))

    redeliver()

    assert accepted() == []


def test_a_claim_whose_worker_died_becomes_unknown_first(leave_ready, redeliver, states, ledger, accepted):
    orphan, _ = leave_ready(2)
    with ledger.worker() as worker:
        claim(ledger, Actor("a run"), orphan, worker, 60)

    report = redeliver()

    assert states() == {"outcome_unknown": 1, "sent": 1}
    assert (report.state, report.need_person) == ("needs_person", 1)
    assert len(accepted()) == 1


def test_a_claim_of_a_living_worker_is_left_to_it(leave_ready, redeliver, states, ledger):
    claimed, _ = leave_ready(2)
    with ledger.worker() as worker:
        claim(ledger, Actor("a run"), claimed, worker, 60)
        redeliver()
        assert states() == {"sending": 1, "sent": 1}


@pytest.mark.parametrize("call", [Call.ADMINISTRATIONS, Call.UPLOAD])
def test_a_refused_token_fails_the_run_and_loses_nothing(
    leave_ready, redeliver, states, fault, accepted, call
):
    leave_ready(45)
    fault(call, FaultKind.UNAUTHORIZED, times=None)

    report = redeliver()

    assert report.state == "failed"
    assert "token" in report.problems[0]
    assert (states(), report.waiting) == ({"ready": 45}, 45)
    assert accepted() == []


def test_a_run_that_breaks_off_closes_its_job_with_the_reason(leave_ready, redeliver, ledger, monkeypatch):
    leave_ready(1)
    monkeypatch.setenv("WAYBILL_CLEARFACTS_TOKEN", "hush\nhush")

    report = redeliver()

    assert report.state == "failed"
    with ledger.reading() as connection:
        job = connection.execute(text("SELECT * FROM job WHERE id = :id"), {"id": report.job_id}).one()
    assert (job.state, job.waiting) == ("failed", 1)
    assert "Clearfacts cannot be asked" in job.error
    assert "hush" not in job.error


def test_two_at_once_deliver_each_invoice_once(leave_ready, redeliver, states, accepted):
    leave_ready(25)

    with ThreadPoolExecutor(2) as threads:
        runs = [threads.submit(contextvars.copy_context().run, redeliver) for _ in range(2)]
        reports = [run.result() for run in runs]

    assert states() == {"sent": 25}
    assert len(set(accepted())) == len(accepted()) == 25
    assert [report.state for report in reports] == ["completed", "completed"]


def test_it_ends_with_what_the_source_has_not_heard_yet(sandbox, offer, run_without_upload, redeliver, fault):
    offer(*load_records(1))
    run_without_upload()
    outage = fault(Call.ACKNOWLEDGEMENT, FaultKind.SERVER_ERROR, times=None)
    assert redeliver().state == "completed"
    sandbox.faults.remove(outage.id)
    sandbox.journal.clear()

    redeliver()

    assert [entry.acknowledged for entry in sandbox.journal.entries(Call.ACKNOWLEDGEMENT)] == ["sent"]
