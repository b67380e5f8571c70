"""What the database itself refuses, whoever asks: each invariant is tried to be broken by plain SQL."""

import re
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from db.ledger import constraint_of
from invoices.lifecycle import LIVE, State

LINK_TABLES = {
    "transition", "job_invoice", "unsealed", "sealed_head", "caller_seal", "sign_in_throttle", "invoice_words",
    "outbox", "outbox_channel", "timing",
}  # fmt: skip
NO_AMOUNTS = {("invoice", "by_amount"), ("webhook_attempt", "seconds"), ("timing", "seconds")}
"""Floating columns: what invoices are sorted by, and how long calls and stages took."""
AS_WRITTEN = {("outbox", "body"), ("timing", "buckets")}
"""An event keeps the order of its fields, and a histogram is an array."""
OURS = "n.nspname = 'public' AND t.relname <> 'alembic_version'"


@pytest.fixture
def sql(as_owner, by_sql):
    return by_sql(as_owner)


def constraint_broken_by(sql, function, *arguments, **columns):
    with pytest.raises(IntegrityError) as violation, sql.connection.begin_nested():
        function(*arguments, **columns)
    return constraint_of(violation.value)


@pytest.mark.parametrize("first", sorted(LIVE))
@pytest.mark.parametrize("second", sorted(LIVE))
def test_an_identity_is_live_at_a_destination_once(sql, first, second):
    sql.invoice(first, identity_key="same")
    assert constraint_broken_by(sql, sql.invoice, second, identity_key="same") == "uq_invoice_live_identity"


@pytest.mark.parametrize("first", sorted(LIVE))
@pytest.mark.parametrize("second", sorted(LIVE))
def test_a_record_is_live_at_a_destination_once_whatever_its_version_and_identity(sql, first, second):
    sql.invoice(first, source_id="same", version=1)
    broken = constraint_broken_by(sql, sql.invoice, second, source_id="same", version=2)
    assert broken == "uq_invoice_live_record"


@pytest.mark.parametrize("same", ["identity_key", "source_id"])
def test_another_destination_is_another_matter(sql, same):
    sql.invoice("sent", **{same: "same"})
    assert sql.invoice("sent", **{same: "same"}, destination="elsewhere")


def test_the_same_id_of_another_source_is_another_record(sql):
    sql.invoice("sent", source_id="same")
    assert sql.invoice("sent", source_id="same", source="folder")


@pytest.mark.parametrize("state", sorted(set(State) - LIVE))
def test_invoices_that_are_not_live_may_share_identity_and_record(sql, state):
    assert sql.invoice(state, identity_key="same", source_id="same", version=1)
    assert sql.invoice("sent", identity_key="same", source_id="same", version=2)


@pytest.mark.parametrize("same", ["identity_key", "source_id"])
def test_an_override_lets_one_more_be_live_and_no_third(sql, same):
    first = sql.invoice("sent", **{same: "same"})
    override = sql.decision(first)
    assert sql.invoice("sent", **{same: "same"}, override_id=override)
    broken = constraint_broken_by(sql, sql.invoice, "sent", **{same: "same"})
    assert broken == {"identity_key": "uq_invoice_live_identity", "source_id": "uq_invoice_live_record"}[same]


def test_an_override_is_for_one_invoice(sql):
    override = sql.decision(sql.invoice("sent"))
    sql.invoice(override_id=override)
    assert constraint_broken_by(sql, sql.invoice, override_id=override) == "uq_invoice_override_id"


def test_an_override_names_a_decision(sql):
    assert constraint_broken_by(sql, sql.invoice, override_id=uuid4()) == "fk_invoice_override_id_decision"
    assert constraint_broken_by(sql, sql.invoice, release_id=uuid4()) == "fk_invoice_release_id_decision"


