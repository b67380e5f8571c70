"""Verification: whatever is tampered with past all guards is found and named."""

from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from db.audit import at_one_moment, totals, verify
from db.ledger import Actor
from db.seals import LastSeal, last_seal, seal, seal_all
from invoices.lifecycle import State

SEALER = Actor("a sealer")


def problems(ledger, *anchors, documents=True):
    with at_one_moment(ledger) as connection:
        return list(verify(connection, anchors, documents=documents))


@pytest.fixture
def tampered(owner):
    """Runs a statement past every trigger and constraint; returns what verification finds then, and undoes it."""

    def tamper(*statements, **parameters):
        with owner.connect() as connection, connection.begin() as transaction:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            for statement in statements:
                assert connection.execute(text(statement), parameters).rowcount, statement
            found = list(verify(connection, documents=True))
            transaction.rollback()
        return found

    return tamper


@pytest.fixture
def history(arrange, ledger):
    """A ledger with every state, sealed twice, and with events that wait for their seal."""
    ids = {state: arrange.in_state(state) for state in State}
    seal_all(ledger, SEALER, most=5)
    ids["refused, then sent"] = arrange.in_state("failed")
    arrange.decide(ids["refused, then sent"], "release", reason="They said sorry.")
    arrange.dedupe(ids["refused, then sent"])
    arrange.settle(arrange.claim(ids["refused, then sent"]), "accepted", answer=b"<ok/>")
    seal_all(ledger, SEALER)
    ids["unsealed"] = arrange.in_state("sent")
    return ids


_SENT = "(SELECT id FROM invoice WHERE state = 'sent' ORDER BY arrival LIMIT 1)"
_OTHER = "(SELECT id FROM invoice WHERE state = 'failed' ORDER BY arrival LIMIT 1)"
_CONTENT = (
    "at, actor, job_id, from_state, to_state, why, blocked_by, decision_id, evidence, previous_hash, hash"
)


def _swap(first, second):
    """SQL that exchanges the contents of two events, all but their places."""
    changed = ", ".join(f"{each} = other.{each}" for each in _CONTENT.split(", "))
    return (
        f"UPDATE audit_event e SET {changed} FROM audit_event other"
        f" WHERE (e.invoice_id, e.sequence) IN ({first}, {second})"
        f" AND (other.invoice_id, other.sequence) IN ({first}, {second})"
        " AND (e.invoice_id, e.sequence) <> (other.invoice_id, other.sequence)"
    )


