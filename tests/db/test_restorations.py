"""A ledger that was set back to an older copy: what it may have sent since is held, however it becomes ready."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from db.audit import at_one_moment, verify
from db.decisions import Decision
from db.freeing import free
from db.ledger import Actor
from db.legal_holds import HoldRefused
from db.restorations import (
    RestorationRefused,
    mark_restored,
    open_restorations,
    settle_restorations,
)
from db.seals import seal_all
from db.waypoints import Waypoint
from invoices.lifecycle import State
from invoices.why import SENTENCES, Why

ACTOR = Actor("an@example.be")
LATER = datetime.now(UTC) + timedelta(hours=1, minutes=30)


@pytest.fixture
def mark(ledger):
    def set_back(copied_at=None):
        with ledger.transaction(ACTOR, Waypoint.RESTORED) as connection:
            return mark_restored(connection, ACTOR.name, copied_at)

    return set_back


@pytest.fixture
def settle(ledger):
    def run(reason="I compared both."):
        with ledger.transaction(ACTOR, Waypoint.RESTORATION_SETTLED) as connection:
            return settle_restorations(connection, ACTOR.name, reason)

    return run


@pytest.fixture
def two_hours_pass(owner):
    """The mark is two hours old."""

    def run():
        with owner.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(
                text(
                    "UPDATE restoration SET copied_at = copied_at - interval '2 hours',"
                    " restored_at = restored_at - interval '2 hours'"
                )
            )

    return run


def is_held(arrange, invoice_id):
    row = arrange.row(invoice_id)
    return (row.state, row.why, row.reason) == ("held", "restored", SENTENCES[Why.RESTORED])


def test_what_was_ready_is_held_and_nothing_that_is_live_moves(arrange, mark):
    made = {state: arrange.in_state(state) for state in State}
    assert mark().held >= 1
    assert is_held(arrange, made[State.READY])
    assert {state: arrange.state(each) for state, each in made.items() if state is not State.READY} == {
        state: state for state in State if state is not State.READY
    }


@pytest.mark.parametrize("state", [State.HELD, State.INVALID, State.FAILED, State.OUTCOME_UNKNOWN])
def test_what_waited_for_a_person_anyway_says_where_to_look_first(arrange, mark, state):
    invoice_id = arrange.in_state(state)
    before = arrange.row(invoice_id).reason
    mark()
    assert arrange.row(invoice_id).reason == (
        f"{before} The ledger was set back since: look in Clearfacts first whether it has been forwarded."
    )


class TestEachWayToReady:
    def test_a_record_that_is_fetched_again(self, arrange, mark):
        mark()
        assert is_held(arrange, arrange.deduped())
        assert is_held(arrange, arrange.deduped(updated_at=datetime(2026, 1, 1, tzinfo=UTC)))

    def test_what_is_freed(self, arrange, mark, ledger):
        blocker, duplicate = arrange.twins()
        arrange.sent_on(blocker, "refused")
        mark()
        with ledger.transaction(ACTOR, Waypoint.FREED) as connection:
            free(connection, None, arrange.routes)
        assert is_held(arrange, duplicate)

    def test_what_was_being_checked(self, arrange, mark):
        (invoice_id,) = arrange.arrive(arrange.record())
        mark()
        arrange.check(invoice_id, facts=arrange.facts())
        arrange.dedupe(invoice_id)
        assert is_held(arrange, invoice_id)

    def test_what_was_decided_before(self, arrange, mark):
        invoice_id = arrange.in_state(State.HELD)
        arrange.decide(invoice_id, Decision.RELEASE)
        mark()
        assert is_held(arrange, invoice_id)

    def test_a_newer_version_though_it_is_new(self, arrange, mark, two_hours_pass):
        mark()
        two_hours_pass()
        assert is_held(arrange, arrange.deduped(version=2, updated_at=datetime.now(UTC)))

    def test_a_claim_past_all_that_finds_nothing(self, arrange, mark, owner):
        invoice_id = arrange.in_state(State.READY)
        mark()
        with owner.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text("UPDATE invoice SET state = 'ready'"))
        assert arrange.claim(invoice_id) is None
        assert arrange.all("SELECT FROM attempt") == []


class TestWhatMayGo:
    def test_a_record_that_is_newer_than_the_restoration(self, arrange, mark, two_hours_pass):
        mark()
        two_hours_pass()
        invoice_id = arrange.deduped(updated_at=datetime.now(UTC))
        assert arrange.state(invoice_id) is State.READY
        assert arrange.claim(invoice_id) is not None

    def test_not_one_that_says_so_of_the_future_or_within_the_hour_that_clocks_may_differ(
        self, arrange, mark, two_hours_pass
    ):
        mark()
        assert is_held(arrange, arrange.deduped(updated_at=datetime.now(UTC) + timedelta(minutes=50)))
        two_hours_pass()
        assert is_held(arrange, arrange.deduped(updated_at=LATER))

    def test_what_a_person_releases_since(self, arrange, mark):
        invoice_id = arrange.in_state(State.READY)
        mark()
        arrange.decide(invoice_id, Decision.RELEASE, reason="It is not there.")
        arrange.dedupe(invoice_id)
        assert arrange.state(invoice_id) is State.READY
        assert arrange.state(arrange.sent_on(invoice_id, "accepted")) is State.SENT

    def test_and_is_still_ready_where_it_was_not_delivered(self, arrange, mark):
        invoice_id = arrange.in_state(State.READY)
        mark()
        arrange.decide(invoice_id, Decision.RELEASE)
        assert arrange.state(arrange.sent_on(invoice_id, "not_delivered")) is State.READY

    def test_what_is_in_clearfacts_is_closed(self, arrange, mark):
        invoice_id = arrange.in_state(State.READY)
        mark()
        arrange.decide(invoice_id, Decision.ALREADY_BOOKED, reason="It is there.")
        assert arrange.state(invoice_id) is State.DUPLICATE

    def test_all_once_it_is_settled(self, arrange, mark, settle):
        held = [arrange.in_state(State.READY) for _ in range(3)]
        other = arrange.in_state(State.HELD)
        mark()
        assert settle() == 3
        assert arrange.states(*held) == [State.READY] * 3
        assert arrange.state(other) is State.HELD
        assert arrange.state(arrange.deduped()) is State.READY

    def test_nothing_where_one_of_two_restorations_came_after_the_decision(self, arrange, mark):
        invoice_id = arrange.in_state(State.READY)
        mark()
        arrange.decide(invoice_id, Decision.RELEASE)
        mark()
        assert is_held(arrange, invoice_id)


def test_the_history_tells_it_in_order_and_stays_sound(arrange, mark, ledger):
    mark()
    invoice_id = arrange.deduped()
    events = [(event.from_state, event.to_state, event.why) for event in arrange.events(invoice_id)]
    assert events[-2:] == [("received", "ready", "checked"), ("ready", "held", "restored")]
    seal_all(ledger, ACTOR)
    with at_one_moment(ledger) as connection:
        assert list(verify(connection)) == []


def test_everybody_signs_in_again(arrange, mark, owner):
    with owner.begin() as connection:
        connection.execute(
            text(
                "WITH an AS (INSERT INTO account (name, password_hash, role) VALUES ('an', '$argon2id$', 'user')"
                " RETURNING id), came AS (INSERT INTO sign_in (account_id) SELECT id FROM an RETURNING id)"
                " INSERT INTO refresh_token (sign_in_id, hash, expires_at)"
                " SELECT id, repeat('0', 64), now() + interval '1 day' FROM came"
            )
        )
    mark()
    with owner.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM refresh_token")).scalar_one() == 0
        assert connection.execute(text("SELECT ended_at FROM sign_in")).scalar_one() is not None


def test_the_copy_is_of_its_last_event_unless_told(arrange, mark, ledger):
    arrange.in_state(State.READY)
    (last,) = arrange.all("SELECT max(at) FROM audit_event")[0]
    assert mark().copied_at == last
    told = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
    assert mark(told).copied_at == told
    with ledger.reading() as connection:
        assert [each.restored_by for each in open_restorations(connection)] == [ACTOR.name] * 2


def test_it_cannot_be_of_the_future(mark):
    with pytest.raises(RestorationRefused, match="still to come"):
        mark(LATER)


def test_it_is_settled_once_with_a_reason(mark, settle):
    mark()
    with pytest.raises(HoldRefused, match="needs a reason"):
        settle(" ")
    settle()
    with pytest.raises(RestorationRefused, match="waits to be settled"):
        settle()


@pytest.mark.parametrize(
    "change", ["UPDATE restoration SET restored_at = now(), copied_at = now()", "DELETE FROM restoration"]
)
def test_nobody_takes_it_back(mark, owner, change):
    mark()
    with pytest.raises(IntegrityError, match="does not change"), owner.begin() as connection:
        connection.execute(text(change))


def test_the_ledger_says_the_same_sentence_as_we_do(owner):
    with owner.connect() as connection:
        assert connection.execute(text("SELECT restored_sentence()")).scalar_one() == SENTENCES[Why.RESTORED]


def test_a_downgrade_is_refused_while_it_is_not_settled(mark, owner):
    from db import migrate  # noqa: PLC0415

    mark()
    with pytest.raises(Exception, match="set back"), owner.begin() as connection:
        migrate.downgrade(connection, "0014")


def test_other_receipts_do_not_clash(arrange, mark):
    invoice_id = arrange.in_state(State.READY)
    mark()
    arrange.decide(invoice_id, Decision.RELEASE)
    arrange.settle(arrange.claim(invoice_id), "accepted", receipt=str(uuid4()))
    assert arrange.state(invoice_id) is State.SENT
