"""What reconciliation reads from the ledger, and the reports that it keeps there."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from db.ledger import constraint_of
from db.reconciliations import (
    Reconciliation,
    Window,
    forwarded_a_month,
    reconciliation,
    sent_in,
    store,
    window,
)
from db.sweep import sweep
from db.waypoints import Waypoint
from invoices.lifecycle import State
from tests.db.conftest import COMPANY, OTHER_COMPANY

NOTHING = {"receipts": 0, "confirmed": 0, "different": 0, "not_checked": 0, "unverified": 0}


@pytest.fixture
def last_days(ledger):
    """The window of so many days until now."""

    def of(days=7):
        with ledger.reading() as connection:
            return window(connection, days)

    return of


@pytest.fixture
def move(owner):
    """Puts what happened to an invoice at another moment."""

    def to(invoice_id, moment):
        with owner.begin() as connection:
            connection.exec_driver_sql("SET session_replication_role = replica")
            for statement in (
                "UPDATE audit_event SET at = :moment WHERE invoice_id = :id",
                "UPDATE attempt SET settled_at = :moment, claimed_at = :moment WHERE invoice_id = :id",
            ):
                connection.execute(text(statement), {"moment": moment, "id": invoice_id})

    return to


@pytest.fixture
def job(arrange):
    """Opens a job and gives its id."""

    def open_():
        job_id = uuid4()
        arrange.run(
            "INSERT INTO job (id, flow_run_id, run_count, flow, requested_by, parameters)"
            " VALUES (:id, :id, 1, 'reconcile-deliveries', 'an', '{}')",
            id=job_id,
        )
        return job_id

    return open_


def all_sent(ledger, wanted, chunk_size=200):
    return [each for chunk in sent_in(ledger, wanted, chunk_size) for each in chunk]


def a_month(year, month):
    first = date(year, month, 1)
    since = datetime(year, month, 2, tzinfo=UTC)
    return Window(since, datetime.now(UTC) + timedelta(days=1), first, date(year, month, 28))


class TestSent:
    def test_each_that_became_sent_is_there_once_and_nothing_else(self, ledger, arrange, last_days):
        ids = [arrange.in_state(state) for state in (State.SENT, State.SENT)]
        for state in set(State) - {State.SENT}:
            arrange.in_state(state)

        found = all_sent(ledger, last_days())

        assert [each.invoice_id for each in found] == ids
        row = arrange.row(ids[0])
        first = found[0]
        assert (first.receipt, first.number, first.company_number) == (row.receipt, row.number, COMPANY)

    @pytest.mark.parametrize("chunk_size", [1, 2, 3, 7])
    def test_chunks_of_any_size_leave_none_out(self, ledger, arrange, last_days, move, chunk_size):
        ids = [arrange.in_state(State.SENT) for _ in range(7)]
        at_once = datetime.now(UTC) - timedelta(hours=1)
        for invoice_id in ids:
            move(invoice_id, at_once)

        chunks = list(sent_in(ledger, last_days(), chunk_size))

        assert max(map(len, chunks)) <= chunk_size
        assert sorted(each.invoice_id for chunk in chunks for each in chunk) == sorted(ids)

    def test_the_days_count_from_when_it_became_sent(self, ledger, arrange, last_days, move):
        old, young = arrange.in_state(State.SENT), arrange.in_state(State.SENT)
        move(old, datetime.now(UTC) - timedelta(days=8))

        assert [each.invoice_id for each in all_sent(ledger, last_days(7))] == [young]
        assert [each.invoice_id for each in all_sent(ledger, last_days(9))] == [old, young]

    def test_what_a_person_saw_has_no_receipt(self, ledger, arrange, last_days):
        arrange.decide(arrange.in_state(State.OUTCOME_UNKNOWN), "arrived")

        assert [each.receipt for each in all_sent(ledger, last_days())] == [None]

    def test_another_acknowledgement_does_not_make_it_new(self, ledger, arrange, last_days, move):
        old = arrange.in_state(State.SENT)
        move(old, datetime.now(UTC) - timedelta(days=30))
        arrange.run("UPDATE invoice SET acknowledged = 'sent' WHERE id = :id", id=old)

        assert all_sent(ledger, last_days()) == []


class TestMonths:
    def test_they_are_counted_by_company(self, ledger, arrange, last_days):
        for company in (COMPANY, COMPANY, OTHER_COMPANY):
            arrange.sent_on(arrange.deduped(company_number=company), "accepted")
        for state in set(State) - {State.SENT}:
            arrange.in_state(state)

        wanted = last_days()
        counts = forwarded_a_month(ledger, wanted)

        this_month = wanted.last_day.replace(day=1)
        assert counts == {(COMPANY, this_month): 2, (OTHER_COMPANY, this_month): 1}

    @pytest.mark.parametrize(
        ("moment", "month"),
        [
            ("2026-03-31T21:59:59Z", date(2026, 3, 1)),
            ("2026-03-31T22:00:00Z", date(2026, 4, 1)),
            ("2026-10-31T22:59:59Z", date(2026, 10, 1)),
            ("2026-10-31T23:00:00Z", date(2026, 11, 1)),
        ],
    )
    def test_a_month_is_a_calendar_month_in_brussels(self, ledger, arrange, move, moment, month):
        move(arrange.in_state(State.SENT), moment)

        assert forwarded_a_month(ledger, a_month(2026, 3)) == {(COMPANY, month): 1}

    def test_the_whole_first_month_counts_and_none_before_it(self, ledger, arrange, move):
        move(arrange.in_state(State.SENT), "2026-02-28T22:59:59Z")
        move(arrange.in_state(State.SENT), "2026-02-28T23:00:00Z")

        assert forwarded_a_month(ledger, a_month(2026, 3)) == {(COMPANY, date(2026, 3, 1)): 1}

    def test_what_a_person_said_later_counts_when_it_was_uploaded(self, ledger, arrange, move):
        unknown = arrange.in_state(State.OUTCOME_UNKNOWN)
        move(unknown, "2026-03-14T09:26:53Z")
        arrange.decide(unknown, "arrived")

        assert forwarded_a_month(ledger, a_month(2026, 3)) == {(COMPANY, date(2026, 3, 1)): 1}

    def test_what_is_sent_again_counts_when_it_was_accepted(self, ledger, arrange, move):
        unknown = arrange.in_state(State.OUTCOME_UNKNOWN)
        move(unknown, "2026-03-14T09:26:53Z")
        arrange.decide(unknown, "send_again")
        arrange.sent_on(unknown, "accepted")

        (month,) = {month for _, month in forwarded_a_month(ledger, a_month(2026, 3))}
        assert month > date(2026, 3, 1)

    def test_a_late_answer_counts_once(self, ledger, arrange):
        with ledger.worker() as worker:
            claimed = arrange.claim(arrange.in_state(State.READY), worker=worker)
        sweep(ledger, arrange.actor)
        arrange.settle(claimed, "accepted")

        assert list(forwarded_a_month(ledger, a_month(2026, 3)).values()) == [1]


@pytest.mark.parametrize(
    ("days", "since"), [(1, timedelta(days=1)), (7, timedelta(days=7)), (366, timedelta(days=366))]
)
def test_a_window_has_its_days_and_its_months(last_days, days, since):
    wanted = last_days(days)
    assert wanted.until - wanted.since == since
    assert wanted.first_day.day == 1
    assert abs(wanted.first_day - wanted.since.date()) < timedelta(days=32)
    assert abs(wanted.last_day - wanted.until.date()) <= timedelta(days=1)


class TestReports:
    @pytest.fixture
    def keep(self, ledger, arrange, job, last_days):
        def kept(job_id=None, **given):
            report = {
                **NOTHING, "statistics": None, "findings": [], "findings_left_out": 0, "notes": [], **given,
            }  # fmt: skip
            job_id = job_id or job()
            with ledger.transaction(arrange.actor, Waypoint.RECONCILED) as connection:
                store(connection, job_id, last_days(), Reconciliation(**report))
            return job_id

        return kept

    def read(self, ledger, job_id=None):
        with ledger.reading() as connection:
            return reconciliation(connection, job_id)

    def test_there_may_be_none(self, ledger):
        assert self.read(ledger) is None
        assert self.read(ledger, uuid4()) is None

    def test_what_was_kept_is_read(self, ledger, keep):
        months = {"compared": 2, "fewer": 1, "missing": 0, "malformed": 3}
        job_id = keep(receipts=5, confirmed=2, different=1, not_checked=1, unverified=1, statistics=months,
                      findings_left_out=4, notes=["n"])  # fmt: skip

        found = self.read(ledger, job_id)

        assert found.items() >= {
            "job_id": str(job_id), "state": "running", "receipts": 5, "confirmed": 2, "different": 1,
            "not_checked": 1, "unverified": 1, "statistics": months, "findings": [], "findings_left_out": 4,
            "notes": ["n"],
        }.items()  # fmt: skip

    def test_without_a_job_the_last_is_read(self, ledger, keep):
        first, second = keep(), keep()
        assert self.read(ledger)["job_id"] == str(second)
        assert self.read(ledger, first)["job_id"] == str(first)

    def test_a_job_has_one_report(self, keep):
        job_id = keep()
        with pytest.raises(IntegrityError) as violation:
            keep(job_id)
        assert constraint_of(violation.value) == "uq_reconciliation_job_id"

    def test_what_was_not_checked_can_pass_for_nothing_else(self, keep):
        with pytest.raises(IntegrityError) as violation:
            keep(receipts=3, confirmed=2)
        assert constraint_of(violation.value) == "ck_reconciliation_adds_up"

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE reconciliation SET confirmed = 1, receipts = 1",
            "DELETE FROM reconciliation",
            "TRUNCATE reconciliation",
        ],
    )
    def test_it_is_never_changed(self, keep, ledger, owner, statement):
        keep()
        with pytest.raises(IntegrityError, match="is refused"), owner.begin() as connection:
            connection.exec_driver_sql(statement)
        with pytest.raises(ProgrammingError, match="permission denied"), ledger.engine.begin() as connection:
            connection.exec_driver_sql(statement)


def test_the_forwarded_of_a_time_are_found_by_an_index(ledger):
    query = "SELECT at, invoice_id FROM audit_event WHERE to_state = 'sent' AND at >= now() ORDER BY at, invoice_id"
    with ledger.reading() as connection:
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        plan = "\n".join(connection.execute(text(f"EXPLAIN {query}")).scalars())
    assert "ix_audit_event_sent" in plan
