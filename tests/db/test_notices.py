"""Trouble, folded: people hear of the same once an hour, of its end once, and never less than they should."""

from contextlib import contextmanager
from itertools import pairwise
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from db.breaker import Terms, failed, succeeded
from db.decisions import Decision
from db.facade import FACADE_ROLE
from db.jobs import End, RunOf, close_dead_jobs, end_job, start_job
from db.ledger import Actor
from db.notices import (
    Standing,
    Trouble,
    end_met_needs,
    end_troubles,
    give_up_notices,
    note_job,
    note_neighbours,
    note_trouble,
    notices,
    notices_standing,
    open_troubles,
    settle_notice,
    take_notices,
    tell,
    troubles_to_tell,
    unnoticed_jobs,
    who_is_needed,
)
from db.waypoints import Waypoint
from invoices.findings import Finding, PolicyClass, Severity

HOUR = 3600.0
FAILED = Trouble("run_failed", "process-invoices", "clearfacts did not give", "It did not answer.")
NEEDED = Trouble("people_needed", "process-invoices")


@pytest.fixture
def noticing(ledger):
    """The functions of notices, each in a transaction of its own."""

    class Noticing:
        @contextmanager
        def transaction(self):
            with ledger.transaction(Actor("a test"), Waypoint.TROUBLE_NOTED) as connection:
                yield connection

        def __call__(self, work, *arguments):
            with self.transaction() as connection:
                return work(connection, *arguments)

        def tell_due(self, *channels, spacing=HOUR):
            """Tell what is due; gives what was said of which subject."""
            with self.transaction() as connection:
                due = troubles_to_tell(connection, spacing)
                for each in due:
                    tell(connection, each.id, each.says, "A title", {"lines": [], "links": []}, channels)
            return [(each.says, each.trouble.subject, each.times) for each in due]

        def take(self, *channels, most=10, lease=60.0):
            return self(take_notices, channels, most, lease)

        def settle(self, sent, *how):
            self(settle_notice, sent, *how)

    return Noticing()


@pytest.fixture
def later(owner):
    """Lets so many minutes go by for all trouble and messages: what happened lies so much further back."""

    def pass_by(minutes):
        with owner.begin() as connection:
            for table, columns in {
                "trouble": ("since", "last_at", "ended_at", "untold_since", "told_at"),
                "notice_delivery": ("next_attempt_at", "created_at", "given_up_at"),
                "job": ("ended_at", "noticed_at"),
            }.items():
                earlier = ", ".join(f"{each} = {each} - make_interval(mins => :by)" for each in columns)
                connection.execute(text(f"UPDATE {table} SET {earlier}"), {"by": minutes})

    return pass_by


@pytest.fixture
def job(ledger, noticing):
    """A job that ended so; gives its id."""
    with ledger.worker() as worker:

        def ended(state="failed", flow="process-invoices", invoices=(), **parameters):
            run = RunOf(uuid4(), 1)
            noticing(start_job, run, worker, flow, "a test", parameters)
            with noticing.transaction() as connection:
                connection.execute(
                    text("INSERT INTO job_invoice SELECT :job, unnest(CAST(:ids AS uuid[]))"),
                    {"job": run.job_id, "ids": list(invoices)},
                )
            noticing(end_job, run.job_id, End(state, {"held": 1}, 0, "It did not answer."))
            return run.job_id

        yield ended


