"""What cannot be rewritten: the audit trail, settled attempts, documents; and what may be erased."""

import json
from datetime import UTC
from hashlib import sha256
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from db.ledger import APPLICATION_ROLE
from invoices.lifecycle import State

INSUFFICIENT_PRIVILEGE = "42501"


@pytest.fixture
def sql(as_owner, by_sql):
    return by_sql(as_owner)


@pytest.fixture
def as_role(sql):
    """Runs a statement as the owner or as the application; returns how it was refused, None if it was not."""

    def run(role, statement, **parameters):
        if role == "application":
            sql.connection.execute(text(f"SET LOCAL ROLE {APPLICATION_ROLE}"))
        try:
            with sql.connection.begin_nested():
                sql.connection.execute(text(statement), parameters)
        except IntegrityError:
            return "by the data"
        except ProgrammingError as refusal:
            return "for want of rights" if refusal.orig.sqlstate == INSUFFICIENT_PRIVILEGE else str(refusal)
        finally:
            sql.connection.execute(text("RESET ROLE"))
        return None

    return run


@pytest.fixture
def history(sql):
    """An invoice that went all the way, with a settled attempt and a decision."""
    invoice = sql.invoice("sent")
    sql.settled_attempt(invoice, outcome="accepted", receipt="a-uuid", code="ok", http_status=200)
    sql.decision(invoice)
    return invoice


@pytest.mark.parametrize("role", ["owner", "application"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET actor = 'nobody'",
        "UPDATE audit_event SET updated_at = now()",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event",
        "UPDATE attempt SET outcome = 'unknown', receipt = NULL",
        "UPDATE attempt SET settled_at = NULL, outcome = NULL, receipt = NULL",
        "UPDATE attempt SET message = 'nothing happened'",
        "DELETE FROM attempt",
        "TRUNCATE attempt",
        "DELETE FROM invoice",
        "TRUNCATE invoice CASCADE",
        "TRUNCATE document CASCADE",
        "TRUNCATE payload CASCADE",
        "UPDATE invoice SET source = 'folder'",
        "UPDATE invoice SET source_id = 'another'",
        "UPDATE invoice SET version = 2",
        "UPDATE invoice SET destination = 'elsewhere'",
        "UPDATE invoice SET document_id = (SELECT id FROM document WHERE id <> document_id LIMIT 1)",
        "UPDATE document SET size = size + 1",
        "UPDATE document SET sha256 = repeat('0', 64)",
        "UPDATE document SET payload_id = (SELECT reason_id FROM decision)",
        "DELETE FROM document",
        "UPDATE payload SET content = 'other'",
        "UPDATE payload SET sha256 = repeat('0', 64)",
        "UPDATE payload SET size = 0",
        "DELETE FROM payload",
        "UPDATE decision SET actor = 'nobody'",
        "DELETE FROM decision",
        "TRUNCATE decision CASCADE",
    ],
)
def test_history_is_neither_changed_nor_taken_away(sql, history, as_role, role, statement):
    sql.document()
    expected = {"owner": {"by the data"}, "application": {"by the data", "for want of rights"}}
    assert as_role(role, statement) in expected[role]


@pytest.mark.parametrize(
    "statement",
    [
        (
            "INSERT INTO audit_event (invoice_id, sequence, at, actor, to_state, why, hash)"
            " VALUES (:invoice, 99, now(), 'nobody', 'dismissed', 'dismissed', 'x')"
        ),
        "INSERT INTO transition VALUES ('sent', 'ready')",
        "UPDATE transition SET to_state = 'sent'",
        "DELETE FROM transition",
        "INSERT INTO ledger DEFAULT VALUES",
        "UPDATE ledger SET created_at = now()",
        "ALTER TABLE audit_event DISABLE TRIGGER ALL",
        "ALTER TABLE invoice DISABLE TRIGGER invoice_move_is_audited",
        "DROP TRIGGER invoice_move_is_audited ON invoice",
        "DROP TABLE audit_event",
        "CREATE OR REPLACE FUNCTION audit_invoice() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE TABLE of_its_own (id int)",
        "SET session_replication_role = replica",
        "DROP INDEX uq_invoice_live_identity",
    ],
)
def test_the_application_cannot_go_round_the_guards(history, as_role, statement):
    assert as_role("application", statement, invoice=history) == "for want of rights"


def test_the_application_owns_nothing_and_is_no_superuser(as_owner):
    owned = as_owner.execute(
        text("SELECT relname FROM pg_class WHERE relowner = CAST(:role AS regrole)"),
        {"role": APPLICATION_ROLE},
    ).all()
    flags = as_owner.execute(
        text("SELECT rolsuper, rolcreaterole, rolcreatedb, rolcanlogin FROM pg_roles WHERE rolname = :role"),
        {"role": APPLICATION_ROLE},
    ).one()
    assert owned == []
    assert tuple(flags) == (False, False, False, False)


