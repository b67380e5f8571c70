"""Evidence on audit events, hashes that leave no doubt, and seals over the events of all invoices.

Revision ID: 0003
Revises: 0002
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

HASHES = """
ALTER TABLE audit_event ADD COLUMN evidence jsonb;

CREATE FUNCTION audit_hash(event audit_event) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to(jsonb_build_array(
        event.previous_hash, event.invoice_id, event.sequence,
        to_char(event.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), event.actor, event.job_id,
        event.from_state, event.to_state, event.why, event.blocked_by, event.decision_id, event.evidence
    )::text, 'UTF8')), 'hex')
$$;
COMMENT ON FUNCTION audit_hash IS
    'An array of JSON, because it tells NULL from an empty text and one field from the next.';

CREATE FUNCTION attempt_hash(attempt attempt) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to(jsonb_build_array(
        attempt.id, attempt.invoice_id, attempt.job_id, attempt.worker, attempt.document_sha256,
        attempt.company_number, attempt.direction,
        to_char(attempt.claimed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
        to_char(attempt.budget_ends_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
        to_char(attempt.settled_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), attempt.outcome,
        attempt.code, attempt.message, attempt.http_status, attempt.receipt, attempt.answer_id
    )::text, 'UTF8')), 'hex')
$$;

CREATE FUNCTION attempt_evidence(attempt attempt) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('id', attempt.id, 'hash', attempt.hash, 'answer_sha256',
        (SELECT sha256 FROM payload WHERE id = attempt.answer_id))
$$;

CREATE FUNCTION verdict_evidence(verdict verdict) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('id', verdict.id, 'verdict', verdict.verdict, 'rule_sets', verdict.rule_sets,
        'findings_sha256', encode(sha256(convert_to(verdict.findings::text, 'UTF8')), 'hex'))
$$;

CREATE FUNCTION decision_evidence(decision decision) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('id', decision.id, 'invoice_id', decision.invoice_id,
        'decision', decision.decision, 'saw_state', decision.saw_state, 'actor', decision.actor,
        'reason_sha256', (SELECT sha256 FROM payload WHERE id = decision.reason_id))
$$;

CREATE OR REPLACE FUNCTION seal_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.hash := attempt_hash(NEW);
    RETURN NEW;
END $$;
"""

# What stood in the ledger before is taken as it is: from here on it can no longer change unnoticed.
REHASH = """
ALTER TABLE audit_event DISABLE TRIGGER audit_event_append_only;
DO $$
DECLARE
    event  audit_event%ROWTYPE;
    before text;
BEGIN
    FOR event IN SELECT * FROM audit_event ORDER BY invoice_id, sequence LOOP
        event.previous_hash := CASE WHEN event.sequence > 1 THEN before END;
        before := audit_hash(event);
        UPDATE audit_event SET previous_hash = event.previous_hash, hash = before WHERE id = event.id;
    END LOOP;
END $$;
ALTER TABLE audit_event ENABLE TRIGGER audit_event_append_only;

ALTER TABLE attempt DISABLE TRIGGER attempt_settled_is_final;
UPDATE attempt SET hash = attempt_hash(attempt) WHERE settled_at IS NOT NULL;
ALTER TABLE attempt ENABLE TRIGGER attempt_settled_is_final;
"""

SEALS = """
CREATE TABLE seal (
    id             uuid CONSTRAINT pk_seal PRIMARY KEY DEFAULT gen_random_uuid(),
    number         bigint NOT NULL CONSTRAINT uq_seal_number UNIQUE,
    previous_hash  text CONSTRAINT uq_seal_previous_hash UNIQUE NULLS NOT DISTINCT,
    hash           text NOT NULL,
    heads          integer NOT NULL CONSTRAINT ck_seal_heads CHECK (heads > 0),
    sealed_at      timestamptz NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE sealed_head (
    seal_id     uuid NOT NULL CONSTRAINT fk_sealed_head_seal_id_seal REFERENCES seal
                DEFERRABLE INITIALLY DEFERRED,
    invoice_id  uuid NOT NULL CONSTRAINT fk_sealed_head_invoice_id_invoice REFERENCES invoice,
    sequence    integer NOT NULL,
    hash        text NOT NULL CONSTRAINT ck_sealed_head_hash CHECK (hash ~ '^[0-9a-f]{64}$'),
    CONSTRAINT pk_sealed_head PRIMARY KEY (seal_id, invoice_id),
    CONSTRAINT uq_sealed_head_invoice_id_sequence UNIQUE (invoice_id, sequence)
);
COMMENT ON TABLE sealed_head IS 'The last event of an invoice when it was sealed, and so all events before it.';

CREATE TABLE unsealed (
    arrival     bigint CONSTRAINT pk_unsealed PRIMARY KEY,
    invoice_id  uuid NOT NULL
);
COMMENT ON TABLE unsealed IS 'Invoices with an event that no seal covers; in the order of their arrival.';

CREATE FUNCTION seal_hash(seal seal) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to(jsonb_build_array(
        seal.previous_hash, seal.number,
        to_char(seal.sealed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), seal.heads,
        (SELECT encode(sha256(convert_to(string_agg(
                    concat_ws(' ', h.invoice_id, h.sequence, h.hash), E'\\n' ORDER BY h.invoice_id), 'UTF8')), 'hex')
         FROM sealed_head h WHERE h.seal_id = seal.id)
    )::text, 'UTF8')), 'hex')
$$;

