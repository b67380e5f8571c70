"""The circuit breaker: its transitions on a real ledger, whoever of several workers calls."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from db.breaker import Terms, failed, look, may_call, put_back, succeeded
from db.ledger import Actor
from db.waypoints import listening

A_RUN = Actor("a run")
TERMS = Terms(failures=3, open_seconds=60, longest_seconds=200, probe_seconds=30)
NEIGHBOUR = "clearfacts"


@pytest.fixture
def row(ledger):
    def read():
        with ledger.reading() as connection:
            return connection.execute(text("SELECT * FROM breaker")).one()

    return read


@pytest.fixture
def pass_time(owner):
    """Lets time pass: moves the breaker's times into the past."""
    return lambda seconds: let_pass(owner, seconds)


def let_pass(owner, seconds):
    with owner.begin() as connection:
        connection.execute(
            text(
                "UPDATE breaker SET try_again_at = try_again_at - make_interval(secs => :seconds),"
                " probe_ends_at = probe_ends_at - make_interval(secs => :seconds)"
            ),
            {"seconds": seconds},
        )


def wait_until_dead(ledger, worker):
    """The server needs a moment to see that a connection, and with it a worker, is gone."""
    gone = text("SELECT NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = :worker)")
    with ledger.reading() as connection:
        while not connection.execute(gone, {"worker": worker}).scalar_one():
            time.sleep(0.01)


def fail(ledger, times=1, **told):
    for _ in range(times):
        stands = failed(ledger, A_RUN, NEIGHBOUR, TERMS, "no answer for 30 s", **told)
    return stands


def ask(ledger, worker):
    return may_call(ledger, A_RUN, NEIGHBOUR, worker, TERMS.probe_seconds)


def seconds_until(moment):
    return (moment - datetime.now(UTC)).total_seconds()


def test_a_neighbour_that_never_failed_may_be_called(ledger):
    assert ask(ledger, 1).allowed


def test_it_opens_after_so_many_failures_in_a_row_and_says_until_when(ledger, row):
    assert fail(ledger, 2).allowed

    stands = fail(ledger)

    assert (stands.allowed, stands.failures) == (False, 3)
    assert seconds_until(stands.try_again_at) == pytest.approx(60, abs=5)
    assert row().last_error == "no answer for 30 s"
    assert not ask(ledger, 1).allowed


def test_one_failure_opens_it_where_that_is_the_limit(ledger):
    assert not failed(ledger, A_RUN, NEIGHBOUR, replace(TERMS, failures=1), "no answer").allowed


def test_an_answer_between_them_starts_the_count_anew(ledger):
    fail(ledger, 2)
    succeeded(ledger, A_RUN, NEIGHBOUR)
    assert fail(ledger, 2).allowed


def test_an_answer_that_the_ledger_was_not_told_of_starts_the_count_anew(ledger):
    fail(ledger, 2)
    assert fail(ledger, first=True).failures == 1


def test_failures_of_several_at_the_same_time_are_all_counted(ledger, row):
    with ThreadPoolExecutor(8) as executor:
        list(executor.map(lambda _: fail(ledger), range(24)))
    assert row().failures == 24


def test_each_neighbour_has_its_own(ledger):
    fail(ledger, 3)
    assert may_call(ledger, A_RUN, "java-backend", 1, 30).allowed


