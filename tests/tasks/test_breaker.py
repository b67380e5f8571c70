"""A neighbour's breaker in a run: what the ledger is asked and told, and who is not called while it is open."""

from threading import Thread

import pytest
from sqlalchemy import event, text

from clients.errors import DestinationRefused, DestinationUnavailable, SourceUnavailable
from db.waypoints import Waypoint, listening
from sandbox.faults import FaultKind
from sandbox.journal import Call
from tasks.acknowledge import Courtesy, acknowledge
from tasks.breaker import GivenUp, LeftAlone
from tasks.companies import ask_for_companies
from tasks.deliver import deliver
from tasks.fetch import fetch_page
from tests.tasks.conftest import LISTED

BREAKER_COMMITS = {
    Waypoint.FAILURE_NOTED, Waypoint.BREAKER_CLOSED, Waypoint.PROBE_TAKEN, Waypoint.PROBE_PUT_BACK
}  # fmt: skip


@pytest.fixture
def committed():
    """What the breaker committed to the ledger, in order."""
    heard = []
    with listening(lambda each: heard.append(each) if each in BREAKER_COMMITS else None):
        yield heard


@pytest.fixture
def asked(ledger):
    """The statements that name the breaker."""
    heard = []

    def hear(_connection, _cursor, statement, *_rest):
        if "breaker" in statement:
            heard.append(statement)

    event.listen(ledger.engine, "before_cursor_execute", hear)
    yield heard
    event.remove(ledger.engine, "before_cursor_execute", hear)


@pytest.fixture
def its_time_is_up(owner):
    def move():
        with owner.begin() as connection:
            connection.execute(text("UPDATE breaker SET try_again_at = now()"))

    return move


def fail(breaker, times=1):
    for _ in range(times):
        stands = breaker.failed(breaker.permission(), "no answer")
    return stands