class TestFolding:
    def test_the_same_trouble_is_one_row_that_counts(self, noticing):
        first = noticing(note_trouble, FAILED)
        assert noticing(note_trouble, FAILED) == first
        assert [(each["subject"], each["untold"]) for each in noticing(open_troubles)] == [
            ("process-invoices", 2)
        ]

    def test_another_subject_or_problem_is_other_trouble(self, noticing):
        others = [Trouble("run_failed", "redeliver-invoices"), Trouble("run_failed", "process-invoices", "x")]
        assert len({noticing(note_trouble, each) for each in (FAILED, *others)}) == 3

    def test_people_are_told_once_in_an_hour_with_how_often(self, noticing, later):
        noticing(note_trouble, FAILED)
        assert noticing.tell_due() == [("trouble", "process-invoices", 1)]
        for _ in range(3):
            noticing(note_trouble, FAILED)
            later(19)
            assert noticing.tell_due() == []
        later(3)
        assert noticing.tell_due() == [("trouble", "process-invoices", 3)]
        later(600)
        assert noticing.tell_due() == [], "nothing happened since"

    def test_people_are_told_at_once_when_it_is_over(self, noticing, later):
        noticing(note_trouble, FAILED)
        noticing.tell_due()
        noticing(end_troubles, "process-invoices", ["run_failed"])
        assert noticing.tell_due() == [("recovery", "process-invoices", 0)]
        assert noticing.tell_due() == []
        later(600)
        assert noticing.tell_due() == []

    def test_what_was_over_before_anybody_was_told_is_counted_the_next_time(self, noticing):
        noticing(note_trouble, FAILED)
        noticing(end_troubles, "process-invoices", ["run_failed"])
        assert noticing.tell_due() == []
        noticing(note_trouble, FAILED)
        assert noticing.tell_due() == [("trouble", "process-invoices", 2)]

    def test_the_end_of_other_trouble_ends_none(self, noticing):
        noticing(note_trouble, FAILED)
        noticing(end_troubles, "process-invoices", ["people_needed"])
        noticing(end_troubles, "redeliver-invoices", ["run_failed"])
        assert len(noticing(open_troubles)) == 1

    def test_that_a_run_is_cancelled_no_more_is_no_news(self, noticing):
        noticing(note_trouble, Trouble("run_cancelled", "process-invoices"))
        noticing.tell_due()
        noticing(end_troubles, "process-invoices", ["run_cancelled"])
        assert noticing.tell_due() == []

    def test_of_two_who_would_tell_at_the_same_time_one_does(self, noticing):
        noticing(note_trouble, FAILED)
        with noticing.transaction() as one, noticing.transaction() as other:
            assert len(troubles_to_tell(one, HOUR)) == 1
            assert troubles_to_tell(other, HOUR) == []

    def test_the_database_keeps_one_row_of_each_trouble(self, noticing, owner):
        noticing(note_trouble, FAILED)
        with pytest.raises(IntegrityError, match="uq_trouble_key"), owner.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO trouble (kind, subject, problem, since, last_at, times)"
                    " SELECT kind, subject, problem, now(), now(), 0 FROM trouble"
                )
            )

    def test_what_people_were_told_is_not_changed(self, noticing, owner):
        noticing(note_trouble, FAILED)
        noticing.tell_due("slack")
        with pytest.raises(DBAPIError), owner.begin() as connection:
            connection.execute(text("UPDATE notice SET title = 'Something else'"))


STEPS = st.lists(
    st.one_of(
        st.sampled_from(["happens", "ends", "tell"]),
        st.sampled_from([1, 20, 59, 60, 61, 180]).map(lambda minutes: ("minutes", minutes)),
    ),
    max_size=25,
)