class TestProbe:
    @pytest.fixture
    def due(self, ledger, pass_time):
        """The breaker was open, and its time is up."""
        fail(ledger, 3)
        pass_time(61)

    @pytest.mark.usefixtures("due")
    def test_of_many_that_ask_one_gets_it(self, ledger):
        with ledger.worker() as worker:
            barrier = threading.Barrier(16)

            def ask_with_others(_):
                barrier.wait()
                return ask(ledger, worker)

            with ThreadPoolExecutor(16) as executor:
                answers = list(executor.map(ask_with_others, range(16)))
        assert len([each for each in answers if each.allowed]) == 1
        assert {each.probed_by for each in answers if not each.allowed} == {worker}

    @pytest.mark.usefixtures("due")
    def test_its_success_closes_the_breaker(self, ledger, row):
        with ledger.worker() as worker:
            succeeded(ledger, A_RUN, NEIGHBOUR, ask(ledger, worker).probe)
            assert ask(ledger, worker).allowed
        assert (row().state, row().failures) == ("closed", 0)

    @pytest.mark.usefixtures("due")
    def test_its_failure_opens_it_for_twice_as_long_up_to_the_longest(self, ledger, pass_time):
        waits = []
        with ledger.worker() as worker:
            for _ in range(3):
                stands = fail(ledger, probe=ask(ledger, worker).probe)
                waits.append(seconds_until(stands.try_again_at))
                pass_time(10_000)
        assert waits == pytest.approx([120, 200, 200], abs=5)

    @pytest.mark.usefixtures("due")
    def test_it_is_taken_over_from_a_worker_that_died(self, ledger):
        with ledger.worker() as dead:
            before = ask(ledger, dead)
        wait_until_dead(ledger, dead)
        with ledger.worker() as worker:
            after = ask(ledger, worker)
        assert after.allowed
        assert after.probe != before.probe

    @pytest.mark.usefixtures("due")
    def test_it_is_taken_over_from_a_worker_that_takes_too_long_and_then_counts_for_nothing(
        self, ledger, pass_time, row
    ):
        with ledger.worker() as slow, ledger.worker() as other:
            late = ask(ledger, slow)
            assert not ask(ledger, other).allowed
            pass_time(31)
            assert ask(ledger, other).allowed

            succeeded(ledger, A_RUN, NEIGHBOUR, late.probe)
            assert row().state == "half_open"
            fail(ledger, probe=late.probe)
            assert row().probe_worker == other

    @pytest.mark.usefixtures("due")
    def test_that_came_to_nothing_is_had_by_the_next(self, ledger):
        with ledger.worker() as first, ledger.worker() as second:
            put_back(ledger, A_RUN, NEIGHBOUR, ask(ledger, first).probe)
            assert ask(ledger, second).allowed

    @pytest.mark.usefixtures("due")
    def test_looking_takes_none(self, ledger, row):
        assert look(ledger, NEIGHBOUR).due
        assert row().state == "open"

    def test_before_its_time_nothing_is_written(self, ledger):
        fail(ledger, 3)
        written = []
        with listening(written.append):
            ask(ledger, 1)
        assert written == []


def test_a_failure_that_comes_late_leaves_the_time_as_it_is(ledger):
    opened = fail(ledger, 3)
    late = fail(ledger)
    assert (late.failures, late.try_again_at) == (4, opened.try_again_at)


@pytest.mark.parametrize(
    "change",
    [
        "state = 'broken'",
        "state = 'open'",
        "state = 'half_open'",
        "failures = -1",
        "failures = 2",
        "probe_worker = 1",
        "try_again_at = now()",
        "opened_at = now()",
        "last_error = 'one', last_failed_at = NULL",
        "last_error = repeat('x', 501), last_failed_at = now()",
    ],
)
def test_the_database_refuses_a_breaker_of_another_shape(owner, change):
    with owner.begin() as connection:
        connection.execute(text("INSERT INTO breaker (neighbour) VALUES ('clearfacts')"))
    with pytest.raises(IntegrityError), owner.begin() as connection:
        connection.execute(text(f"UPDATE breaker SET {change}"))