def test_the_ledger_connects_as_the_application(ledger):
    with ledger.reading() as connection:
        assert connection.execute(text("SELECT current_user")).scalar_one() == APPLICATION_ROLE


def test_an_attempt_enters_open_so_that_none_lacks_its_seal(sql):
    with pytest.raises(IntegrityError, match="INSERT on attempt is refused"):
        sql.attempt(sql.invoice(), settled_at="2026-03-14T09:26:53Z", outcome="refused", hash="made up")


def moment(value):
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")


def hashed(*fields):
    """The SHA-256 of the fields as an array of JSON, as PostgreSQL writes it."""
    plain = [str(each) if isinstance(each, UUID) else each for each in fields]
    return sha256(json.dumps(plain, ensure_ascii=False).encode()).hexdigest()


def hash_of_event(event):
    return hashed(
        event.previous_hash, event.invoice_id, event.sequence, moment(event.at), event.actor, event.job_id,
        event.from_state, event.to_state, event.why, event.blocked_by, event.decision_id, event.evidence,
    )  # fmt: skip


def hash_of_attempt(attempt):
    return hashed(
        attempt.id, attempt.invoice_id, attempt.job_id, attempt.worker, attempt.document_sha256,
        attempt.company_number, attempt.direction, moment(attempt.claimed_at), moment(attempt.budget_ends_at),
        moment(attempt.settled_at), attempt.outcome, attempt.code, attempt.message, attempt.http_status,
        attempt.receipt, attempt.answer_id,
    )  # fmt: skip


def test_the_events_of_an_invoice_are_a_chain_of_hashes_that_anyone_can_recompute(arrange):
    ids = [arrange.in_state(state) for state in State]
    unknown = ids[list(State).index(State.OUTCOME_UNKNOWN)]
    arrange.decide(unknown, "arrived", receipt="été-uuid")
    for invoice_id in ids:
        previous = None
        for position, event in enumerate(arrange.events(invoice_id), start=1):
            assert (event.sequence, event.previous_hash) == (position, previous)
            assert event.hash == hash_of_event(event)
            previous = event.hash
        assert previous is not None


def test_a_settled_attempt_holds_the_hash_of_what_it_says_and_an_open_one_none(arrange):
    for outcome in ("accepted", "refused", "not_delivered", "unknown"):
        arrange.settle(arrange.claim(arrange.in_state("ready")), outcome, answer=b"said", http_status=200)
    arrange.claim(arrange.in_state("ready"))
    attempts = arrange.all("SELECT * FROM attempt ORDER BY claimed_at")
    assert [attempt.hash for attempt in attempts] == [*map(hash_of_attempt, attempts[:4]), None]
    assert len({attempt.hash for attempt in attempts}) == 5


def test_the_actor_of_a_transaction_stands_on_its_events_and_not_on_the_next_ones(arrange, ledger):
    job = uuid4()
    arrange.run(
        "INSERT INTO job (id, flow_run_id, run_count, flow, requested_by, parameters)"
        " VALUES (:id, :id, 1, 'f', 'an', CAST(:parameters AS jsonb))",
        id=job,
        parameters=json.dumps({}),
    )
    (first,) = arrange.arrive(arrange.record(), actor=type(arrange.actor)("run one", job))
    with ledger.engine.begin() as connection:
        assert connection.execute(text("SELECT current_setting('waybill.actor', true)")).scalar_one() in {
            None,
            "",
        }
    (second,) = arrange.arrive(arrange.record())
    assert [(event.actor, event.job_id) for event in arrange.events(first)] == [("run one", job)]
    assert [(event.actor, event.job_id) for event in arrange.events(second)] == [("a run", None)]


@pytest.mark.parametrize("role", ["owner", "application"])
def test_a_payload_is_erased_by_its_owner_alone_its_hash_and_size_stay_and_it_never_comes_back(
    sql, as_role, role
):
    payload = sql.payload(b"a name")
    erase = "UPDATE payload SET content = NULL, erased_at = now() WHERE id = :id"
    assert as_role("application", erase, id=payload) == "by the data"
    assert as_role("owner", erase, id=payload) is None
    row = sql.connection.execute(text("SELECT * FROM payload WHERE id = :id"), {"id": payload}).one()
    assert (row.content, row.size, row.sha256) == (None, 6, sha256(b"a name").hexdigest())
    restore = "UPDATE payload SET content = CAST('a name' AS bytea), erased_at = NULL WHERE id = :id"
    assert as_role(role, restore, id=payload) == "by the data"


def test_what_is_not_history_may_be_changed(sql, as_role, history):
    assert as_role("application", "UPDATE payload SET media_type = 'text/html'") is None
    assert as_role("application", "UPDATE invoice SET reason = 'in other words'") is None
    assert as_role("application", "UPDATE document SET facts = NULL") is None
    sql.insert("route", enabled=True)
    assert as_role("application", "DELETE FROM route") is None
