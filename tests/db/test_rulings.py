"""What a person decides: what fits, what is refused, and what is written down."""

import threading
import time
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy.exc import IntegrityError

from db.decisions import Decision, DecisionRefused, Ruling, decide, force
from db.freeing import free
from db.ledger import Actor, constraint_of
from db.waiting import unfinished
from db.waypoints import Waypoint
from invoices.lifecycle import State

FITS = {
    Decision.ARRIVED: {State.OUTCOME_UNKNOWN: State.SENT},
    Decision.SEND_AGAIN: {State.OUTCOME_UNKNOWN: State.READY},
    Decision.RELEASE: dict.fromkeys(
        (State.HELD, State.INVALID, State.OUT_OF_SCOPE, State.FAILED), State.READY
    ),
    Decision.ALREADY_BOOKED: {State.HELD: State.DUPLICATE},
    Decision.DISMISS: dict.fromkeys(
        (State.HELD, State.INVALID, State.FAILED, State.OUTCOME_UNKNOWN), State.DISMISSED
    ),
}


@pytest.mark.parametrize("decision", Decision)
@pytest.mark.parametrize("state", State)
def test_a_decision_fits_these_states_and_no_other(arrange, decision, state):
    invoice_id = arrange.in_state(state)
    before = arrange.events(invoice_id)

    if after := FITS[decision].get(state):
        assert arrange.decide(invoice_id, decision) is after
        assert arrange.state(invoice_id) is after
    else:
        with pytest.raises(DecisionRefused):
            arrange.decide(invoice_id, decision)
        assert arrange.state(invoice_id) is state
        assert arrange.events(invoice_id) == before


def test_another_state_than_was_seen_is_a_conflict(arrange):
    invoice_id = arrange.in_state(State.HELD)

    with pytest.raises(DecisionRefused, match="is held now, not failed"):
        arrange.decide(invoice_id, Decision.RELEASE, saw=State.FAILED)


def test_who_decided_and_why_is_on_record(arrange):
    invoice_id = arrange.in_state(State.HELD)

    arrange.decide(invoice_id, Decision.RELEASE, reason="The supplier confirmed it.")

    last = arrange.events(invoice_id)[-1]
    ((reason,),) = arrange.all(
        "SELECT p.content FROM decision d JOIN payload p ON p.id = d.reason_id WHERE d.id = :id",
        id=last.decision_id,
    )
    assert (last.actor, last.from_state, last.to_state) == ("an@example.be", "held", "ready")
    assert reason == b"The supplier confirmed it."


@pytest.mark.parametrize("decision", Decision)
@pytest.mark.parametrize("reason", ["", " \t\n"], ids=["empty", "blank"])
def test_a_decision_without_a_reason_is_refused(arrange, decision, reason):
    invoice_id = arrange.in_state(next(iter(FITS[decision])))
    before = arrange.events(invoice_id)

    with pytest.raises(DecisionRefused, match="needs a reason"):
        arrange.decide(invoice_id, decision, reason=reason)

    assert arrange.events(invoice_id) == before
    assert arrange.all("SELECT FROM decision WHERE invoice_id = :id", id=invoice_id) == []


@pytest.mark.parametrize("decision", Decision)
def test_each_decision_is_one_record_and_one_event_that_names_it_and_the_state_seen(arrange, decision):
    saw, after = next(iter(FITS[decision].items()))
    invoice_id = arrange.in_state(saw)
    count = len(arrange.events(invoice_id))

    arrange.decide(invoice_id, decision, reason="Because.")

    (decided,) = arrange.all("SELECT * FROM decision WHERE invoice_id = :id", id=invoice_id)
    assert (decided.decision, decided.saw_state, decided.actor) == (decision, saw, "an@example.be")
    (event,) = arrange.events(invoice_id)[count:]
    assert (event.decision_id, event.actor) == (decided.id, "an@example.be")
    assert (event.from_state, event.to_state) == (saw, after)
    assert arrange.row(invoice_id).reason.endswith("Because.")