TAMPERINGS = {
    "an actor is changed": (
        [f"UPDATE audit_event SET actor = 'nobody' WHERE invoice_id = {_SENT} AND sequence = 2"],
        {"event_changed"},
    ),
    "a time is changed": (
        [f"UPDATE audit_event SET at = at - interval '1 hour' WHERE invoice_id = {_SENT} AND sequence = 1"],
        {"event_changed"},
    ),
    "evidence is taken away": (
        [f"UPDATE audit_event SET evidence = NULL WHERE invoice_id = {_SENT} AND sequence = 2"],
        {"event_changed"},
    ),
    "evidence is no object any more": (
        [f"UPDATE audit_event SET evidence = '[1]' WHERE invoice_id = {_SENT} AND sequence = 4"],
        {"event_changed", "receipt_differs", "attempt_unrecorded"},
    ),
    "an event in the middle is taken away": (
        [f"DELETE FROM audit_event WHERE invoice_id = {_SENT} AND sequence = 2"],
        {"event_missing"},
    ),
    "the last event is taken away": (
        [f"DELETE FROM audit_event WHERE invoice_id = {_SENT} AND sequence = 4"],
        {"sealed_event_missing", "state_differs", "receipt_differs", "attempt_unrecorded"},
    ),
    "an event is taken away and the others are numbered anew": (
        [
            f"DELETE FROM audit_event WHERE invoice_id = {_SENT} AND sequence = 2",
            f"UPDATE audit_event SET sequence = 2 WHERE invoice_id = {_SENT} AND sequence = 3",
            f"UPDATE audit_event SET sequence = 3 WHERE invoice_id = {_SENT} AND sequence = 4",
        ],
        {"event_changed", "chain_broken", "sealed_event_missing"},
    ),
    "all events of a sealed invoice are taken away": (
        [f"DELETE FROM audit_event WHERE invoice_id = {_OTHER}"],
        {"sealed_event_missing", "history_missing"},
    ),
    "a sealed invoice is taken away with all that hangs on it": (
        [
            f"DELETE FROM audit_event WHERE invoice_id = {_OTHER}",
            f"DELETE FROM attempt WHERE invoice_id = {_OTHER}",
            f"DELETE FROM invoice WHERE id = {_OTHER}",
        ],
        {"sealed_event_missing"},
    ),
    "an invoice is taken away and its events stay": (
        [f"DELETE FROM invoice WHERE id = {_OTHER}"],
        {"invoice_missing"},
    ),
    "an unsealed invoice is taken away with all that hangs on it": (
        [
            "DELETE FROM audit_event WHERE invoice_id = :unsealed",
            "DELETE FROM attempt WHERE invoice_id = :unsealed",
            "DELETE FROM invoice WHERE id = :unsealed",
        ],
        {"invoice_missing"},
    ),
    "two events of an invoice are exchanged": (
        [_swap(f"({_SENT}, 2)", f"({_SENT}, 3)")],
        {"event_swapped", "chain_broken"},
    ),
    "two events of two invoices are exchanged": (
        [_swap(f"({_SENT}, 2)", f"({_OTHER}, 2)")],
        {"event_swapped", "chain_broken"},
    ),
    "one invoice's event is given to another": (
        [
            f"UPDATE audit_event SET invoice_id = {_OTHER}, sequence = 9 WHERE invoice_id = {_SENT} AND sequence = 2"
        ],
        {"event_changed", "event_missing", "not_queued", "state_differs"},
    ),
    "an event and its hash are changed": (
        [
            f"UPDATE audit_event SET why = 'refused' WHERE invoice_id = {_SENT} AND sequence = 2",
            f"UPDATE audit_event e SET hash = audit_hash(e) WHERE invoice_id = {_SENT} AND sequence = 2",
        ],
        {"chain_broken"},
    ),
    "the last event and its hash are changed": (
        [
            f"UPDATE audit_event SET actor = 'nobody' WHERE invoice_id = {_SENT} AND sequence = 4",
            f"UPDATE audit_event e SET hash = audit_hash(e) WHERE invoice_id = {_SENT} AND sequence = 4",
        ],
        {"sealed_event_changed"},
    ),
    "a seal is changed": (["UPDATE seal SET sealed_at = 'epoch' WHERE number = 2"], {"seal_changed"}),
    "a seal in the middle is taken away": (["DELETE FROM seal WHERE number = 2"], {"seal_missing"}),
    "the first seal is taken away with what it covers": (
        [
            "DELETE FROM sealed_head WHERE seal_id = (SELECT id FROM seal WHERE number = 1)",
            "DELETE FROM seal WHERE number = 1",
        ],
        {"seal_missing", "not_queued"},
    ),
    "the last seal is taken away with what it covers": (
        [
            "DELETE FROM sealed_head WHERE seal_id = (SELECT id FROM seal ORDER BY number DESC LIMIT 1)",
            "DELETE FROM seal WHERE number = (SELECT max(number) FROM seal)",
        ],
        {"not_queued"},
    ),
    "what a seal covers is taken out of it": (
        [
            "DELETE FROM sealed_head WHERE invoice_id = :sent",
            "INSERT INTO unsealed SELECT arrival, id FROM invoice WHERE id = :sent",
        ],
        {"seal_changed"},
    ),
    "a seal and its hash are changed": (
        [
            "UPDATE seal SET sealed_at = 'epoch' WHERE number = 2",
            "UPDATE seal s SET hash = seal_hash(s) WHERE number = 2",
        ],
        {"seal_chain_broken"},
    ),
    "two seals are exchanged": (
        [
            "UPDATE seal SET number = -number WHERE number IN (1, 2)",
            "UPDATE seal SET number = 3 + number WHERE number IN (-1, -2)",
        ],
        {"seal_swapped", "seal_chain_broken"},
    ),
    "an invoice's state is changed": (
        ["UPDATE invoice SET state = 'dismissed' WHERE id = :held"],
        {"state_differs"},
    ),
    "a receipt is changed": (["UPDATE invoice SET receipt = 'other' WHERE id = :sent"], {"receipt_differs"}),
    "a receipt is made up": (
        ["UPDATE invoice SET receipt = 'other' WHERE id = :failed"],
        {"receipt_differs"},
    ),
    "a receipt loses that it was verified": (
        ["UPDATE invoice SET receipt_verified = false WHERE id = :sent"],
        {"receipt_differs"},
    ),
    "an invoice gets another document": (
        [
            (
                "UPDATE invoice SET document_id = (SELECT document_id FROM invoice WHERE id = :held)"
                " WHERE id = :sent"
            )
        ],
        {"record_differs"},
    ),
    "an invoice gets another source id": (
        ["UPDATE invoice SET source_id = 'another' WHERE id = :sent"],
        {"record_differs"},
    ),
    "an attempt is changed": (
        ["UPDATE attempt SET message = 'nothing happened' WHERE invoice_id = :sent"],
        {"attempt_changed"},
    ),
    "an attempt and its hash are changed": (
        [
            "UPDATE attempt SET outcome = 'refused', receipt = NULL WHERE invoice_id = :sent",
            "UPDATE attempt a SET hash = attempt_hash(a) WHERE invoice_id = :sent",
        ],
        {"attempt_changed"},
    ),
    "an attempt is opened again": (
        ["UPDATE attempt SET settled_at = NULL, outcome = NULL, receipt = NULL WHERE invoice_id = :sent"],
        {"attempt_changed"},
    ),
    "an attempt is taken away": (["DELETE FROM attempt WHERE invoice_id = :sent"], {"attempt_missing"}),
    "an attempt is made up": (
        [
            (
                "INSERT INTO attempt (invoice_id, worker, document_sha256, company_number, direction, budget_ends_at,"
                " settled_at, outcome, hash) SELECT invoice_id, worker, document_sha256, company_number, direction,"
                " budget_ends_at, settled_at, 'refused', 'x' FROM attempt WHERE invoice_id = :sent"
            )
        ],
        {"attempt_unrecorded", "attempt_changed"},
    ),
    "an answer is replaced": (
        [
            (
                "UPDATE payload SET content = 'no', size = 2, sha256 = encode(sha256('no'), 'hex')"
                " WHERE id = (SELECT answer_id FROM attempt WHERE answer_id IS NOT NULL LIMIT 1)"
            )
        ],
        {"answer_changed"},
    ),
    "the bytes of an answer are replaced": (
        [
            (
                "UPDATE payload SET content = 'no'"
                " WHERE id = (SELECT answer_id FROM attempt WHERE answer_id IS NOT NULL LIMIT 1)"
            )
        ],
        {"bytes_changed"},
    ),
    "a decision is changed": (["UPDATE decision SET actor = 'nobody'"], {"decision_changed"}),
    "a decision is taken away": (["DELETE FROM decision"], {"decision_missing"}),
    "a decision is made up": (
        [
            (
                "INSERT INTO decision (invoice_id, decision, saw_state, actor, reason_id)"
                " SELECT invoice_id, 'dismiss', saw_state, actor, reason_id FROM decision LIMIT 1"
            )
        ],
        {"decision_unrecorded"},
    ),
    "a reason is changed": (
        ["UPDATE payload SET content = 'other' WHERE id IN (SELECT reason_id FROM decision)"],
        {"reason_changed"},
    ),
    "a reason and its hash are changed": (
        [
            (
                "UPDATE payload SET content = 'other', sha256 = encode(sha256('other'), 'hex')"
                " WHERE id IN (SELECT reason_id FROM decision)"
            )
        ],
        {"decision_changed"},
    ),
    "a verdict is changed": (
        ["UPDATE verdict SET verdict = 'valid' WHERE verdict = 'invalid'"],
        {"verdict_changed"},
    ),
    "the findings of a verdict are taken away": (
        ["UPDATE verdict SET findings = '[]' WHERE verdict = 'invalid'"],
        {"verdict_changed"},
    ),
    "a verdict is taken away": (["DELETE FROM verdict WHERE verdict = 'invalid'"], {"verdict_missing"}),
    "the bytes of a document are changed": (
        [
            (
                "UPDATE payload SET content = '<other/>' WHERE id = (SELECT d.payload_id FROM document d"
                " JOIN invoice i ON i.document_id = d.id WHERE i.id = :sent)"
            )
        ],
        {"bytes_changed"},
    ),
    "a document's bytes and their hash are changed": (
        [
            (
                "UPDATE payload SET content = '<other/>', size = 8, sha256 = encode(sha256('<other/>'), 'hex')"
                " WHERE id = (SELECT d.payload_id FROM document d"
                " JOIN invoice i ON i.document_id = d.id WHERE i.id = :sent)"
            )
        ],
        {"document_changed", "bytes_changed"},
    ),
    "what waits for its seal is forgotten": (["DELETE FROM unsealed"], {"not_queued"}),
}


