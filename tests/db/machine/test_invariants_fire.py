"""The machine's eyes: each thing that must never be is planted past all guards, and must be seen."""

from types import SimpleNamespace
from uuid import uuid4

import pytest
from sqlalchemy import text

from db.decisions import Decision
from invoices.lifecycle import State
from tests.db.machine.invariants import ALL_NAMES, FORCED, broken
from tests.db.machine.outside import InHand, Outside

ACTORS = ["a run", "an@example.be", FORCED]


@pytest.fixture
def plant(owner):
    """Changes the ledger as its owner, with no trigger and no index in the way."""

    def change(statement, **parameters):
        with owner.begin() as connection:
            connection.execute(text("DROP INDEX IF EXISTS uq_invoice_live_identity, uq_invoice_live_record"))
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text(statement), parameters)

    return change


def sentences(owner):
    return {each.rsplit(":", 1)[0] for each in broken(owner, ACTORS, (), ())}


def test_nothing_is_wrong_with_a_ledger_that_has_an_invoice_in_each_state(arrange, owner):
    for state in State:
        arrange.in_state(state)

    assert broken(owner, ACTORS, (), ()) == []


PLANTED = {
    "the audit trail has a gap": (
        State.READY,
        "DELETE FROM audit_event WHERE invoice_id = :id AND sequence = 1",
    ),
    "it made a move that no table allows": (
        State.READY,
        "UPDATE audit_event SET to_state = 'sent' WHERE invoice_id = :id AND sequence = 2",
    ),
    "the audit trail ends in another state": (
        State.HELD,
        "UPDATE invoice SET state = 'ready' WHERE id = :id",
    ),
    "nobody is named for what was done": (State.READY, "UPDATE audit_event SET actor = 'postgres'"),
    "a decision was made in view of another state": (
        State.DISMISSED,
        "UPDATE decision SET saw_state = 'failed' WHERE invoice_id = :id",
    ),
    "it is sending without an open attempt, or has one and is not": (
        State.SENDING,
        "UPDATE attempt SET settled_at = now(), outcome = 'unknown' WHERE invoice_id = :id",
    ),
    "it is superseded by nothing newer": (
        State.SUPERSEDED,
        "UPDATE invoice SET version = 9 WHERE id = :id",
    ),
    "its bytes are not those that arrived": (State.READY, "UPDATE payload SET content = 'other bytes'"),
    "it is sent without a receipt and nobody saw it": (
        State.SENT,
        "UPDATE invoice SET receipt = NULL, receipt_verified = false WHERE id = :id",
    ),
    "a move was made for no reason that is documented": (
        State.DISMISSED,
        "UPDATE audit_event SET decision_id = NULL WHERE invoice_id = :id",
    ),
}
PLANTED_ON_TWO = {
    "two of one identity are live": (State.SENT, "UPDATE invoice SET identity_key = 'the same'"),
    "two of one record are live": (
        State.SENT,
        "UPDATE invoice SET source_id = 'the same', version = arrival",
    ),
    "a newer version waits, and it may still go out": (
        State.READY,
        "UPDATE invoice SET source_id = 'the same', version = arrival",
    ),
    "it stands in its own way": (
        State.HELD,
        "UPDATE invoice i SET blocked_by = o.id FROM invoice o WHERE o.id <> i.id",
    ),
}


@pytest.mark.parametrize("sentence", [*PLANTED, *PLANTED_ON_TWO])
def test_what_is_planted_is_seen(arrange, owner, plant, sentence):
    state, statement = (PLANTED | PLANTED_ON_TWO)[sentence]
    planted = [arrange.in_state(state) for _ in range(1 + (sentence in PLANTED_ON_TWO))]
    assert sentences(owner) == set()

    plant(statement, **({"id": planted[0]} if ":id" in statement else {}))

    assert sentence in sentences(owner)


def test_records_that_are_nowhere_are_missed(owner):
    seen = broken(owner, ACTORS, {("r1", 1, "0" * 64)}, {"r2"})

    assert [each.rsplit(":", 1)[0] for each in seen] == [
        "a record that arrived is nowhere",
        "a record that was rejected is nowhere",
    ]


def test_each_sentence_is_planted_somewhere():
    nowhere = {"a record that arrived is nowhere", "a record that was rejected is nowhere"}

    assert set(ALL_NAMES) == {*PLANTED, *PLANTED_ON_TWO, *nowhere}


def invoice(state, **fields):
    given = {"identity_key": "one", "source_id": "r1", "document_id": uuid4(), "fingerprint": str(uuid4())}
    return SimpleNamespace(
        **({"id": uuid4(), "state": state, "receipt": None, "blocked_by": None} | given | fields)
    )


def taken(outside, row):
    claim = SimpleNamespace(invoice_id=row.id)
    outside.take(InHand(claim, 0, outside.tick()), str(uuid4()))


@pytest.mark.parametrize("state", sorted(set(State) - {State.SENDING, State.OUTCOME_UNKNOWN}))
def test_an_upload_that_the_ledger_does_not_know_is_missed(state):
    outside, row = Outside(), invoice(state)
    taken(outside, row)

    assert outside.unaccounted({row.id: row}) != []
    outside.decide(row, Decision.DISMISS)
    assert outside.unaccounted({row.id: row}) == []


@pytest.mark.parametrize("twin", [{"source_id": "r2"}, {"identity_key": "two"}])
def test_two_uploads_of_one_invoice_need_a_person_between_them(twin):
    outside, first, second = Outside(), invoice(State.SENT), invoice(State.SENT, **twin)
    rows = {first.id: first, second.id: second}
    taken(outside, first)
    taken(outside, second)
    assert len(outside.twice(rows)) == 1

    second.blocked_by = first.id
    outside.decide(second, Decision.RELEASE)
    assert outside.twice(rows) == []


def test_the_same_content_twice_needs_more_than_that_one_was_let_pass():
    outside, first = Outside(), invoice(State.SENT)
    second = invoice(State.SENT, document_id=first.document_id, blocked_by=first.id)
    taken(outside, first)
    outside.decide(second, Decision.RELEASE)
    taken(outside, second)

    assert len(outside.twice({first.id: first, second.id: second})) == 1
    outside.decide(first, Decision.SEND_AGAIN)
    assert outside.twice({first.id: first, second.id: second}) == []
