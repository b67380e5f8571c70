"""The states and their transitions, against the design's table written out here."""

import itertools

import pytest

from invoices.lifecycle import (
    ACKNOWLEDGED,
    ENTRY_STATES,
    LIVE,
    NEEDS_PERSON,
    SUPERSEDABLE,
    TRANSITIONS,
    State,
    allowed,
)

DESIGN = {
    "received": "ready held invalid could_not_check duplicate out_of_scope superseded",
    "could_not_check": "ready held invalid duplicate out_of_scope superseded",
    "invalid": "superseded dismissed ready received",
    "out_of_scope": "ready superseded",
    "ready": "sending duplicate held superseded",
    "duplicate": "ready superseded",
    "held": "ready duplicate dismissed superseded",
    "sending": "sent failed ready outcome_unknown",
    "sent": "",
    "failed": "ready dismissed superseded",
    "outcome_unknown": "sent ready dismissed",
    "superseded": "",
    "dismissed": "",
}
PAIRS = list(itertools.product(State, repeat=2))
OUTWARD = {"sent", "failed", "duplicate", "held", "outcome_unknown", "superseded", "out_of_scope"}


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_a_transition_is_allowed_exactly_where_the_design_names_it(before, after):
    assert allowed(before, after) is (after in DESIGN[before].split())


def test_the_table_names_every_state():
    assert set(DESIGN) == set(State)
    assert set(TRANSITIONS) == set(State)


def test_every_state_can_be_reached_from_arrival():
    reached = set(ENTRY_STATES)
    while further := {after for state in reached for after in TRANSITIONS[state]} - reached:
        reached |= further
    assert reached == set(State)


@pytest.mark.parametrize("state", State)
def test_no_state_moves_to_itself(state):
    assert not allowed(state, state)


def test_only_an_upload_under_way_or_a_person_who_found_it_makes_an_invoice_sent():
    assert {state for state in State if allowed(state, State.SENT)} == {State.SENDING, State.OUTCOME_UNKNOWN}


def test_only_a_ready_invoice_is_claimed():
    assert [state for state in State if allowed(state, State.SENDING)] == [State.READY]


def test_live_means_that_it_reached_the_destination_or_may_have():
    assert {State.SENDING, State.SENT, State.OUTCOME_UNKNOWN} == LIVE


def test_a_newer_version_takes_the_place_of_all_that_is_neither_live_nor_closed():
    named = "received ready invalid could_not_check held failed duplicate out_of_scope"
    assert set(named.split()) == SUPERSEDABLE
    assert set(State) - LIVE - {State.SUPERSEDED, State.DISMISSED} == SUPERSEDABLE


def test_what_needs_a_person_can_still_be_moved_by_one():
    assert all(TRANSITIONS[state] for state in NEEDS_PERSON)
    assert {"held", "invalid", "failed", "outcome_unknown", "could_not_check"} == NEEDS_PERSON


def test_an_acknowledgement_uses_the_names_of_the_sources_contract():
    assert set(ACKNOWLEDGED.values()) == OUTWARD
    assert {state: name for state, name in ACKNOWLEDGED.items() if state != name} == {State.INVALID: "failed"}


def test_what_is_still_under_way_or_closed_by_a_person_is_not_acknowledged():
    silent = set(State) - set(ACKNOWLEDGED)
    assert silent == {State.RECEIVED, State.READY, State.COULD_NOT_CHECK, State.SENDING, State.DISMISSED}