class TestWhatTheLedgerIsTold:
    def test_calls_that_are_answered_cost_no_write_and_few_reads(self, bench, committed, asked):
        for _ in range(200):
            bench.destination_breaker.answered(bench.destination_breaker.permission())
        assert committed == []
        assert len(asked) < 20

    def test_the_first_answer_after_a_failure_is_written_and_no_other(self, bench, committed):
        fail(bench.destination_breaker)
        for _ in range(5):
            bench.destination_breaker.answered(bench.destination_breaker.permission())
        assert committed == [Waypoint.FAILURE_NOTED, Waypoint.BREAKER_CLOSED]

    def test_the_failures_of_another_run_end_with_an_answer_too(self, open_bench, committed):
        with open_bench() as one, open_bench() as other:
            fail(one.destination_breaker)
            other.destination_breaker.answered(other.destination_breaker.permission())
            assert fail(one.destination_breaker).failures == 1
        assert committed.count(Waypoint.BREAKER_CLOSED) == 1

    def test_failures_between_which_another_run_had_answers_are_not_in_a_row(self, open_bench):
        with open_bench() as one, open_bench() as other:
            other.destination_breaker.answered(other.destination_breaker.permission())
            fail(one.destination_breaker, 3)
            assert fail(other.destination_breaker).failures == 1

    def test_runs_trip_it_together(self, open_bench):
        with open_bench(clearfacts_give_up_after=4) as one, open_bench(clearfacts_give_up_after=4) as other:
            assert fail(one.destination_breaker, 2).allowed
            assert fail(other.destination_breaker).allowed
            assert not fail(other.destination_breaker).allowed
            assert not fail(one.destination_breaker).allowed

    def test_a_dry_run_neither_trips_nor_probes(self, open_bench, its_time_is_up, committed):
        with open_bench(dry_run=True, clearfacts_give_up_after=1) as dry:
            assert fail(dry.destination_breaker, 2).allowed
        assert committed == []
        with open_bench(clearfacts_give_up_after=1) as bench:
            fail(bench.destination_breaker)
            its_time_is_up()
        with open_bench(dry_run=True) as dry:
            refused = dry.destination_breaker.permission()
            assert not refused.allowed
            assert "The next run tries it again." in dry.destination_breaker.in_words(refused)
        assert committed == [Waypoint.FAILURE_NOTED]

    def test_of_many_threads_one_makes_the_probe(self, open_bench, its_time_is_up):
        with open_bench(clearfacts_give_up_after=1) as bench:
            fail(bench.destination_breaker)
            its_time_is_up()
            got = []
            threads = [
                Thread(target=lambda: got.append(bench.destination_breaker.permission())) for _ in range(8)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert len([each for each in got if each.allowed]) == 1
        assert {each.probed_by for each in got if not each.allowed} == {bench.worker}


class TestTheListOfCompanies:
    def test_is_asked_for_while_the_breaker_is_closed(self, bench):
        assert ask_for_companies(bench) == LISTED

    def test_that_cannot_be_had_is_a_failure_and_trips_the_breaker(self, open_bench, fault):
        fault(Call.ADMINISTRATIONS, FaultKind.UNAVAILABLE, times=None)
        with open_bench(clearfacts_give_up_after=2) as bench:
            with pytest.raises(DestinationUnavailable):
                ask_for_companies(bench)
            with pytest.raises(GivenUp, match=r"answered 503. It is tried again from"):
                ask_for_companies(bench)

    def test_is_not_asked_for_while_it_is_open_and_the_gate_says_why(self, open_bench, sandbox):
        with open_bench(clearfacts_give_up_after=1) as bench:
            fail(bench.destination_breaker)
            assert ask_for_companies(bench) is None
            assert "left alone" in bench.gate.closed_because
            assert bench.gate.closed_by_request
        assert sandbox.journal.entries(Call.ADMINISTRATIONS) == []

    def test_is_asked_for_when_its_time_is_up_and_an_upload_makes_the_probe(
        self, open_bench, ready, its_time_is_up, committed, states
    ):
        with open_bench(clearfacts_give_up_after=1) as bench:
            ids = ready(bench, 2)
            fail(bench.destination_breaker)
            its_time_is_up()
            assert ask_for_companies(bench) == LISTED
            assert not bench.destination_breaker.seen().allowed
            deliver(bench, ids, LISTED)
        assert committed[1:] == [
            Waypoint.PROBE_TAKEN,
            Waypoint.PROBE_PUT_BACK,
            Waypoint.PROBE_TAKEN,
            Waypoint.BREAKER_CLOSED,
        ]
        assert states() == ["sent", "sent"]

    @pytest.mark.parametrize(
        ("kind", "error"),
        [
            (FaultKind.TOO_MANY_REQUESTS, DestinationUnavailable),
            (FaultKind.UNAUTHORIZED, DestinationRefused),
        ],
    )
    def test_that_is_refused_or_asked_to_be_asked_for_later_is_no_failure(
        self, open_bench, fault, kind, error, its_time_is_up
    ):
        with open_bench(clearfacts_give_up_after=1) as bench:
            fault(Call.ADMINISTRATIONS, kind, times=2)
            with pytest.raises(error):
                ask_for_companies(bench)
            assert bench.destination_breaker.seen().failures == 0
            fail(bench.destination_breaker)
            its_time_is_up()
            with pytest.raises(error):
                ask_for_companies(bench)
            assert bench.destination_breaker.seen().due


class TestTheSource:
    def test_that_fails_trips_its_breaker_and_is_not_asked_any_more(self, open_bench, fault, sandbox):
        fault(Call.PAGE, FaultKind.UNAVAILABLE, times=None)
        with open_bench(source_give_up_after=2) as bench:
            with pytest.raises(SourceUnavailable):
                fetch_page(bench, None)
            with pytest.raises(GivenUp, match=r"answered 503. It is tried again from"):
                fetch_page(bench, None)
            asked = len(sandbox.journal.entries(Call.PAGE))
            with pytest.raises(LeftAlone, match=r"java-backend.*is left alone: 2 calls in a row"):
                fetch_page(bench, None)
        assert len(sandbox.journal.entries(Call.PAGE)) == asked

    def test_is_asked_for_one_page_when_its_time_is_up(self, open_bench, fault, its_time_is_up):
        fault(Call.PAGE, FaultKind.UNAVAILABLE)
        with open_bench(source_give_up_after=1) as bench:
            with pytest.raises(GivenUp):
                fetch_page(bench, None)
            its_time_is_up()
            assert fetch_page(bench, None).records == 0
            assert bench.source_breaker.seen().allowed

    def test_that_wants_fewer_calls_has_not_failed(self, open_bench, fault):
        fault(Call.PAGE, FaultKind.TOO_MANY_REQUESTS, retry_after="0")
        with open_bench(source_give_up_after=1) as bench:
            with pytest.raises(SourceUnavailable):
                fetch_page(bench, None)
            assert bench.source_breaker.seen().allowed

    def test_is_told_nothing_while_its_breaker_is_open(self, open_bench, ready, sandbox):
        with open_bench(source_give_up_after=1) as bench:
            ids = ready(bench, 1)
            deliver(bench, ids, LISTED)
            fail(bench.source_breaker)
            assert acknowledge(bench, Courtesy(), ids) == 0
        assert sandbox.journal.entries(Call.ACKNOWLEDGEMENT) == []
