"""Timings: what a process timed is added up in the ledger, in commits that it makes anyway."""

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError

from db.ledger import Actor, RehearsalLedger
from db.timings import _PACE, add_timings
from db.waypoints import Waypoint
from logs.timings import BOUNDS, TIMINGS, Subject, Tally, Timings

ACTOR = Actor("a run")
VALIDATE = Subject("waybill", "validate", "done")
UPLOAD = Subject("clearfacts", "upload", "2xx")


@pytest.fixture(autouse=True)
def nothing_timed():
    """What other tests of this process timed is none of this one's."""
    TIMINGS.take()
    _PACE.at = -1e9
    yield
    TIMINGS.take()


@pytest.fixture
def kept(owner):
    def read():
        with owner.connect() as connection:
            rows = connection.execute(text("SELECT * FROM timing")).all()
        return {Subject(row.system, row.name, row.result): row for row in rows}

    return read


def commit(ledger, waypoint=Waypoint.JOB_ENDED):
    with ledger.transaction(ACTOR, waypoint):
        pass


def test_each_timing_falls_into_the_bucket_that_it_fits():
    timings = Timings()
    for seconds in (0.0, BOUNDS[0], 0.011, 400.0):
        timings.note(VALIDATE, seconds, items=2)
    tally = timings.take()[VALIDATE]
    assert (tally.count, tally.items) == (4, 8)
    assert tally.seconds == pytest.approx(400.021)
    assert tally.buckets == [2, 1, *[0] * (len(BOUNDS) - 2), 1]
    assert timings.take() == {}


def test_commits_add_up(ledger, kept):
    for seconds in (0.02, 0.02, 5.0):
        TIMINGS.note(VALIDATE, seconds, items=20)
        commit(ledger)
    TIMINGS.note(UPLOAD, 0.3)
    commit(ledger)
    row = kept()[VALIDATE]
    assert (row.count, row.items, sum(row.buckets)) == (3, 60, 3)
    assert row.seconds == pytest.approx(5.04)
    assert row.buckets[1] == 2
    assert kept()[UPLOAD].last_at > row.last_at


def test_a_run_that_works_has_them_carried_now_and_then_and_always_at_its_end(ledger, kept):
    def after(waypoint):
        TIMINGS.note(VALIDATE, 1.0)
        commit(ledger, waypoint)
        return sum(row.count for row in kept().values())

    assert after(Waypoint.CLAIMED) == 0, "between claim and settlement every statement counts"
    assert after(Waypoint.JUDGED) == 2
    assert after(Waypoint.JUDGED) == 2, "ten seconds are not over"
    assert after(Waypoint.JOB_ENDED) == 4


def fail_as_late_as_can_be(ledger):
    late = "CREATE TEMPORARY TABLE late (n int UNIQUE DEFERRABLE INITIALLY DEFERRED) ON COMMIT DROP"
    with ledger.transaction(ACTOR, Waypoint.JOB_ENDED) as connection:
        connection.execute(text(late))
        connection.execute(text("INSERT INTO late VALUES (1), (1)"))


def test_what_a_failed_commit_had_taken_goes_with_the_next(ledger, kept):
    TIMINGS.note(VALIDATE, 1.0)
    with pytest.raises(RuntimeError), ledger.transaction(ACTOR, Waypoint.JOB_ENDED):
        raise RuntimeError
    with pytest.raises(IntegrityError):
        fail_as_late_as_can_be(ledger)
    assert kept() == {}
    commit(ledger)
    assert kept()[VALIDATE].count == 1


def test_nobody_waits_for_another_that_is_adding_up(ledger, database_url, kept):
    TIMINGS.note(VALIDATE, 1.0)
    other = create_engine(database_url)
    with other.begin() as adding:
        assert add_timings(adding, {UPLOAD: Tally(count=1)})
        commit(ledger)
    assert VALIDATE not in kept()
    commit(ledger)
    assert {UPLOAD, VALIDATE} <= set(kept())
    other.dispose()


def test_a_dry_run_does_not_keep_others_from_adding_up(ledger, kept):
    rehearsal = RehearsalLedger(ledger)
    with rehearsal.rehearsing():
        TIMINGS.note(VALIDATE, 1.0)
        commit(rehearsal, Waypoint.JUDGED)
        commit(ledger, Waypoint.JUDGED)
    assert kept()[VALIDATE].count == 1


def test_the_role_of_the_facade_adds_to_them_and_reads_none(owner):
    with owner.connect() as connection:
        connection.execute(text("SET LOCAL ROLE waybill_facade"))
        assert add_timings(connection, {UPLOAD: Tally(count=1)})
        may = "SELECT has_any_column_privilege('waybill_facade', 'timing', :right)"
        for right in ("SELECT", "INSERT", "UPDATE"):
            assert not connection.execute(text(may), {"right": right}).scalar_one()
