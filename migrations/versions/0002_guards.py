"""Guards: triggers that keep the history true, and a role for the application that owns nothing.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TOUCHED = """
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END $$;
"""

TOUCHED_TABLES = (
    "ledger", "payload", "document", "verdict", "invoice", "job", "attempt", "rejected_record",
    "source_position", "route", "pace",
)  # fmt: skip

GUARDS = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: the history of the ledger does not change', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE ON audit_event
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_event_no_truncate BEFORE TRUNCATE ON audit_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER decision_append_only BEFORE UPDATE OR DELETE ON decision
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER decision_no_truncate BEFORE TRUNCATE ON decision
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER attempt_enters_open BEFORE INSERT ON attempt
    FOR EACH ROW WHEN (NEW.settled_at IS NOT NULL) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER attempt_settled_is_final BEFORE UPDATE ON attempt
    FOR EACH ROW WHEN (OLD.settled_at IS NOT NULL) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER attempt_no_delete BEFORE DELETE ON attempt
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER attempt_no_truncate BEFORE TRUNCATE ON attempt
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER invoice_no_delete BEFORE DELETE ON invoice
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER invoice_no_truncate BEFORE TRUNCATE ON invoice
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER invoice_keeps_its_source BEFORE UPDATE ON invoice
    FOR EACH ROW WHEN ((OLD.destination, OLD.source, OLD.source_id, OLD.version, OLD.document_id)
        IS DISTINCT FROM (NEW.destination, NEW.source, NEW.source_id, NEW.version, NEW.document_id))
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER document_keeps_its_bytes BEFORE UPDATE ON document
    FOR EACH ROW WHEN ((OLD.sha256, OLD.size, OLD.payload_id)
        IS DISTINCT FROM (NEW.sha256, NEW.size, NEW.payload_id))
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payload_is_erased_or_kept BEFORE UPDATE ON payload
    FOR EACH ROW WHEN (NEW.content IS NOT NULL AND NEW.content IS DISTINCT FROM OLD.content
        OR (OLD.sha256, OLD.size) IS DISTINCT FROM (NEW.sha256, NEW.size))
    EXECUTE FUNCTION refuse_change();

CREATE FUNCTION check_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM transition WHERE from_state = OLD.state AND to_state = NEW.state) THEN
        RAISE EXCEPTION 'invoice % may not move from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoice_moves_by_the_table BEFORE UPDATE ON invoice
    FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION check_transition();

CREATE FUNCTION check_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an invoice may not enter the ledger as %', NEW.state
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER invoice_enters_at_the_start BEFORE INSERT ON invoice
    FOR EACH ROW WHEN (NEW.state NOT IN ('received', 'superseded')) EXECUTE FUNCTION check_entry();

CREATE FUNCTION audit_invoice() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    last   audit_event%ROWTYPE;
    event  audit_event%ROWTYPE;
BEGIN
    SELECT * INTO last FROM audit_event WHERE invoice_id = NEW.id ORDER BY sequence DESC LIMIT 1;
    event.invoice_id := NEW.id;
    event.sequence := coalesce(last.sequence, 0) + 1;
    event.at := clock_timestamp();
    event.actor := coalesce(nullif(current_setting('waybill.actor', true), ''), session_user);
    event.job_id := nullif(current_setting('waybill.job', true), '')::uuid;
    IF TG_OP = 'UPDATE' THEN
        event.from_state := OLD.state;
    END IF;
    event.to_state := NEW.state;
    event.why := NEW.why;
    event.blocked_by := NEW.blocked_by;
    event.decision_id := nullif(current_setting('waybill.decision', true), '')::uuid;
    event.previous_hash := last.hash;
    event.hash := encode(sha256(convert_to(concat_ws(E'\\x1f',
        coalesce(event.previous_hash, ''), event.invoice_id, event.sequence,
        to_char(event.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), event.actor,
        coalesce(event.job_id::text, ''), coalesce(event.from_state, ''), event.to_state, event.why,
        coalesce(event.blocked_by::text, ''), coalesce(event.decision_id::text, '')), 'UTF8')), 'hex');
    INSERT INTO audit_event (invoice_id, sequence, at, actor, job_id, from_state, to_state, why, blocked_by,
                             decision_id, previous_hash, hash)
    VALUES (event.invoice_id, event.sequence, event.at, event.actor, event.job_id, event.from_state,
            event.to_state, event.why, event.blocked_by, event.decision_id, event.previous_hash, event.hash);
    RETURN NULL;
END $$;
CREATE TRIGGER invoice_entry_is_audited AFTER INSERT ON invoice
    FOR EACH ROW EXECUTE FUNCTION audit_invoice();
CREATE TRIGGER invoice_move_is_audited AFTER UPDATE ON invoice
    FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION audit_invoice();

CREATE FUNCTION seal_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.hash := encode(sha256(convert_to(concat_ws(E'\\x1f',
        NEW.id, NEW.invoice_id, coalesce(NEW.job_id::text, ''), NEW.worker, NEW.document_sha256,
        NEW.company_number, NEW.direction,
        to_char(NEW.claimed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
        to_char(NEW.settled_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), NEW.outcome,
        coalesce(NEW.code, ''), coalesce(NEW.message, ''), coalesce(NEW.http_status::text, ''),
        coalesce(NEW.receipt, ''), coalesce(NEW.answer_id::text, '')), 'UTF8')), 'hex');
    RETURN NEW;
END $$;
CREATE TRIGGER attempt_is_sealed BEFORE UPDATE ON attempt
    FOR EACH ROW WHEN (OLD.settled_at IS NULL AND NEW.settled_at IS NOT NULL)
    EXECUTE FUNCTION seal_attempt();
"""