class TwoWorkers:
    """Two workers call and die, time passes, and after each step the ledger must agree with this model."""

    def __init__(self, ledger, owner, ends):
        self.ledger, self.owner, self.ends = ledger, owner, ends
        self.alive = [ExitStack(), ExitStack()]
        self.numbers = [each.enter_context(ledger.worker()) for each in self.alive]
        self.state, self.failures, self.wait, self.left = "closed", 0, 0.0, 0.0
        self.probe = self.prober = None
        self.forgotten = []
        with owner.begin() as connection:
            connection.execute(text("DELETE FROM breaker"))

    def asks(self, which):
        permission = ask(self.ledger, self.numbers[which])
        abandoned = self.state == "half_open" and (self.left <= 0 or self.prober not in self.numbers)
        if self.state == "closed":
            assert permission.allowed
            assert permission.probe is None
        elif abandoned or (self.state == "open" and self.left <= 0):
            assert permission.allowed
            assert permission.probe not in {None, self.probe, *self.forgotten}
            if self.probe:
                self.forgotten.append(self.probe)
                self.ends.add("taken over")
            self.state, self.probe, self.prober = "half_open", permission.probe, self.numbers[which]
            self.left = TERMS.probe_seconds
        else:
            assert not permission.allowed
            assert permission.probed_by == self.prober

    def a_call_fails(self, probe=None):
        stands = fail(self.ledger, probe=probe)
        self.failures += 1
        if self.state == "closed" and self.failures >= TERMS.failures:
            self.opens(TERMS.open_seconds)
        assert stands.failures == self.failures

    def a_call_is_answered(self, probe=None):
        succeeded(self.ledger, A_RUN, NEIGHBOUR, probe)
        self.failures = 0 if self.state == "closed" else self.failures

    def the_probe(self, how):
        if self.probe is None:
            return
        if how == "answered":
            succeeded(self.ledger, A_RUN, NEIGHBOUR, self.probe)
            self.state, self.failures = "closed", 0
        elif how == "failed":
            fail(self.ledger, probe=self.probe)
            self.failures += 1
            self.opens(min(self.wait * 2, TERMS.longest_seconds))
        else:
            put_back(self.ledger, A_RUN, NEIGHBOUR, self.probe)
            self.state, self.left = "open", 0.0
        self.ends.add(how)
        self.forgotten.append(self.probe)
        self.probe = self.prober = None

    def a_probe_that_counts_no_more(self, end):
        if self.forgotten:
            getattr(self, end)(self.forgotten[-1])

    def dies_and_another_starts(self, which):
        self.alive[which].close()
        wait_until_dead(self.ledger, self.numbers[which])
        self.alive[which] = ExitStack()
        self.numbers[which] = self.alive[which].enter_context(self.ledger.worker())

    def time_passes(self, seconds):
        let_pass(self.owner, seconds)
        self.left -= seconds

    def opens(self, seconds):
        self.state, self.wait, self.left = "open", seconds, seconds

    def agree(self):
        with self.ledger.reading() as connection:
            found = connection.execute(text("SELECT * FROM breaker")).one_or_none()
        if found is None:
            assert (self.state, self.failures) == ("closed", 0)
            return
        assert (found.state, found.failures) == (self.state, self.failures)
        assert (found.probe_id, found.probe_worker) == (self.probe, self.prober)
        if self.state != "closed":
            assert found.open_seconds == self.wait


STEPS = [
    *[("asks", (0,)), ("asks", (1,))] * 2,
    *[("a_call_fails", ())] * 5,
    ("a_call_is_answered", ()),
    *[("the_probe", (how,)) for how in ("answered", "failed", "put back")],
    *[("a_probe_that_counts_no_more", (end,)) for end in ("a_call_fails", "a_call_is_answered")],
    *[("dies_and_another_starts", (which,)) for which in (0, 1)],
    *[("time_passes", (seconds,)) for seconds in (29, 61, 121, 201)],
]


def test_two_workers_and_the_ledger_never_disagree(ledger, owner):
    ends = set()

    @settings(max_examples=12, deadline=None, derandomize=True, database=None)
    @given(st.lists(st.sampled_from(STEPS), min_size=40, max_size=40))
    def whatever_happens(steps):
        workers = TwoWorkers(ledger, owner, ends)
        for step, arguments in steps:
            getattr(workers, step)(*arguments)
            workers.agree()
        for each in workers.alive:
            each.close()

    whatever_happens()

    assert ends >= {"answered", "failed"}, "it came to no probe's end"