@given(steps=STEPS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_when_at_most_one_message_an_hour_and_the_last_state_is_told(
    noticing, later, owner, steps
):
    world = World(noticing, later)
    for step in steps:
        world.do(step)
    world.do(("minutes", 61))
    world.do("tell")

    said = [said for _, said, _ in world.heard]
    told_at = [at for at, said, _ in world.heard if said == "trouble"]
    assert all(later - earlier >= 60 for earlier, later in pairwise(told_at))
    assert ("recovery", "recovery") not in pairwise(["recovery", *said]), "of what they were told of alone"
    assert (said[-1:] == ["trouble"]) == world.goes_on, "people know how it stands"
    with owner.connect() as connection:
        untold = connection.execute(text("SELECT coalesce(sum(times), 0) FROM trouble")).scalar_one()
    assert sum(times for _, _, times in world.heard) + untold == world.happened
    with owner.begin() as connection:
        connection.execute(text("DELETE FROM notice; DELETE FROM trouble"))


class World:
    """What happened, by a clock of its own, and what people heard of it."""

    def __init__(self, noticing, later):
        self._noticing, self._later = noticing, later
        self.minute = self.happened = 0
        self.goes_on = False
        self.heard = []

    def do(self, step):
        match step:
            case "happens":
                self._noticing(note_trouble, FAILED)
                self.happened += 1
                self.goes_on = True
            case "ends":
                self._noticing(end_troubles, FAILED.subject, [FAILED.kind])
                self.goes_on = False
            case "tell":
                told = self._noticing.tell_due()
                self.heard += [(self.minute, says, times) for says, _, times in told]
            case "minutes", minutes:
                self._later(minutes)
                self.minute += minutes


class TestJobs:
    def test_the_end_of_a_job_is_noted_once(self, noticing, job):
        job_id = job()
        (found,) = noticing(unnoticed_jobs, job_id, 60.0)
        assert (found.id, found.state, found.died) == (job_id, "failed", False)
        for _ in range(2):
            noticing(note_job, job_id, FAILED.subject, [], FAILED)
        (trouble,) = noticing(open_troubles)
        assert (trouble["untold"], trouble["job_id"], trouble["said"]) == (1, str(job_id), FAILED.said)
        assert noticing(unnoticed_jobs, job_id, 60.0) == []

    def test_its_own_process_is_given_time_to_do_so(self, noticing, job, later):
        job_id = job()
        assert noticing(unnoticed_jobs, None, 60.0) == []
        later(2)
        assert [each.id for each in noticing(unnoticed_jobs, None, 60.0)] == [job_id]

    def test_with_a_job_come_those_of_its_flow_that_ended_before_it(self, noticing, job):
        other, before, own = job(flow="redeliver-invoices"), job(), job("completed")
        assert [each.id for each in noticing(unnoticed_jobs, own, 60.0)] == [before, own]
        assert [each.id for each in noticing(unnoticed_jobs, other, 60.0)] == [other]

    def test_a_run_whose_worker_is_gone_is_noted_at_once(self, noticing, ledger):
        run = RunOf(uuid4(), 1)
        with ledger.worker() as worker:
            noticing(start_job, run, worker, "process-invoices", "a test", {})
            noticing(close_dead_jobs)
            assert noticing(unnoticed_jobs, None, 60.0) == []
        noticing(close_dead_jobs)
        (dead,) = noticing(unnoticed_jobs, None, 60.0)
        assert (dead.id, dead.state, dead.died) == (run.job_id, "failed", True)

    def test_a_job_may_end_trouble_of_its_flow(self, noticing, job):
        noticing(note_trouble, FAILED)
        noticing(note_job, job("completed"), FAILED.subject, ["run_failed"], None)
        assert noticing(open_troubles) == []


class TestNeeds:
    @pytest.fixture
    def needed(self, noticing, job):
        """A job that left these invoices behind is noted; gives the trouble's id."""

        def note(*ids):
            noticing(note_job, job("needs_person", invoices=ids), NEEDED.subject, [], NEEDED)
            (trouble,) = noticing(troubles_to_tell, HOUR)
            return trouble.id

        return note

    def test_people_are_told_numbers_by_reason_and_no_value(self, noticing, arrange, needed):
        wrong = [finding("BR-CO-17", found="EUR 1234.56"), finding("BR-CO-15", found="Jan Peeters")]
        both = [arrange.deduped(f"N-{each}", findings=wrong) for each in range(2)]
        alone = arrange.deduped("N-3", findings=[finding("BR-CO-17")])
        refused = arrange.sent_on(arrange.deduped("N-4"), "refused")
        sent = arrange.sent_on(arrange.deduped("N-5"), "accepted")
        found = noticing(who_is_needed, needed(*both, alone, refused, sent))
        assert (found["invoices"], found["rejected"], found["left_out"]) == (4, 0, 0)
        assert found["groups"] == [
            {"why": "findings", "code": "BR-CO-17", "invoices": 3, "numbers": ["N-0", "N-1", "N-3"]},
            {"why": "findings", "code": "BR-CO-15", "invoices": 2, "numbers": ["N-0", "N-1"]},
            {"why": "refused", "code": None, "invoices": 1, "numbers": ["N-4"]},
        ]
        assert "1234" not in str(found)
        assert "Peeters" not in str(found)

    def test_of_many_the_first_are_named_and_the_others_counted(self, noticing, arrange, needed):
        ids = [arrange.deduped(f"N-{each}", findings=[finding("BR-CO-17")]) for each in range(7)]
        ids += [arrange.deduped(f"C-{each}", findings=[finding(f"BR-0{each}")]) for each in range(1, 7)]
        found = noticing(who_is_needed, needed(*ids))
        assert found["groups"][0]["invoices"] == 7
        assert found["groups"][0]["numbers"] == [f"N-{each}" for each in range(5)]
        assert len(found["groups"]) == 5
        assert found["left_out"] == 2

    def test_people_are_needed_until_each_of_those_invoices_came_right(self, noticing, arrange, needed):
        one, other = (arrange.deduped(findings=[finding("BR-CO-17")]) for _ in range(2))
        unrelated = arrange.in_state("held")
        needed(one, other)
        for invoice, goes_on in ((unrelated, True), (one, True), (other, False)):
            arrange.decide(invoice, Decision.DISMISS)
            noticing(end_met_needs, ["process-invoices"])
            assert bool(noticing(open_troubles)) == goes_on

    def test_a_flow_that_is_not_asked_for_is_left_alone(self, noticing, arrange, needed):
        needed(arrange.in_state("ready"))
        noticing(end_met_needs, ["redeliver-invoices"])
        assert noticing(open_troubles)


def finding(code, **values):
    return Finding(code, Severity.FATAL, PolicyClass.MONEY, "A rule is broken.", location="/*", **values)


def test_a_neighbour_is_trouble_as_long_as_it_is_left_alone(noticing, ledger):
    actor = Actor("a test")
    noticing(note_neighbours)
    assert noticing(open_troubles) == []
    failed(ledger, actor, "clearfacts", Terms(1, 60, 900, 30), "no answer for 30 s")
    for _ in range(3):
        noticing(note_neighbours)
    (trouble,) = noticing(open_troubles)
    assert (trouble["subject"], trouble["said"], trouble["untold"]) == ("clearfacts", "no answer for 30 s", 1)
    with ledger.engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE breaker SET state = 'half_open', try_again_at = NULL,"
                " probe_id = gen_random_uuid(), probe_worker = 1, probe_ends_at = now()"
            )
        )
        probe = connection.execute(text("SELECT probe_id FROM breaker")).scalar_one()
    noticing(note_neighbours)
    assert noticing(open_troubles), "a probe is under way"
    succeeded(ledger, actor, "clearfacts", probe)
    noticing(note_neighbours)
    assert noticing(open_troubles) == []


