"""Requests: open until a run has done what they ask; a burst waits for one run, and none is lost."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import text

from db.jobs import End, RunOf, close_dead_jobs, end_job, start_job
from db.ledger import Actor
from db.requests import (
    IdempotencyKeyReused,
    RunRequest,
    ask_for_run,
    requests_done,
    run_asked_for,
    take_requests,
    unasked,
)
from db.waypoints import Waypoint

ACTOR = Actor("a test")


def asks(ledger, **details):
    with ledger.transaction(ACTOR, Waypoint.RUN_REQUESTED) as connection:
        return ask_for_run(connection, RunRequest("a person", "correlation", **details))


def in_ledger(ledger, work, *args, **details):
    with ledger.transaction(ACTOR, Waypoint.RUN_REQUESTED) as connection:
        return work(connection, *args, **details)


@pytest.fixture
def starts(ledger):
    """Starts a job whose worker lives, and gives its id."""
    with ledger.worker() as worker:

        def start():
            return in_ledger(ledger, start_job, RunOf(uuid4(), 1), worker, "process-invoices", "somebody", {})

        yield start


def takes(ledger, job_id, *, dry_run=False):
    return [each.id for each in in_ledger(ledger, take_requests, job_id, dry_run=dry_run)]


def make_due(owner):
    with owner.begin() as connection:
        connection.execute(text("UPDATE run_request SET not_before = now()"))


def test_a_run_takes_what_is_open_in_the_order_in_which_it_was_asked(ledger, starts):
    asked = [asks(ledger, source_ids=[name]) for name in "cab"]
    job = starts()

    taken = in_ledger(ledger, take_requests, job, dry_run=False)

    assert [each.id for each in taken] == asked
    assert [each.source_ids for each in taken] == [("c",), ("a",), ("b",)]
    assert not any(each.asks_for_everything for each in taken)


def test_what_one_run_has_taken_no_other_takes_while_it_lives(ledger, owner, starts):
    asks(ledger)
    takes(ledger, starts())
    make_due(owner)

    assert takes(ledger, starts()) == []


def test_two_runs_at_once_share_the_requests_between_them(ledger, starts):
    asked = {asks(ledger) for _ in range(20)}
    jobs, together = [starts(), starts()], threading.Barrier(2)

    def take(job):
        together.wait()
        return takes(ledger, job)

    with ThreadPoolExecutor(2) as pool:
        taken = [each for found in pool.map(take, jobs) for each in found]

    assert len(taken) == 20
    assert set(taken) == asked


def test_what_a_killed_run_had_taken_is_open_again_after_a_while(ledger, owner):
    asked = asks(ledger)
    with ledger.worker() as worker:
        job = in_ledger(ledger, start_job, RunOf(uuid4(), 1), worker, "process-invoices", "it", {})
        takes(ledger, job)
    in_ledger(ledger, close_dead_jobs)
    with ledger.worker() as worker:
        next_job = in_ledger(ledger, start_job, RunOf(uuid4(), 1), worker, "process-invoices", "it", {})
        assert takes(ledger, next_job) == []
        make_due(owner)
        assert takes(ledger, next_job) == [asked]


def test_what_is_done_is_never_taken_again(ledger, owner, starts):
    asked, job = asks(ledger), starts()
    takes(ledger, job)
    in_ledger(ledger, requests_done, [asked])
    in_ledger(ledger, end_job, job, End("completed", {}, 0, None))
    make_due(owner)

    assert takes(ledger, starts()) == []


def test_dry_runs_and_real_ones_are_taken_apart(ledger, starts):
    real, dry = asks(ledger), asks(ledger, dry_run=True)

    assert takes(ledger, starts(), dry_run=True) == [dry]
    assert takes(ledger, starts()) == [real]


def test_the_same_key_is_the_same_request_also_at_once(ledger):
    caller, together = uuid4(), threading.Barrier(8)

    def ask(_):
        together.wait()
        return asks(ledger, asked_by=caller, idempotency_key="k", body_sha256="a" * 64)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(8)))) == 1


def test_a_key_that_comes_with_another_body_is_refused(ledger):
    caller = uuid4()
    asks(ledger, asked_by=caller, idempotency_key="k", body_sha256="a" * 64)

    with pytest.raises(IdempotencyKeyReused):
        asks(ledger, asked_by=caller, idempotency_key="k", body_sha256="b" * 64)


def test_a_key_is_its_callers_own(ledger):
    first = asks(ledger, asked_by=uuid4(), idempotency_key="k", body_sha256="a" * 64)

    assert asks(ledger, asked_by=uuid4(), idempotency_key="k", body_sha256="b" * 64) != first


class TestAskingForARun:
    def test_a_burst_needs_one_run(self, ledger):
        asked = [asks(ledger) for _ in range(100)]

        (waiting,) = in_ledger(ledger, unasked)

        assert list(waiting.ids) == asked
        assert waiting.requested_by == "a person, and 99 more requests"

    def test_what_comes_after_waits_for_the_run_that_was_asked_for(self, ledger):
        run = uuid4()
        in_ledger(ledger, run_asked_for, [asks(ledger)], run)
        later = asks(ledger)

        (waiting,) = in_ledger(ledger, unasked)

        assert (waiting.ids, waiting.joins) == ((later,), run)

    def test_once_all_wait_for_a_run_nothing_is_asked(self, ledger):
        in_ledger(ledger, run_asked_for, [asks(ledger)], uuid4())

        assert in_ledger(ledger, unasked) == []

    def test_a_run_that_does_not_come_is_asked_for_again_under_another_key(self, ledger, owner):
        asks(ledger)
        (first,) = in_ledger(ledger, unasked)
        in_ledger(ledger, run_asked_for, first.ids, uuid4())
        with owner.begin() as connection:
            connection.execute(text("UPDATE run_request SET asked_for_at = now() - interval '11 minutes'"))

        (again,) = in_ledger(ledger, unasked)

        assert again.ids == first.ids
        assert again.joins is None
        assert again.key != first.key

    def test_as_long_as_nobody_asked_the_key_stays_the_same(self, ledger):
        asks(ledger)
        (first,) = in_ledger(ledger, unasked)
        asks(ledger)

        (again,) = in_ledger(ledger, unasked)

        assert again.key == first.key

    def test_a_run_that_ended_without_doing_it_is_followed_by_another(self, ledger, owner, starts):
        asked, job = asks(ledger), starts()
        in_ledger(ledger, run_asked_for, [asked], uuid4())
        takes(ledger, job)
        in_ledger(ledger, end_job, job, End("failed", {}, 0, "The source was away."))
        assert in_ledger(ledger, unasked) == []
        make_due(owner)

        (waiting,) = in_ledger(ledger, unasked)

        assert waiting.ids == (asked,)

    def test_dry_runs_get_a_run_of_their_own(self, ledger):
        asks(ledger)
        asks(ledger, dry_run=True)

        assert {each.dry_run for each in in_ledger(ledger, unasked)} == {True, False}


def test_a_request_cannot_be_deleted(ledger, owner):
    asks(ledger)

    with pytest.raises(Exception, match="refused"), owner.begin() as connection:
        connection.execute(text("DELETE FROM run_request"))