UNGUARD = """
DROP TRIGGER attempt_is_sealed ON attempt;
DROP FUNCTION seal_attempt();
DROP TRIGGER invoice_entry_is_audited ON invoice;
DROP TRIGGER invoice_move_is_audited ON invoice;
DROP FUNCTION audit_invoice();
DROP TRIGGER invoice_enters_at_the_start ON invoice;
DROP FUNCTION check_entry();
DROP TRIGGER invoice_moves_by_the_table ON invoice;
DROP FUNCTION check_transition();
DROP FUNCTION refuse_change() CASCADE;
"""

ROLE = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'waybill_app') THEN
        CREATE ROLE waybill_app NOLOGIN;
    END IF;
    IF NOT pg_has_role(current_user, 'waybill_app', 'MEMBER') THEN
        GRANT waybill_app TO CURRENT_USER;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL; -- another ledger of this server made it at the same moment
WHEN insufficient_privilege THEN
    RAISE WARNING 'no role waybill_app for %: the application will act as the owner of the ledger', current_user;
END $$;
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'waybill_app') THEN
        GRANT USAGE ON SCHEMA public TO waybill_app;
        GRANT SELECT ON ALL TABLES IN SCHEMA public TO waybill_app;
        GRANT INSERT, UPDATE ON payload, document, verdict, invoice, decision, job, job_invoice, attempt,
            rejected_record, source_position, route, pace TO waybill_app;
        GRANT DELETE ON route TO waybill_app;
        GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO waybill_app;
    END IF;
END $$;
"""

NO_ROLE = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'waybill_app') THEN
        REVOKE ALL ON ALL TABLES IN SCHEMA public FROM waybill_app;
        REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM waybill_app;
        REVOKE ALL ON SCHEMA public FROM waybill_app;
    END IF;
END $$;
"""


def upgrade() -> None:
    """Add the triggers and the application's role (which other ledgers of the server may share)."""
    op.execute(TOUCHED)
    for table in TOUCHED_TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_is_touched BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION touch()"
        )
    op.execute(GUARDS)
    op.execute(ROLE)


def downgrade() -> None:
    """Take the triggers and the role's rights away; the role stays, as other ledgers may use it."""
    op.execute(NO_ROLE)
    op.execute(UNGUARD)
    op.execute("DROP FUNCTION touch() CASCADE")