class TestOnTheirWay:
    @pytest.fixture
    def told(self, noticing):
        """People are told of trouble by these channels."""

        def say(*channels):
            noticing(note_trouble, FAILED)
            return noticing.tell_due(*channels, spacing=0.0)

        return say

    def test_a_message_goes_to_each_channel_once(self, noticing, told):
        told("slack", "ms-teams-webhook/ops")
        taken = noticing.take("slack", "ms-teams-webhook/ops")
        assert [each.channel for each in taken] == ["ms-teams-webhook/ops", "slack"]
        assert noticing.take("slack", "ms-teams-webhook/ops") == [], "leased"
        for each in taken:
            noticing.settle(each, "delivered")
        assert noticing(notices_standing).waiting == 0

    def test_a_channel_that_the_process_does_not_know_is_left_to_others(self, noticing, told):
        told("slack")
        assert noticing.take("discord-webhook/ops") == []
        assert len(noticing.take("slack")) == 1

    def test_who_died_with_it_leaves_it_to_be_sent_again(self, noticing, told, later):
        told("slack")
        (first,) = noticing.take("slack")
        later(2)
        (again,) = noticing.take("slack")
        assert (again.id, again.tries) == (first.id, 2)
        noticing.settle(first, "again", "It was slow.", 0.0)
        assert noticing.take("slack") == [], "what the later try says, counts"
        noticing.settle(first, "delivered")
        assert noticing(notices_standing).waiting == 0

    def test_the_end_of_trouble_is_not_told_before_it(self, noticing, told):
        told("slack")
        noticing(end_troubles, FAILED.subject, [FAILED.kind])
        noticing.tell_due("slack")
        (first,) = noticing.take("slack")
        assert (first.says, noticing.take("slack")) == ("trouble", [])
        noticing.settle(first, "delivered")
        assert [each.says for each in noticing.take("slack")] == ["recovery"]

    def test_what_nobody_took_for_so_long_is_given_up_and_stays_visible(self, noticing, told, later):
        told("a-webhook/that-is-gone")
        later(30)
        noticing(give_up_notices, 24 * HOUR)
        assert noticing(notices_standing).waiting == 1
        later(24 * 60)
        noticing(give_up_notices, 24 * HOUR)
        assert noticing(notices_standing) == Standing(0, None, 1, 1)
        (notice,) = noticing(lambda connection: list(notices(connection, 5)))
        (channel,) = notice["channels"]
        assert (channel["state"], channel["error"][:6]) == ("given_up", "Nobody")

    def test_one_notice_alone_can_be_looked_up(self, noticing, told):
        told("slack")
        told("slack")
        newest, oldest = noticing(lambda connection: list(notices(connection, None)))
        assert noticing(lambda connection: list(notices(connection, 1))) == [newest]
        assert noticing(lambda connection: list(notices(connection, None, oldest["id"]))) == [oldest]


def test_the_facade_tells_although_it_reads_no_table_of_it(database_url, noticing):
    noticing(note_trouble, FAILED)
    engine = create_engine(database_url.set(username=FACADE_ROLE))
    with engine.begin() as connection:
        close_dead_jobs(connection)
        note_neighbours(connection)
        (due,) = troubles_to_tell(connection, HOUR)
        tell(connection, due.id, due.says, "A title", {"lines": []}, ["slack"])
        (taken,) = take_notices(connection, ["slack"], 1, 60.0)
        settle_notice(connection, taken, "delivered")
        assert notices_standing(connection) == Standing(0, None, 0, 1)
    for table in ("trouble", "notice", "notice_delivery"):
        with pytest.raises(DBAPIError, match="permission denied"), engine.begin() as connection:
            connection.execute(text(f"SELECT FROM {table}"))
    engine.dispose()