@pytest.mark.parametrize("state", sorted(LIVE))
@pytest.mark.parametrize(
    ("missing", "constraint"),
    [
        ("identity_key", "ck_invoice_live_identity"),
        ("company_number", "ck_invoice_live_company"),
        ("direction", "ck_invoice_live_company"),
    ],
)
def test_nothing_is_live_without_identity_company_and_direction(sql, state, missing, constraint):
    assert constraint_broken_by(sql, sql.invoice, state, **{missing: None}) == constraint
    live = sql.invoice(state)
    assert constraint_broken_by(sql, sql.update, "invoice", live, **{missing: None}) == constraint


def test_nothing_is_sent_without_a_receipt_unless_a_person_saw_it(sql):
    broken = constraint_broken_by(sql, sql.invoice, "sent", receipt_verified=None)
    assert broken == "ck_invoice_sent_receipt"
    assert constraint_broken_by(sql, sql.invoice, "sent", receipt_verified=True) == "ck_invoice_sent_receipt"
    assert sql.invoice("sent", receipt_verified=False)
    assert sql.invoice("sent", receipt_verified=True, receipt="a-uuid")


def test_a_version_with_the_same_bytes_is_stored_once_and_with_other_bytes_again(sql):
    document = sql.document()
    version = {"source": "folder", "source_id": "a", "version": 3}
    sql.invoice(**version, document_id=document)
    broken = constraint_broken_by(sql, sql.invoice, **version, document_id=document)
    assert broken == "uq_invoice_source_source_id_version_document_id"
    assert sql.invoice(**version, document_id=sql.document())
    assert sql.invoice(**{**version, "version": 4}, document_id=document)


def test_a_receipt_is_for_one_invoice_of_a_destination(sql):
    sql.invoice("sent", receipt="a-uuid")
    assert constraint_broken_by(sql, sql.invoice, receipt="a-uuid") == "uq_invoice_destination_receipt"
    assert sql.invoice("sent", receipt="a-uuid", destination="elsewhere")


def test_an_invoice_has_one_open_attempt(sql):
    invoice = sql.invoice()
    sql.settled_attempt(invoice)
    sql.attempt(invoice)
    assert constraint_broken_by(sql, sql.attempt, invoice) == "uq_attempt_open"


@pytest.mark.parametrize(
    ("settlement", "constraint"),
    [
        ({"outcome": None}, "ck_attempt_settled"),
        ({"settled_at": None}, "ck_attempt_settled"),
        ({"outcome": "perhaps"}, "ck_attempt_outcome"),
        ({"outcome": "accepted"}, "ck_attempt_receipt"),
        ({"outcome": "refused", "receipt": "a-uuid"}, "ck_attempt_receipt"),
    ],
)
def test_an_attempt_is_settled_with_an_outcome_and_accepted_with_a_receipt(sql, settlement, constraint):
    assert constraint_broken_by(sql, sql.settled_attempt, sql.invoice(), **settlement) == constraint


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"version": 0}, "ck_invoice_version"),
        ({"company_number": "428759497"}, "ck_invoice_company_number"),
        ({"company_number": "2428759497"}, "ck_invoice_company_number"),
        ({"direction": "BOTH"}, "ck_invoice_direction"),
        ({"disposition": "perhaps"}, "ck_invoice_disposition"),
        ({"payable_amount": "121.00"}, "ck_invoice_amount_currency"),
        ({"document_id": uuid4()}, "fk_invoice_document_id_document"),
        ({"verdict_id": uuid4()}, "fk_invoice_verdict_id_verdict"),
        ({"blocked_by": uuid4()}, "fk_invoice_blocked_by_invoice"),
    ],
)
def test_an_invoice_keeps_no_absurd_value(sql, columns, constraint):
    assert constraint_broken_by(sql, sql.invoice, **columns) == constraint


def test_an_amount_with_its_currency_is_kept_to_the_digit(sql):
    invoice = sql.invoice(payable_amount="12345678901234567890.123456", currency="EUR")
    kept = sql.connection.execute(text("SELECT payable_amount FROM invoice WHERE id = :id"), {"id": invoice})
    assert str(kept.scalar_one()) == "12345678901234567890.123456"