@pytest.mark.usefixtures("history")
class TestTampering:
    def test_what_nobody_touched_is_clean(self, ledger):
        assert problems(ledger) == []

    def test_each_kind_is_found_and_named_and_nothing_else(self, history, tampered):
        wrong = {}
        for name, (statements, expected) in TAMPERINGS.items():
            ids = {str(key): value for key, value in history.items()}
            used = {key: ids[key] for key in ids if any(f":{key}" in each for each in statements)}
            found = {each.kind for each in tampered(*statements, **used)}
            if found != expected:
                wrong[name] = sorted(found ^ expected)
        assert not wrong, "\n".join(f"{name}: {kinds}" for name, kinds in wrong.items())

    def test_the_invoice_the_place_and_both_values_are_told(self, history, tampered, arrange):
        sent = history[State.SENT]
        (problem,) = tampered("UPDATE invoice SET receipt = 'other' WHERE id = :id", id=sent)
        receipt = arrange.row(sent).receipt
        assert problem.as_json() == {
            "problem": "receipt_differs",
            "invoice_id": str(sent),
            "place": "the invoice",
            "found": "other verified true",
            "expected": f"{receipt} verified true",
        }

    def test_of_swapped_events_each_names_the_place_where_it_belongs(self, history, tampered):
        sent, failed = history[State.SENT], history[State.FAILED]
        found = tampered(_swap("(:sent, 2)", "(:failed, 3)"), sent=sent, failed=failed)
        swapped = {
            (each.invoice_id, each.place): each.found for each in found if each.kind == "event_swapped"
        }
        assert swapped == {
            (sent, "event 2"): f"the content of event 3 of invoice {failed}",
            (failed, "event 3"): f"the content of event 2 of invoice {sent}",
        }

    def test_what_was_erased_is_no_tampering(self, ledger, owner):
        with owner.begin() as connection:
            connection.execute(text("UPDATE payload SET content = NULL, erased_at = now()"))
        assert problems(ledger) == []

    def test_bytes_are_read_only_on_demand(self, ledger, owner):
        with owner.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text("UPDATE payload SET content = '<other/>' WHERE media_type LIKE '%xml'"))
        assert problems(ledger, documents=False) == []
        assert {each.kind for each in problems(ledger)} == {"bytes_changed"}

    def test_the_totals_say_how_much_was_looked_at(self, ledger, arrange):
        with at_one_moment(ledger) as connection:
            told = totals(connection)
            newest = last_seal(connection)
        ((invoices, events),) = arrange.all(
            "SELECT (SELECT count(*) FROM invoice), (SELECT count(*) FROM audit_event)"
        )
        assert (told.invoices, told.events, told.unsealed_events) == (invoices, events, 4)
        assert (told.seals, told.last_seal) == (newest.number, newest)

    def test_what_is_written_meanwhile_does_not_disturb(self, ledger, arrange):
        with at_one_moment(ledger) as connection:
            before = totals(connection)
            arrange.in_state("sent")
            assert list(verify(connection)) == []
            assert totals(connection) == before