CREATE FUNCTION make_seal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last seal%ROWTYPE;
BEGIN
    SELECT * INTO last FROM seal ORDER BY number DESC LIMIT 1;
    NEW.number := coalesce(last.number, 0) + 1;
    NEW.previous_hash := last.hash;
    NEW.sealed_at := clock_timestamp();
    NEW.heads := (SELECT count(*) FROM sealed_head WHERE seal_id = NEW.id);
    NEW.hash := seal_hash(NEW);
    RETURN NEW;
END $$;
CREATE TRIGGER seal_is_made BEFORE INSERT ON seal FOR EACH ROW EXECUTE FUNCTION make_seal();

CREATE FUNCTION check_heads() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM added JOIN seal ON seal.id = added.seal_id) THEN
        RAISE EXCEPTION 'a seal that is made takes no more events'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (SELECT FROM added a LEFT JOIN audit_event e USING (invoice_id, sequence)
               WHERE e.hash IS DISTINCT FROM a.hash) THEN
        RAISE EXCEPTION 'only an event that stands in the ledger can be sealed'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER sealed_head_is_an_event AFTER INSERT ON sealed_head REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION check_heads();

CREATE TRIGGER seal_append_only BEFORE UPDATE OR DELETE ON seal
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER seal_no_truncate BEFORE TRUNCATE ON seal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER sealed_head_append_only BEFORE UPDATE OR DELETE ON sealed_head
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER sealed_head_no_truncate BEFORE TRUNCATE ON sealed_head
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

INSERT INTO unsealed (arrival, invoice_id) SELECT arrival, id FROM invoice;

DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'waybill_app') THEN
        GRANT SELECT, INSERT ON seal, sealed_head TO waybill_app;
        GRANT SELECT, DELETE ON unsealed TO waybill_app;
    END IF;
END $$;
"""

EVIDENCE = """
CREATE FUNCTION evidence_of_entry(entered invoice) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('record', jsonb_build_object(
        'document_sha256', d.sha256, 'source', entered.source, 'source_id', entered.source_id,
        'version', entered.version, 'company_number', entered.company_number, 'direction', entered.direction))
    FROM document d WHERE d.id = entered.document_id
$$;

CREATE FUNCTION evidence_of_move(before invoice, after invoice, decided uuid) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    evidence jsonb := '{}';
BEGIN
    -- What a person had released may have been checked since without a move, so its claim tells.
    IF after.verdict_id IS NOT NULL AND (before.state IN ('received', 'could_not_check')
            OR (after.state = 'sending' AND after.release_id IS NOT NULL)) THEN
        evidence := evidence || jsonb_build_object('disposition', after.disposition, 'verdict',
            (SELECT verdict_evidence(v) FROM verdict v WHERE v.id = after.verdict_id));
    END IF;
    IF before.state = 'sending' THEN
        -- The one settled in this transaction, whatever the clock did between claims.
        evidence := evidence || jsonb_build_object('attempt',
            (SELECT attempt_evidence(a) FROM attempt a WHERE a.invoice_id = after.id
             ORDER BY a.updated_at = now() DESC, a.claimed_at DESC LIMIT 1));
    END IF;
    IF after.state = 'sent' THEN
        evidence := evidence || jsonb_build_object(
            'receipt', after.receipt, 'receipt_verified', after.receipt_verified);
    END IF;
    IF decided IS NOT NULL THEN
        evidence := evidence || jsonb_build_object('decision',
            (SELECT decision_evidence(d) FROM decision d WHERE d.id = decided));
    END IF;
    RETURN nullif(evidence, '{}');
END $$;

CREATE OR REPLACE FUNCTION audit_invoice() RETURNS trigger
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
    event.to_state := NEW.state;
    event.why := NEW.why;
    event.blocked_by := NEW.blocked_by;
    event.decision_id := nullif(current_setting('waybill.decision', true), '')::uuid;
    event.previous_hash := last.hash;
    IF TG_OP = 'UPDATE' THEN
        event.from_state := OLD.state;
        event.evidence := evidence_of_move(OLD, NEW, event.decision_id);
    ELSE
        event.evidence := evidence_of_entry(NEW);
    END IF;
    INSERT INTO audit_event (invoice_id, sequence, at, actor, job_id, from_state, to_state, why, blocked_by,
                             decision_id, evidence, previous_hash, hash)
    VALUES (event.invoice_id, event.sequence, event.at, event.actor, event.job_id, event.from_state,
            event.to_state, event.why, event.blocked_by, event.decision_id, event.evidence,
            event.previous_hash, audit_hash(event));
    INSERT INTO unsealed (arrival, invoice_id) VALUES (NEW.arrival, NEW.id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
"""

AS_BEFORE = """
CREATE OR REPLACE FUNCTION audit_invoice() RETURNS trigger
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
CREATE OR REPLACE FUNCTION seal_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
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
DROP FUNCTION evidence_of_move(invoice, invoice, uuid);
DROP FUNCTION evidence_of_entry(invoice);
DROP TABLE unsealed;
DROP TABLE sealed_head, seal CASCADE;
DROP FUNCTION make_seal();
DROP FUNCTION check_heads();
DROP FUNCTION decision_evidence(decision);
DROP FUNCTION verdict_evidence(verdict);
DROP FUNCTION attempt_evidence(attempt);
DROP FUNCTION attempt_hash(attempt);
DROP FUNCTION audit_hash(audit_event);
ALTER TABLE audit_event DROP COLUMN evidence;
"""


def upgrade() -> None:
    """Add evidence and seals; hash anew what is there, and queue it to be sealed."""
    op.execute(HASHES)
    op.execute(REHASH)
    op.execute(SEALS)
    op.execute(EVIDENCE)


def downgrade() -> None:
    """Take them away; the events stay, with the hashes that they have."""
    op.execute(AS_BEFORE)