def test_an_invoice_does_not_block_itself(sql):
    invoice = sql.invoice()
    assert (
        constraint_broken_by(sql, sql.update, "invoice", invoice, blocked_by=invoice)
        == "ck_invoice_blocked_by"
    )


def test_a_state_outside_the_thirteen_is_refused_even_without_triggers(sql):
    sql.connection.execute(text("ALTER TABLE invoice DISABLE TRIGGER USER"))
    for state in State:
        columns = {
            "destination": "d",
            "source": "s",
            "source_id": state,
            "version": 1,
            "why": "w",
            "receipt": state,
        }
        row = {
            **columns,
            "document_id": sql.document(),
            "identity_key": state,
            "company_number": "0428759497",
        }
        sql.insert("invoice", state=state, direction="SALE", **row)
        broken = constraint_broken_by(sql, sql.insert, "invoice", **{**row, "version": 2}, state=f"{state}s")
        assert broken == "ck_invoice_state"


def test_a_document_is_kept_once_by_its_hash(sql):
    document = {"sha256": "a" * 64, "size": 5, "payload_id": sql.payload()}
    sql.insert("document", **document)
    assert constraint_broken_by(sql, sql.insert, "document", **document) == "uq_document_sha256"
    shouted = {**document, "sha256": "A" * 64}
    assert constraint_broken_by(sql, sql.insert, "document", **shouted) == "ck_document_sha256"


def test_a_payload_has_content_unless_it_was_erased(sql):
    payload = {"media_type": "text/plain", "size": 5, "sha256": "a" * 64}
    assert constraint_broken_by(sql, sql.insert, "payload", **payload) == "ck_payload_erased"
    erased = {**payload, "erased_at": "2026-03-14T09:26:53Z"}
    assert constraint_broken_by(sql, sql.insert, "payload", content=b"bytes", **erased) == "ck_payload_erased"
    assert (
        constraint_broken_by(sql, sql.insert, "payload", **{**erased, "sha256": "?"}) == "ck_payload_sha256"
    )
    assert sql.insert("payload", **erased)


def test_rule_sets_give_one_verdict_of_three_on_a_document(sql):
    verdict = {"document_id": sql.document(), "rule_sets_key": "k", "rule_sets": "[]", "verdict": "valid"}
    sql.insert("verdict", **verdict)
    broken = constraint_broken_by(sql, sql.insert, "verdict", **verdict)
    assert broken == "uq_verdict_document_id_rule_sets_key"
    perhaps = {**verdict, "rule_sets_key": "k2", "verdict": "perhaps"}
    assert constraint_broken_by(sql, sql.insert, "verdict", **perhaps) == "ck_verdict_verdict"


def test_a_decision_is_one_of_five_and_has_a_reason(sql):
    decision = {"invoice_id": sql.invoice(), "saw_state": "held", "actor": "an", "reason_id": sql.payload()}
    broken = constraint_broken_by(sql, sql.insert, "decision", decision="forget", **decision)
    assert broken == "ck_decision_decision"
    reasonless = {**decision, "reason_id": uuid4()}
    broken = constraint_broken_by(sql, sql.insert, "decision", decision="release", **reasonless)
    assert broken == "fk_decision_reason_id_payload"


def test_a_run_has_one_job_and_an_ended_one_has_an_end(sql):
    job = {"flow_run_id": uuid4(), "run_count": 1, "flow": "f", "requested_by": "an", "parameters": "{}"}
    sql.insert("job", **job)
    assert constraint_broken_by(sql, sql.insert, "job", **job) == "uq_job_flow_run_id_run_count"
    again = {**job, "run_count": 2}
    assert constraint_broken_by(sql, sql.insert, "job", **again, state="completed") == "ck_job_ended"
    assert (
        constraint_broken_by(sql, sql.insert, "job", **again, state="gone", ended_at="now") == "ck_job_state"
    )


@pytest.mark.parametrize("company_number", [None, "0428759497"])
@pytest.mark.parametrize("direction", [None, "SALE"])
def test_a_company_and_direction_have_one_route_even_where_left_open(sql, company_number, direction):
    route = {"company_number": company_number, "direction": direction}
    sql.insert("route", **route)
    assert constraint_broken_by(sql, sql.insert, "route", **route) == "uq_route_company_number_direction"