class TestTwoPeopleAtOnce:
    def decided_by(self, ledger, name, invoice_id, decision, said, saw=State.HELD):
        """Decides on a connection of its own; puts what came of it under the person's name."""
        try:
            with ledger.transaction(Actor(name), Waypoint.DECIDED) as connection:
                said[name] = decide(connection, invoice_id, Ruling(decision, name, saw, f"{name} says so."))
        except DecisionRefused as refused:
            said[name] = refused

    def test_the_second_waits_for_the_first_and_is_told_what_changed(self, arrange, ledger):
        invoice_id = arrange.in_state(State.HELD)
        said = {}
        second = threading.Thread(
            target=self.decided_by, args=(ledger, "jan", invoice_id, Decision.DISMISS, said)
        )

        with ledger.transaction(Actor("an"), Waypoint.DECIDED) as connection:
            decide(connection, invoice_id, Ruling(Decision.RELEASE, "an", State.HELD, "I asked."))
            second.start()
            while not self.waits_for_a_lock(arrange):
                assert second.is_alive()
                time.sleep(0.01)
            assert said == {}
        second.join()

        assert isinstance(said["jan"], DecisionRefused)
        assert "is ready now, not held" in str(said["jan"])
        assert arrange.state(invoice_id) is State.READY
        assert [each.actor for each in self.decisions(arrange, invoice_id)] == ["an"]

    def test_of_many_one_wins_and_every_other_is_told(self, arrange, ledger):
        invoice_id = arrange.in_state(State.HELD)
        choices = [Decision.RELEASE, Decision.DISMISS, Decision.ALREADY_BOOKED] * 3
        said, start = {}, threading.Barrier(len(choices))

        def person(name, decision):
            start.wait()
            self.decided_by(ledger, name, invoice_id, decision, said)

        threads = [
            threading.Thread(target=person, args=(f"person {number}", decision))
            for number, decision in enumerate(choices)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        refusals = [each for each in said.values() if isinstance(each, DecisionRefused)]
        ((winner, after),) = [item for item in said.items() if isinstance(item[1], State)]
        assert len(refusals) == len(choices) - 1
        assert all(f"is {after} now, not held" in str(refusal) for refusal in refusals)
        assert arrange.state(invoice_id) is after
        assert [each.actor for each in self.decisions(arrange, invoice_id)] == [winner]
        assert arrange.events(invoice_id)[-1].actor == winner

    def test_the_same_decision_twice_is_carried_out_once(self, arrange, ledger):
        invoice_id = arrange.in_state(State.OUTCOME_UNKNOWN)
        said = {}

        for name in ("an", "jan"):
            self.decided_by(ledger, name, invoice_id, Decision.SEND_AGAIN, said, saw=State.OUTCOME_UNKNOWN)

        assert said["an"] is State.READY
        assert "is ready now, not outcome_unknown" in str(said["jan"])

    def decisions(self, arrange, invoice_id):
        return arrange.all("SELECT * FROM decision WHERE invoice_id = :id", id=invoice_id)

    def waits_for_a_lock(self, arrange):
        return arrange.all(
            "SELECT FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
            " WHERE NOT l.granted AND a.datname = current_database()"
        )


def test_an_answer_that_came_in_the_meantime_is_a_conflict_for_the_person(arrange):
    invoice_id = arrange.in_state(State.READY)
    claimed = arrange.claim(invoice_id, budget=0.0)
    arrange.settle(claimed, "unknown")
    arrange.settle(claimed, "accepted", receipt="a-late-uuid")

    with pytest.raises(DecisionRefused, match="is sent now, not outcome_unknown"):
        arrange.decide(invoice_id, Decision.SEND_AGAIN, saw=State.OUTCOME_UNKNOWN)

    assert arrange.row(invoice_id).receipt == "a-late-uuid"


def test_what_is_already_booked_is_a_duplicate_of_nothing_known_and_nothing_frees_it(arrange, ledger):
    first, second = arrange.twins("other content")
    assert arrange.row(second).blocked_by == first

    arrange.decide(second, Decision.ALREADY_BOOKED)
    arrange.sent_on(first, "refused")
    with ledger.transaction(arrange.actor, Waypoint.FREED) as connection:
        free(connection, arrange.listed, arrange.routes)

    row = arrange.row(second)
    assert (row.state, row.blocked_by) == (State.DUPLICATE, None)


def test_releasing_what_a_live_twin_holds_lets_both_live(arrange):
    first, second = arrange.twins("other content")
    arrange.sent_on(first, "accepted")
    assert arrange.state(second) is State.HELD

    arrange.decide(second, Decision.RELEASE)

    assert arrange.dedupe(second) == [second]
    arrange.sent_on(second, "accepted")
    assert arrange.states(first, second) == [State.SENT, State.SENT]


def test_a_release_despite_a_twin_lets_its_content_out_once(arrange):
    first, second = arrange.twins("other content")
    arrange.decide(second, Decision.RELEASE)
    third = arrange.checked(arrange.row(second).number, "other content")
    arrange.sent_on(first, "accepted")
    arrange.dedupe(second)
    arrange.sent_on(second, "accepted")

    arrange.dedupe(third)

    assert (arrange.state(third), arrange.row(third).blocked_by) == (State.DUPLICATE, second)


@pytest.mark.parametrize("how", ["released", "forced"])
def test_what_was_let_pass_and_refused_is_compared_anew(arrange, how):
    first, second = arrange.twins("other content")
    arrange.decide(second, Decision.RELEASE)
    arrange.dedupe(second)
    arrange.sent_on(second, "refused")
    arrange.sent_on(first, "accepted")

    if how == "released":
        arrange.decide(second, Decision.RELEASE)
    else:
        with arrange.ledger.transaction(arrange.actor, Waypoint.FORCED) as connection:
            force(connection, [second])

    assert arrange.dedupe(second) == []
    assert (arrange.state(second), arrange.row(second).blocked_by) == (State.HELD, first)


def test_releasing_despite_findings_does_not_open_the_way_for_a_twin(arrange):
    first, second = arrange.in_state(State.HELD), None
    number = arrange.row(first).number
    arrange.decide(first, Decision.RELEASE)
    arrange.dedupe(first)
    arrange.sent_on(first, "accepted")

    second = arrange.deduped(number, "other content")

    assert arrange.state(second) is State.HELD


def test_a_company_that_is_not_listed_cannot_be_released(arrange):
    invoice_id = arrange.checked()
    arrange.dedupe(invoice_id, listed=frozenset())

    with pytest.raises(DecisionRefused, match="does not list"):
        arrange.decide(invoice_id, Decision.RELEASE)


def test_sending_again_waits_until_the_upload_can_no_longer_be_under_way(arrange):
    invoice_id = arrange.in_state(State.READY)
    arrange.settle(arrange.claim(invoice_id, budget=60), "unknown")

    with pytest.raises(DecisionRefused, match="wait until"):
        arrange.decide(invoice_id, Decision.SEND_AGAIN)


def test_sending_again_is_refused_where_a_newer_version_exists(arrange):
    invoice_id = arrange.in_state(State.OUTCOME_UNKNOWN)
    arrange.arrive(arrange.record(arrange.row(invoice_id).source_id, 2))

    with pytest.raises(DecisionRefused, match="Version 2"):
        arrange.decide(invoice_id, Decision.SEND_AGAIN)


def test_a_newer_version_that_a_person_closed_does_not_forbid_sending_the_older_again(arrange):
    invoice_id = arrange.in_state(State.OUTCOME_UNKNOWN)
    row = arrange.row(invoice_id)
    (newer,) = arrange.arrive(arrange.record(row.source_id, 2))
    arrange.check(newer, facts=arrange.facts(row.number, "other content"))
    arrange.dedupe(newer)
    arrange.decide(newer, Decision.DISMISS)

    assert arrange.decide(invoice_id, Decision.SEND_AGAIN) is State.READY


def test_a_version_that_repeats_the_one_that_was_sent_does_not_forbid_sending_it_again(arrange):
    record = arrange.record()
    (invoice_id,) = arrange.arrive(record)
    arrange.check(invoice_id, facts=arrange.facts())
    arrange.dedupe(invoice_id)
    arrange.sent_on(invoice_id, "unknown")
    arrange.arrive(replace(record, version=2))

    assert arrange.decide(invoice_id, Decision.SEND_AGAIN) is State.READY


def test_what_is_sent_again_goes_out_once_more_and_its_first_attempt_stays_on_record(arrange):
    invoice_id = arrange.in_state(State.OUTCOME_UNKNOWN)

    arrange.decide(invoice_id, Decision.SEND_AGAIN)
    arrange.dedupe(invoice_id)
    arrange.sent_on(invoice_id, "accepted")

    attempts = arrange.all(
        "SELECT outcome FROM attempt WHERE invoice_id = :id ORDER BY claimed_at", id=invoice_id
    )
    assert [each.outcome for each in attempts] == ["unknown", "accepted"]


def test_a_receipt_of_another_invoice_proves_nothing(arrange):
    other, invoice_id = arrange.in_state(State.SENT), arrange.in_state(State.OUTCOME_UNKNOWN)

    with pytest.raises(IntegrityError) as violation:
        arrange.decide(invoice_id, Decision.ARRIVED, receipt=arrange.row(other).receipt)

    assert constraint_of(violation.value) == "uq_invoice_destination_receipt"
    assert arrange.state(invoice_id) is State.OUTCOME_UNKNOWN
    assert arrange.all("SELECT FROM decision WHERE invoice_id = :id", id=invoice_id) == []


@pytest.mark.parametrize("receipt", ["a-receipt", None])
def test_arrived_is_verified_only_by_a_receipt(arrange, receipt):
    invoice_id = arrange.in_state(State.OUTCOME_UNKNOWN)

    arrange.decide(invoice_id, Decision.ARRIVED, receipt=receipt)

    row = arrange.row(invoice_id)
    assert (row.receipt, row.receipt_verified) == (receipt, receipt is not None)


def test_an_invoice_that_does_not_exist_is_refused(ledger):
    ruling = Ruling(Decision.DISMISS, "an", State.HELD, "why")
    with (
        pytest.raises(DecisionRefused, match="no invoice"),
        ledger.transaction(Actor("an"), Waypoint.DECIDED) as connection,
    ):
        decide(connection, uuid4(), ruling)


@pytest.mark.parametrize("state", State)
def test_force_touches_only_what_is_invalid_or_failed(arrange, ledger, state):
    invoice_id = arrange.in_state(state)
    with ledger.transaction(Actor("an"), Waypoint.DECIDED) as connection:
        forced = force(connection, None)

    after = {State.INVALID: State.RECEIVED, State.FAILED: State.READY}
    assert (invoice_id in forced) is (state in after)
    assert arrange.state(invoice_id) is after.get(state, state)


@pytest.mark.parametrize("state", sorted(set(State) - {State.INVALID, State.FAILED}))
def test_force_moves_nothing_else_though_it_is_named(arrange, ledger, state):
    invoice_id = arrange.in_state(state)
    before = arrange.events(invoice_id)
    with ledger.transaction(Actor("an"), Waypoint.FORCED) as connection:
        assert force(connection, [invoice_id]) == []
    assert arrange.events(invoice_id) == before


def test_what_could_not_be_checked_needs_no_force_to_be_checked_again(arrange, ledger):
    invoice_id = arrange.in_state(State.COULD_NOT_CHECK)
    assert list(unfinished(ledger, 10, [invoice_id])) == [[invoice_id]]


def test_force_is_audited_with_who_asked(arrange, ledger):
    invoice_id = arrange.in_state(State.FAILED)
    with ledger.transaction(Actor("an"), Waypoint.FORCED) as connection:
        force(connection, [invoice_id])
    last = arrange.events(invoice_id)[-1]
    assert (last.actor, last.from_state, last.to_state) == ("an", "failed", "ready")


def test_force_with_ids_touches_only_those(arrange, ledger):
    one, other = arrange.in_state(State.FAILED), arrange.in_state(State.FAILED)
    with ledger.transaction(Actor("an"), Waypoint.DECIDED) as connection:
        assert force(connection, [one]) == [one]
    assert arrange.states(one, other) == [State.READY, State.FAILED]
