"""Housekeeping as a flow: what it erases and deletes, what it foretells, and what becomes of it when it is killed."""

import pytest
from sqlalchemy import text

from db.audit import at_one_moment, verify
from db.ledger import Actor
from db.legal_holds import place_hold
from db.waypoints import Waypoint, listening
from flows.housekeeping import NOTHING, housekeeping
from flows.prefect_server import ENVIRONMENT
from invoices.lifecycle import State
from tasks import prefect_history
from tests.db.aged import grow_old
from tests.db.conftest import COMPANY, Arrange
from tests.flows.watched import report_of


@pytest.fixture
def arrange(ledger):
    with ledger.worker() as worker:
        yield Arrange(ledger, worker)


@pytest.fixture
def old(arrange, owner):
    """Three invoices sent and one that waits for a person, twelve years ago."""
    for state in (State.SENT, State.SENT, State.SENT, State.HELD):
        arrange.in_state(state)
    grow_old(owner, years=12)


@pytest.fixture
def housekept(sandbox, prefect_api):
    return lambda **parameters: report_of(housekeeping, **parameters)


@pytest.mark.usefixtures("old")
def test_a_dry_run_says_what_would_be_erased_and_the_run_erases_it(housekept, ledger, arrange):
    foretold = housekept(dry_run=True)
    assert foretold.counts["erased"] == 3
    assert arrange.all("SELECT FROM erasure") == []

    report = housekept(requested_by="an@example.be")

    assert (report.state, report.counts) == ("completed", foretold.counts)
    assert report.counts["still_open"] == 1
    assert any("1 documents are past their years and were kept" in note for note in report.notes)
    (job,) = arrange.all("SELECT requested_by, counts FROM job WHERE id = :id", id=report.job_id)
    assert (job.requested_by, job.counts) == ("an@example.be", report.counts)
    assert {each.job_id for each in arrange.all("SELECT job_id FROM erasure")} == {report.job_id}
    assert housekept().counts == {**NOTHING, "still_open": 1}
    with at_one_moment(ledger) as connection:
        assert list(verify(connection, documents=True)) == []


@pytest.mark.usefixtures("old")
def test_the_years_are_those_of_the_settings_and_a_hold_keeps_more(housekept, ledger, monkeypatch):
    monkeypatch.setenv("WAYBILL_RETENTION_YEARS", "25")
    assert housekept().counts == NOTHING
    monkeypatch.delenv("WAYBILL_RETENTION_YEARS")
    with ledger.transaction(Actor("an"), Waypoint.HOLD_CHANGED) as connection:
        place_hold(connection, COMPANY, "an", "A court asks for it.")
    assert housekept().counts == {**NOTHING, "on_hold": 4}


@pytest.mark.usefixtures("old")
@pytest.mark.parametrize("waypoint", [Waypoint.ERASED, Waypoint.PRUNED])
def test_a_run_that_breaks_off_after_any_batch_is_taken_up_by_the_next(housekept, arrange, waypoint):
    class Stopped(BaseException):
        pass

    def stop(reached):
        if reached is waypoint:
            raise Stopped

    with listening(stop), pytest.raises(Stopped):
        housekept()
    assert housekept().state == "completed"
    assert len(arrange.all("SELECT FROM erasure")) == 3


def test_rows_that_nobody_needs_any_more_are_deleted(housekept, owner, arrange):
    arrange.in_state(State.SENT)
    with owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO security_event (kind, at) SELECT 'signed_in', now() - interval '401 days'"
                " FROM generate_series(1, 5001)"
            )
        )
    assert housekept(dry_run=True).counts["deleted"] == 5001
    assert housekept().counts["deleted"] == 5001
    assert arrange.all("SELECT FROM security_event") == []


class TestPrefectHistory:
    def test_the_server_that_we_start_deletes_old_runs(self, housekept):
        assert ENVIRONMENT["PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED"] == "events,flow_runs"
        assert not any("Prefect server" in note for note in housekept().notes)

    @pytest.mark.parametrize(
        ("answer", "said"),
        [
            ({"enabled": ["events"]}, "keeps its runs for ever"),
            ({"enabled": None}, "keeps its runs for ever"),
            ({"enabled": True}, None),
            ({"enabled": ["events", "flow_runs"]}, None),
            ({}, "could not be looked at"),
        ],
    )
    def test_another_that_does_not_is_told_of(self, answer, said):
        note = prefect_history.note_of({"server": {"services": {"db_vacuum": answer}}})
        assert note is None if said is None else said in note

    def test_or_that_nobody_could_look(self):
        assert "could not be looked at" in prefect_history.note_of("no settings here")
