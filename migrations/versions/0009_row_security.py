"""Row security: what a caller of the facade sees, and the columns and indexes by which lists stay fast under it.

Revision ID: 0009
Revises: 0008
"""

from collections.abc import Sequence
from typing import Any

from alembic import op
from sqlalchemy import Connection, Row, text

from invoices.facts import Facts
from invoices.words import supplier_number, words_of_invoice

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# As scalar subqueries they are asked once per statement, not once per row.
_ALL = "(SELECT facade_sees_all())"
_THEIRS = f"({_ALL} OR company_number = ANY ((SELECT facade_companies())::text[]))"

SEEN: dict[str, str] = {
    "invoice": _THEIRS,
    "attempt": _THEIRS,
    "audit_event": f"({_ALL} OR EXISTS (SELECT FROM invoice i WHERE i.id = audit_event.invoice_id))",
    "decision": f"({_ALL} OR EXISTS (SELECT FROM invoice i WHERE i.id = decision.invoice_id))",
    "job_invoice": f"({_ALL} OR EXISTS (SELECT FROM invoice i WHERE i.id = job_invoice.invoice_id))",
    "document": f"({_ALL} OR EXISTS (SELECT FROM invoice i WHERE i.document_id = document.id))",
    "verdict": f"({_ALL} OR EXISTS (SELECT FROM invoice i WHERE i.document_id = verdict.document_id))",
    "payload": (
        f"({_ALL} OR EXISTS (SELECT FROM document d WHERE d.payload_id = payload.id)"  # noqa: S608 - no input
        " OR EXISTS (SELECT FROM decision d WHERE d.reason_id = payload.id))"
    ),
    "run_request": f"({_ALL} OR asked_by = (SELECT facade_account()))",
    "job": f"({_ALL} OR EXISTS (SELECT FROM run_request r WHERE r.job_id = job.id))",
    "rejected_record": _ALL,
    "reconciliation": _ALL,
    "source_position": _ALL,
    "pace": _ALL,
    "breaker": _ALL,
}
"""What the facade's caller sees of each table that it may read, as a condition."""

UNSEEN = ("route", "seal", "sealed_head", "unsealed", "invoice_words")
"""Tables of which the facade reads nothing."""

_NAMES_THEIRS = (
    "source_ids IS NULL AND NOT EXISTS (SELECT FROM unnest(invoice_ids) AS named (id)"
    " WHERE NOT EXISTS (SELECT FROM invoice i WHERE i.id = named.id))"
)

WRITTEN = f"""
GRANT UPDATE (state, why, reason, blocked_by, release_id, override_id, next_attempt_at, receipt, receipt_verified)
    ON invoice TO waybill_facade;
GRANT INSERT (id, content, media_type, size, sha256) ON payload TO waybill_facade;
GRANT INSERT (invoice_id, decision, saw_state, actor, reason_id) ON decision TO waybill_facade;
CREATE POLICY invoice_decided_by_facade ON invoice FOR UPDATE TO waybill_facade
    USING {_THEIRS} WITH CHECK {_THEIRS};
CREATE POLICY payload_by_facade ON payload FOR INSERT TO waybill_facade WITH CHECK (media_type = 'text/plain');
CREATE POLICY decision_by_facade ON decision FOR INSERT TO waybill_facade WITH CHECK {SEEN["decision"]};
CREATE POLICY run_request_by_facade ON run_request FOR INSERT TO waybill_facade
    WITH CHECK ({_ALL} OR asked_by = (SELECT facade_account()) AND {_NAMES_THEIRS});
"""
"""What the facade writes: decisions with their reasons, what they make of an invoice, and requests for runs."""

UNWRITTEN = """
DROP POLICY invoice_decided_by_facade ON invoice;
DROP POLICY payload_by_facade ON payload;
DROP POLICY decision_by_facade ON decision;
DROP POLICY run_request_by_facade ON run_request;
GRANT SELECT, INSERT ON run_request TO waybill_facade;
"""

ACCOUNT = """
CREATE FUNCTION facade_account() RETURNS uuid LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    IF public.caller_is_sealed() THEN
        RETURN current_setting('waybill.account', true)::uuid;
    END IF;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION facade_account IS 'The account or API key that was let in for this transaction.';
"""

# No caller sorts or filters by numeric, whose comparison may not run before row security has chosen the rows.
COLUMNS = """
ALTER TABLE invoice
    ADD COLUMN supplier_name text,
    ADD COLUMN supplier_number text,
    ADD COLUMN by_number text NOT NULL
        GENERATED ALWAYS AS (left(coalesce(number, stated_number, ''), 200)) STORED,
    ADD COLUMN by_issue_date date NOT NULL
        GENERATED ALWAYS AS (coalesce(issue_date, '0001-01-01'::date)) STORED,
    ADD COLUMN by_amount double precision NOT NULL
        GENERATED ALWAYS AS (coalesce(payable_amount::double precision, '-Infinity')) STORED;
COMMENT ON COLUMN invoice.by_number IS 'Sorts where number is unknown too; so do by_issue_date and by_amount.';

CREATE TABLE invoice_words (
    invoice_id  uuid CONSTRAINT pk_invoice_words PRIMARY KEY
                CONSTRAINT fk_invoice_words_invoice_id_invoice REFERENCES invoice,
    words       tsvector NOT NULL
);
COMMENT ON TABLE invoice_words IS 'The words by which an invoice is found; beside it, as it is written far more often.';
"""

