"""What a person decides: what fits, what is refused, and what is written down."""

import pytest

from db.decisions import Decision, DecisionRefused, Ruling, decide, force
from db.ledger import Actor
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


def test_releasing_what_a_live_twin_holds_lets_both_live(arrange):
    first, second = arrange.twins("other content")
    arrange.sent_on(first, "accepted")
    assert arrange.state(second) is State.HELD

    arrange.decide(second, Decision.RELEASE)

    assert arrange.dedupe(second) == [second]
    arrange.sent_on(second, "accepted")
    assert arrange.states(first, second) == [State.SENT, State.SENT]


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


@pytest.mark.parametrize("receipt", ["a-receipt", None])
def test_arrived_is_verified_only_by_a_receipt(arrange, receipt):
    invoice_id = arrange.in_state(State.OUTCOME_UNKNOWN)

    arrange.decide(invoice_id, Decision.ARRIVED, receipt=receipt)

    row = arrange.row(invoice_id)
    assert (row.receipt, row.receipt_verified) == (receipt, receipt is not None)


def test_an_invoice_that_does_not_exist_is_refused(arrange, ledger):
    ruling = Ruling(Decision.DISMISS, "an", State.HELD, "why")
    with (
        pytest.raises(DecisionRefused, match="no invoice"),
        ledger.transaction(Actor("an"), Waypoint.DECIDED) as connection,
    ):
        decide(
            connection, arrange.actor.job_id or arrange.row(arrange.in_state(State.HELD)).document_id, ruling
        )


@pytest.mark.parametrize("state", State)
def test_force_touches_only_what_is_invalid_or_failed(arrange, ledger, state):
    invoice_id = arrange.in_state(state)
    with ledger.transaction(Actor("an"), Waypoint.DECIDED) as connection:
        forced = force(connection, None)

    after = {State.INVALID: State.RECEIVED, State.FAILED: State.READY}
    assert (invoice_id in forced) is (state in after)
    assert arrange.state(invoice_id) is after.get(state, state)


def test_force_with_ids_touches_only_those(arrange, ledger):
    one, other = arrange.in_state(State.FAILED), arrange.in_state(State.FAILED)
    with ledger.transaction(Actor("an"), Waypoint.DECIDED) as connection:
        assert force(connection, [one]) == [one]
    assert arrange.states(one, other) == [State.READY, State.FAILED]