@pytest.mark.usefixtures("history")
class TestAnchors:
    def test_a_seal_that_was_noted_down_is_still_there(self, ledger):
        with ledger.reading() as connection:
            noted = last_seal(connection)
        assert problems(ledger, noted) == []

    def test_one_that_is_gone_or_another_now_is_told(self, ledger):
        kinds = [each.kind for each in problems(ledger, LastSeal(1, "0" * 64), LastSeal(999, "0" * 64))]
        assert kinds == ["anchor_differs", "anchor_missing"]

    def test_who_rewrites_everything_with_all_its_hashes_is_found_by_the_anchor_alone(self, ledger, owner):
        with ledger.reading() as connection:
            noted = last_seal(connection)
        with owner.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text("UPDATE audit_event SET actor = 'nobody' WHERE decision_id IS NULL"))
            connection.execute(text(_REHASH_EVERYTHING))
        assert problems(ledger) == []
        assert [each.kind for each in problems(ledger, noted)] == ["anchor_differs"]


_REHASH_EVERYTHING = """
DO $$
DECLARE event audit_event%ROWTYPE; one seal%ROWTYPE; before text;
BEGIN
    FOR event IN SELECT * FROM audit_event ORDER BY invoice_id, sequence LOOP
        event.previous_hash := CASE WHEN event.sequence > 1 THEN before END;
        before := audit_hash(event);
        UPDATE audit_event SET previous_hash = event.previous_hash, hash = before WHERE id = event.id;
        UPDATE sealed_head SET hash = before WHERE (invoice_id, sequence) = (event.invoice_id, event.sequence);
    END LOOP;
    before := NULL;
    FOR one IN SELECT * FROM seal ORDER BY number LOOP
        one.previous_hash := before;
        before := seal_hash(one);
        UPDATE seal SET previous_hash = one.previous_hash, hash = before WHERE id = one.id;
    END LOOP;
END $$
"""