INDEXES = """
DROP INDEX ix_invoice_company_number_state;
CREATE INDEX ix_invoice_state_created_at ON invoice (state, created_at, arrival) INCLUDE (company_number);
CREATE INDEX ix_invoice_state_updated_at ON invoice (state, updated_at, arrival) INCLUDE (company_number);
CREATE INDEX ix_invoice_state_by_issue_date ON invoice (state, by_issue_date, arrival) INCLUDE (company_number);
CREATE INDEX ix_invoice_state_by_amount ON invoice (state, by_amount, arrival) INCLUDE (company_number);
CREATE INDEX ix_invoice_state_by_number ON invoice (state, by_number, arrival) INCLUDE (company_number);
CREATE INDEX ix_invoice_company_number_created_at ON invoice (company_number, state, created_at, arrival);
CREATE INDEX ix_invoice_company_number_updated_at ON invoice (company_number, state, updated_at, arrival);
CREATE INDEX ix_invoice_company_number_by_issue_date ON invoice (company_number, state, by_issue_date, arrival);
CREATE INDEX ix_invoice_company_number_by_amount ON invoice (company_number, state, by_amount, arrival);
CREATE INDEX ix_invoice_company_number_by_number ON invoice (company_number, state, by_number, arrival);
CREATE INDEX ix_invoice_words ON invoice_words USING gin (words);
CREATE INDEX ix_document_payload_id ON document (payload_id);
CREATE INDEX ix_decision_reason_id ON decision (reason_id);
"""

# Matching words tells of rows, so it may not run on those of others: these ask for the caller's own alone.
SEARCH = """
CREATE FUNCTION facade_finds(wanted text, named text, at_most integer) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    sees_all boolean := facade_sees_all();
    theirs   text[] := facade_companies();
    query    tsquery := wanted::tsquery;
BEGIN
    IF NOT sees_all THEN
        IF cardinality(theirs) = 0 THEN
            RETURN;
        END IF;
        query := query
            && (SELECT string_agg(quote_literal('c:' || each), ' | ') FROM unnest(theirs) AS each)::tsquery;
    END IF;
    RETURN QUERY
        WITH RECURSIVE sources (source) AS (
            (SELECT i.source FROM invoice i ORDER BY i.source LIMIT 1)
            UNION ALL
            SELECT (SELECT i.source FROM invoice i WHERE i.source > s.source ORDER BY i.source LIMIT 1)
            FROM sources s WHERE s.source IS NOT NULL
        ), called (id) AS (
            SELECT i.id FROM sources s JOIN invoice i ON i.source = s.source AND i.source_id = named
            UNION SELECT i.id FROM invoice i WHERE i.destination = 'clearfacts' AND i.receipt = named
            UNION SELECT i.id FROM invoice i WHERE i.id = CASE
                WHEN named ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN named::uuid END
        )
        SELECT i.id FROM called JOIN invoice i USING (id) WHERE sees_all OR i.company_number = ANY (theirs)
        LIMIT at_most;
    IF sees_all THEN
        RETURN QUERY SELECT w.invoice_id FROM invoice_words w WHERE w.words @@ query LIMIT at_most;
    ELSE
        RETURN QUERY SELECT w.invoice_id FROM invoice_words w JOIN invoice i ON i.id = w.invoice_id
            WHERE w.words @@ query AND i.company_number = ANY (theirs) LIMIT at_most;
    END IF;
END $$;
COMMENT ON FUNCTION facade_finds IS
    'Invoices that the caller sees and that are called so or whose words match: in no order, at most twice at_most.';

CREATE FUNCTION facade_has_words(its_id uuid, wanted text) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT FROM invoice_words w WHERE w.invoice_id = its_id AND w.words @@ wanted::tsquery)
        AND (facade_sees_all() OR EXISTS (
            SELECT FROM invoice i WHERE i.id = its_id AND i.company_number = ANY (facade_companies())));
END $$;
"""

_FUNCTIONS = ("facade_account()", "facade_finds(text, text, integer)", "facade_has_words(uuid, text)")

_FOR_ROLE = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
        {statements}
    END IF;