@pytest.mark.parametrize(
    ("table", "columns", "constraint"),
    [
        ("ledger", {"single": True}, "uq_ledger_single"),
        ("ledger", {"single": False}, "ck_ledger_single"),
        ("route", {"company_number": "428759497"}, "ck_route_company_number"),
        ("route", {"direction": "BOTH"}, "ck_route_direction"),
        ("route", {"preset": "mild"}, "ck_route_preset"),
    ],
)
def test_settings_keep_no_absurd_value(sql, table, columns, constraint):
    assert constraint_broken_by(sql, sql.insert, table, **columns) == constraint


def test_constraints_and_indexes_are_named_by_one_convention(as_owner):
    prefixes = {"p": "pk", "u": "uq", "f": "fk", "c": "ck"}
    constraints = as_owner.execute(
        text(
            "SELECT contype::text AS kind, conname AS name, t.relname AS of FROM pg_constraint c"
            " JOIN pg_class t ON t.oid = c.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace"
            f" WHERE contype IN ('p', 'u', 'f', 'c') AND {OURS}"
        )
    ).all()
    indexes = as_owner.execute(
        text(
            "SELECT CASE WHEN indisunique THEN 'uq' ELSE 'ix' END AS prefix, i.relname AS name, t.relname AS of"
            " FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid"
            f" JOIN pg_namespace n ON n.oid = t.relnamespace WHERE NOT indisprimary AND {OURS}"
        )
    ).all()
    assert len(constraints) > 50
    assert len(indexes) > 15
    named = [(prefixes[row.kind], row) for row in constraints] + [(row.prefix, row) for row in indexes]
    assert [row.name for prefix, row in named if not re.match(rf"{prefix}_{row.of}(_|$)", row.name)] == []


def columns_of_tables(connection):
    rows = connection.execute(
        text(
            "SELECT t.relname AS of, a.attname AS name, format_type(a.atttypid, NULL) AS type, a.attnotnull AS needed"
            " FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace"
            " JOIN pg_attribute a ON a.attrelid = t.oid AND attnum > 0"
            f" WHERE t.relkind = 'r' AND {OURS}"
        )
    )
    tables = {}
    for row in rows:
        tables.setdefault(row.of, {})[row.name] = (row.type, row.needed)
    return tables


def test_every_table_but_pure_links_has_a_uuid_and_its_times(as_owner):
    tables = columns_of_tables(as_owner)
    assert len(tables) == 42
    expected = {
        "id": ("uuid", True),
        "created_at": ("timestamp with time zone", True),
        "updated_at": ("timestamp with time zone", True),
    }
    for table in tables.keys() - LINK_TABLES:
        assert {name: tables[table].get(name) for name in expected} == expected, table


def test_moments_have_their_zone_and_amounts_are_numeric(as_owner):
    tables = columns_of_tables(as_owner)
    types = {
        kind for table, columns in tables.items() for name, (kind, _) in columns.items()
        if (table, name) not in NO_AMOUNTS | AS_WRITTEN
    }  # fmt: skip
    assert types <= {
        "uuid", "text", "boolean", "integer", "smallint", "bigint", "numeric", "bytea", "jsonb", "date",
        "timestamp with time zone", "uuid[]", "text[]", "tsvector",
    }  # fmt: skip


def test_a_change_moves_updated_at_whatever_the_statement_says(sql):
    invoice = sql.invoice(updated_at="2000-01-01T00:00:00Z", created_at="2000-01-01T00:00:00Z")
    sql.update("invoice", invoice, reason="mended", updated_at="1999-01-01T00:00:00Z")
    row = sql.connection.execute(
        text(
            "SELECT updated_at = now() AS touched, created_at < updated_at AS later FROM invoice WHERE id = :id"
        ),
        {"id": invoice},
    ).one()
    assert (row.touched, row.later) == (True, True)
