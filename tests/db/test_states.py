"""The states in the database: it lets an invoice move as `invoices.lifecycle` says, and in no other way."""

import itertools
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from invoices.lifecycle import ENTRY_STATES, TRANSITIONS, State, allowed

PAIRS = list(itertools.product(sorted(State), repeat=2))


@pytest.fixture
def sql(as_owner, by_sql):
    return by_sql(as_owner)


def move(sql, invoice_id, state):
    """Whether the database let the invoice move to `state`."""
    try:
        with sql.connection.begin_nested():
            sql.update("invoice", invoice_id, state=state)
    except IntegrityError as refusal:
        if f"may not move from {sql_state(sql, invoice_id)} to {state}" not in str(refusal.orig):
            raise
        return False
    return True


def sql_state(sql, invoice_id):
    query = text("SELECT state FROM invoice WHERE id = :id")
    return sql.connection.execute(query, {"id": invoice_id}).scalar_one()


def events(sql, invoice_id):
    query = text("SELECT * FROM audit_event WHERE invoice_id = :id ORDER BY sequence")
    return sql.connection.execute(query, {"id": invoice_id}).all()


def test_the_table_of_transitions_is_that_of_the_lifecycle(as_owner):
    in_database = as_owner.execute(text("SELECT from_state, to_state FROM transition")).all()
    in_code = [(before, after) for before, onward in TRANSITIONS.items() for after in onward]
    assert sorted(map(tuple, in_database)) == sorted(in_code)


@pytest.mark.parametrize(("before", "after"), [pair for pair in PAIRS if pair[0] != pair[1]])
def test_an_invoice_moves_only_as_the_lifecycle_allows(sql, before, after):
    invoice = sql.invoice(before)
    assert move(sql, invoice, after) is allowed(before, after)
    assert sql_state(sql, invoice) == (after if allowed(before, after) else before)


@pytest.mark.parametrize("state", sorted(State))
def test_a_change_within_a_state_is_no_transition(sql, state):
    invoice = sql.invoice(state)
    before = events(sql, invoice)
    sql.update("invoice", invoice, state=state, reason="in other words")
    assert events(sql, invoice) == before


@pytest.mark.parametrize("state", sorted(State))
def test_an_invoice_enters_as_received_or_superseded_alone(sql, state):
    columns = {"destination": "clearfacts", "source": "s", "source_id": "a", "version": 1, "why": "arrived"}
    row = {**columns, "document_id": sql.document(), "identity_key": "k", "receipt_verified": False}
    row |= {"company_number": "0428759497", "direction": "SALE", "state": state}
    if state in ENTRY_STATES:
        invoice = sql.insert("invoice", **row).id
        (event,) = events(sql, invoice)
        assert (event.sequence, event.from_state, event.to_state) == (1, None, state)
        return
    with pytest.raises(IntegrityError, match=f"may not enter the ledger as {state}"):
        sql.insert("invoice", **row)


@pytest.mark.parametrize("before", [state for state in sorted(State) if TRANSITIONS[state]])
def test_each_transition_leaves_one_event_that_says_who_from_where_to_where_and_why(sql, before):
    for after in sorted(TRANSITIONS[before]):
        blocker, job = sql.invoice(), uuid4()
        invoice = sql.invoice(before)
        earlier = events(sql, invoice)
        name_actor(sql, "an@example.be", job)
        sql.update("invoice", invoice, state=after, why="findings", blocked_by=blocker)
        name_actor(sql, "", "")
        (event,) = events(sql, invoice)[len(earlier) :]
        assert (event.actor, event.job_id) == ("an@example.be", job)
        assert (event.from_state, event.to_state) == (before, after)
        assert (event.why, event.blocked_by, event.decision_id) == ("findings", blocker, None)
        assert event.sequence == len(earlier) + 1


def name_actor(sql, actor, job):
    sql.connection.execute(
        text("SELECT set_config('waybill.actor', :actor, true), set_config('waybill.job', :job, true)"),
        {"actor": actor, "job": str(job)},
    )


def test_a_transition_by_nobody_known_names_the_database_user(sql):
    invoice = sql.invoice("ready")
    user = sql.connection.execute(text("SELECT session_user")).scalar_one()
    assert {event.actor for event in events(sql, invoice)} == {user}


def test_a_transition_that_is_rolled_back_leaves_no_event(sql):
    invoice = sql.invoice("ready")
    before = events(sql, invoice)
    with sql.connection.begin_nested() as savepoint:
        sql.update("invoice", invoice, state="held")
        assert len(events(sql, invoice)) == len(before) + 1
        savepoint.rollback()
    assert events(sql, invoice) == before