END $$;
"""

DROP = """
DROP FUNCTION facade_has_words(uuid, text);
DROP FUNCTION facade_finds(text, text, integer);
DROP TABLE invoice_words;
DROP INDEX ix_document_payload_id;
DROP INDEX ix_decision_reason_id;
DROP INDEX ix_invoice_state_created_at;
DROP INDEX ix_invoice_state_updated_at;
DROP INDEX ix_invoice_company_number_created_at;
DROP INDEX ix_invoice_company_number_updated_at;
ALTER TABLE invoice DROP COLUMN supplier_name, DROP COLUMN supplier_number,
    DROP COLUMN by_number, DROP COLUMN by_issue_date, DROP COLUMN by_amount;
CREATE INDEX ix_invoice_company_number_state ON invoice (company_number, state);
DROP FUNCTION facade_account();
"""

_AT_ONCE = 5_000

_KNOWN = text("""
SELECT i.id, i.arrival, i.number, i.stated_number, i.source_id, i.company_number, d.facts
FROM invoice i JOIN document d ON d.id = i.document_id
WHERE i.arrival > :after ORDER BY i.arrival LIMIT :limit
""")

_FILL_IN = text("""
WITH given AS (
    SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:names AS text[]), CAST(:numbers AS text[]),
                         CAST(:words AS text[])) AS t (id, name, number, words)
), filled AS (
    UPDATE invoice i SET supplier_name = g.name, supplier_number = g.number FROM given g
    WHERE i.id = g.id AND (g.name IS NOT NULL OR g.number IS NOT NULL)
)
INSERT INTO invoice_words (invoice_id, words) SELECT id, array_to_tsvector(string_to_array(words, ' ')) FROM given
""")


def upgrade() -> None:
    """Add policies for both roles, and what lists and searches go by; fill it in for what is there."""
    op.execute(ACCOUNT)
    op.execute(COLUMNS)
    _fill_in(op.get_bind())
    op.execute(INDEXES)
    op.execute(SEARCH)
    for function in _FUNCTIONS:
        op.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC")
    for table in (*SEEN, *UNSEEN):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(_FOR_ROLE.format(role="waybill_app", statements=_of_the_application()))
    op.execute(_FOR_ROLE.format(role="waybill_facade", statements=_of_the_facade()))


def _of_the_application() -> str:
    policies = (
        f"CREATE POLICY {table}_of_app ON {table} TO waybill_app USING (true);" for table in (*SEEN, *UNSEEN)
    )
    return "\n".join([*policies, "GRANT SELECT, INSERT, UPDATE ON invoice_words TO waybill_app;"])


def _of_the_facade() -> str:
    seen = (
        f"GRANT SELECT ON {table} TO waybill_facade;"
        f"CREATE POLICY {table}_of_facade ON {table} FOR SELECT TO waybill_facade USING ({condition});"
        for table, condition in SEEN.items()
    )
    called = (f"GRANT EXECUTE ON FUNCTION {function} TO waybill_facade;" for function in _FUNCTIONS)
    return "\n".join([*seen, *called, WRITTEN, "GRANT SELECT ON ledger, transition TO waybill_facade;"])


def _fill_in(connection: Connection) -> None:
    """What is known of the invoices that are there; it is no change of theirs, so they are not touched."""
    connection.execute(text("ALTER TABLE invoice DISABLE TRIGGER USER"))
    after = 0
    while rows := connection.execute(_KNOWN, {"after": after, "limit": _AT_ONCE}).all():
        connection.execute(_FILL_IN, _known(rows))
        after = rows[-1].arrival
    connection.execute(text("ALTER TABLE invoice ENABLE TRIGGER USER"))


def _known(rows: Sequence[Row[Any]]) -> dict[str, list[Any]]:
    sellers = [Facts.from_json(row.facts).seller if row.facts else None for row in rows]
    return {
        "ids": [row.id for row in rows],
        "names": [seller and seller.name for seller in sellers],
        "numbers": [seller and supplier_number(seller) for seller in sellers],
        "words": [
            words_of_invoice((row.number, row.stated_number, row.source_id), seller, row.company_number)
            for row, seller in zip(rows, sellers, strict=True)
        ],
    }


def downgrade() -> None:
    """Take all of it away; the roles keep the rights that earlier migrations gave them."""
    for table in (*SEEN, *UNSEEN):
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    op.execute(_FOR_ROLE.format(role="waybill_app", statements=_without_policies("app", (*SEEN, *UNSEEN))))
    op.execute(_FOR_ROLE.format(role="waybill_facade", statements=_without_the_facade()))
    op.execute(DROP)


def _without_policies(role: str, tables: Sequence[str]) -> str:
    return "\n".join(f"DROP POLICY {table}_of_{role} ON {table};" for table in tables)


def _without_the_facade() -> str:
    revoked = (f"REVOKE ALL ON {table} FROM waybill_facade;" for table in (*SEEN, "ledger", "transition"))
    return "\n".join([_without_policies("facade", tuple(SEEN)), *revoked, UNWRITTEN])