HASHED = {
    "audit_event": "invoice_id sequence at actor job_id from_state to_state why blocked_by decision_id evidence"
    " previous_hash hash",
    "attempt": "invoice_id job_id worker document_sha256 company_number direction claimed_at budget_ends_at"
    " settled_at outcome code message http_status receipt answer_id hash",
    "decision": "invoice_id decision saw_state actor reason_id",
    "seal": "number previous_hash hash heads sealed_at",
    "sealed_head": "seal_id invoice_id sequence hash",
    "invoice": "state receipt source source_id version document_id",
}
COLUMNS = [(table, column) for table, columns in HASHED.items() for column in columns.split()]

OTHER_VALUE = {
    "uuid": "gen_random_uuid()",
    "text": "CASE WHEN {0} IS NULL THEN '' ELSE {0} || 'x' END",
    "integer": "coalesce({0}, 0) + 100000",
    "bigint": "coalesce({0}, 0) + 100000",
    "jsonb": "CASE WHEN {0} IS NULL THEN '{{}}' ELSE {0} || '{{\"x\": 1}}' END",
    "timestamp with time zone": "coalesce({0}, 'epoch') + interval '1 microsecond'",
}


class TestAnyHistory:
    @pytest.mark.usefixtures("history")
    def test_a_change_of_any_column_is_found(self, owner):
        for table, column in COLUMNS:
            for chance in (3, 26):
                self.insist_that_a_change_is_found(owner, table, column, chance)

    # The ledger keeps what earlier examples did, so trying smaller ones shows nothing.
    @settings(
        max_examples=12,
        phases=[Phase.explicit, Phase.generate],
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(data=st.data())
    def test_is_clean_and_any_single_change_of_it_is_found(self, arrange, ledger, owner, data):
        for state in data.draw(st.lists(st.sampled_from(State), min_size=1, max_size=4)):
            invoice_id = arrange.in_state(state)
            if data.draw(st.booleans()):
                self.decide_something(arrange, invoice_id, data)
            if data.draw(st.booleans()):
                seal(ledger, SEALER, most=data.draw(st.integers(1, 3)))
        assert problems(ledger) == []

        changes = st.tuples(st.sampled_from(COLUMNS), st.integers(0, 10**6))
        for (table, column), chance in data.draw(st.lists(changes, min_size=3, max_size=3)):
            self.insist_that_a_change_is_found(owner, table, column, chance)

    def decide_something(self, arrange, invoice_id, data):
        fitting = {
            State.OUTCOME_UNKNOWN: ["arrived", "send_again", "dismiss"],
            State.HELD: ["release", "already_booked", "dismiss"],
            State.FAILED: ["release", "dismiss"],
            State.OUT_OF_SCOPE: ["release"],
        }.get(arrange.state(invoice_id))
        if fitting:
            arrange.decide(invoice_id, data.draw(st.sampled_from(fitting)), reason=str(uuid4()))

    def insist_that_a_change_is_found(self, owner, table, column, chance):
        settled = "WHERE settled_at IS NOT NULL" if table == "attempt" else ""
        with owner.connect() as connection, connection.begin() as transaction:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            places = connection.execute(text(f"SELECT ctid::text FROM {table} {settled}")).scalars().all()
            if places:
                kind = connection.execute(
                    text(
                        "SELECT data_type FROM information_schema.columns"
                        " WHERE table_name = :table AND column_name = :column"
                    ),
                    {"table": table, "column": column},
                ).scalar_one()
                other = OTHER_VALUE[kind].format(column)
                # States and the like are checked by constraints, which are not in the way of who owns the table.
                connection.execute(text(_DROP_CHECKS.format(table)))
                connection.execute(
                    text(f"UPDATE {table} SET {column} = {other} WHERE ctid = CAST(:place AS tid)"),
                    {"place": sorted(places)[chance % len(places)]},
                )
                assert list(verify(connection)), (table, column)
            transaction.rollback()


_DROP_CHECKS = """
DO $$
DECLARE name text;
BEGIN
    FOR name IN SELECT conname FROM pg_constraint WHERE conrelid = '{0}'::regclass AND contype = 'c' LOOP
        EXECUTE 'ALTER TABLE {0} DROP CONSTRAINT ' || name;
    END LOOP;
END $$
"""
