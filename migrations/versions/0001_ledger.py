"""The ledger: documents, invoices with their states, attempts, decisions, jobs and the audit trail.

Revision ID: 0001
Revises:
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE ledger (
    id          uuid CONSTRAINT pk_ledger PRIMARY KEY DEFAULT gen_random_uuid(),
    single      boolean NOT NULL DEFAULT true CONSTRAINT uq_ledger_single UNIQUE
                CONSTRAINT ck_ledger_single CHECK (single),
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);
INSERT INTO ledger DEFAULT VALUES;

CREATE TABLE payload (
    id          uuid CONSTRAINT pk_payload PRIMARY KEY DEFAULT gen_random_uuid(),
    content     bytea,
    media_type  text NOT NULL,
    size        bigint NOT NULL,
    sha256      text NOT NULL CONSTRAINT ck_payload_sha256 CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    erased_at   timestamptz,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ck_payload_erased CHECK ((content IS NULL) = (erased_at IS NOT NULL))
);
COMMENT ON TABLE payload IS 'What may have to be erased later: document bytes, answers, reasons.';

CREATE TABLE document (
    id          uuid CONSTRAINT pk_document PRIMARY KEY DEFAULT gen_random_uuid(),
    sha256      text NOT NULL CONSTRAINT uq_document_sha256 UNIQUE
                CONSTRAINT ck_document_sha256 CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    size        bigint NOT NULL,
    payload_id  uuid NOT NULL CONSTRAINT fk_document_payload_id_payload REFERENCES payload,
    facts       jsonb,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE verdict (
    id            uuid CONSTRAINT pk_verdict PRIMARY KEY DEFAULT gen_random_uuid(),
    document_id   uuid NOT NULL CONSTRAINT fk_verdict_document_id_document REFERENCES document,
    rule_sets_key text NOT NULL,
    rule_sets     jsonb NOT NULL,
    verdict       text NOT NULL
                  CONSTRAINT ck_verdict_verdict CHECK (verdict IN ('valid', 'invalid', 'could_not_check')),
    findings      jsonb NOT NULL DEFAULT '[]',
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT uq_verdict_document_id_rule_sets_key UNIQUE (document_id, rule_sets_key)
);

CREATE TABLE transition (
    from_state  text NOT NULL,
    to_state    text NOT NULL,
    CONSTRAINT pk_transition PRIMARY KEY (from_state, to_state)
);
COMMENT ON TABLE transition IS 'The only moves between states; a copy of invoices.lifecycle.TRANSITIONS.';
INSERT INTO transition (from_state, to_state) VALUES
    ('received', 'ready'), ('received', 'held'), ('received', 'invalid'), ('received', 'could_not_check'),
    ('received', 'duplicate'), ('received', 'out_of_scope'), ('received', 'superseded'),
    ('could_not_check', 'ready'), ('could_not_check', 'held'), ('could_not_check', 'invalid'),
    ('could_not_check', 'duplicate'), ('could_not_check', 'out_of_scope'), ('could_not_check', 'superseded'),
    ('invalid', 'ready'), ('invalid', 'received'), ('invalid', 'superseded'), ('invalid', 'dismissed'),
    ('out_of_scope', 'ready'), ('out_of_scope', 'superseded'),
    ('ready', 'sending'), ('ready', 'duplicate'), ('ready', 'held'), ('ready', 'superseded'),
    ('duplicate', 'ready'), ('duplicate', 'superseded'),
    ('held', 'ready'), ('held', 'duplicate'), ('held', 'dismissed'), ('held', 'superseded'),
    ('sending', 'sent'), ('sending', 'failed'), ('sending', 'ready'), ('sending', 'outcome_unknown'),
    ('failed', 'ready'), ('failed', 'dismissed'), ('failed', 'superseded'),
    ('outcome_unknown', 'sent'), ('outcome_unknown', 'ready'), ('outcome_unknown', 'dismissed');

CREATE TABLE invoice (
    id                uuid CONSTRAINT pk_invoice PRIMARY KEY DEFAULT gen_random_uuid(),
    arrival           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT uq_invoice_arrival UNIQUE,
    destination       text NOT NULL,
    source            text NOT NULL,
    source_id         text NOT NULL,
    version           integer NOT NULL CONSTRAINT ck_invoice_version CHECK (version >= 1),
    document_id       uuid NOT NULL CONSTRAINT fk_invoice_document_id_document REFERENCES document,
    company_number    text CONSTRAINT ck_invoice_company_number CHECK (company_number ~ '^[01][0-9]{9}$'),
    direction         text CONSTRAINT ck_invoice_direction CHECK (direction IN ('SALE', 'PURCHASE')),
    stated_number     text,
    source_updated_at timestamptz,
    number            text,
    issue_date        date,
    type_code         text,
    currency          text,
    payable_amount    numeric,
    issuer_key        text,
    identity_key      text,
    fingerprint       text,
    verdict_id        uuid CONSTRAINT fk_invoice_verdict_id_verdict REFERENCES verdict,
    disposition       text CONSTRAINT ck_invoice_disposition
                      CHECK (disposition IN ('deliver', 'deliver_with_warning', 'hold', 'block')),
    state             text NOT NULL DEFAULT 'received' CONSTRAINT ck_invoice_state CHECK (state IN (
                          'received', 'could_not_check', 'invalid', 'out_of_scope', 'ready', 'duplicate',
                          'held', 'sending', 'sent', 'failed', 'outcome_unknown', 'superseded', 'dismissed')),
    why               text NOT NULL,
    reason            text,
    blocked_by        uuid CONSTRAINT fk_invoice_blocked_by_invoice REFERENCES invoice,
    findings          jsonb NOT NULL DEFAULT '[]',
    checks            smallint NOT NULL DEFAULT 0,
    tries             smallint NOT NULL DEFAULT 0,
    next_attempt_at   timestamptz,
    release_id        uuid,
    override_id       uuid CONSTRAINT uq_invoice_override_id UNIQUE,
    receipt           text,
    receipt_verified  boolean,
    acknowledged      text,
    created_at        timestamptz NOT NULL DEFAULT now(),
    updated_at        timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT uq_invoice_source_source_id_version_document_id
        UNIQUE (source, source_id, version, document_id),
    CONSTRAINT uq_invoice_destination_receipt UNIQUE (destination, receipt),
    CONSTRAINT ck_invoice_live_identity
        CHECK (state NOT IN ('sending', 'sent', 'outcome_unknown') OR identity_key IS NOT NULL),
    CONSTRAINT ck_invoice_live_company
        CHECK (state NOT IN ('sending', 'sent', 'outcome_unknown')
               OR (company_number IS NOT NULL AND direction IS NOT NULL)),
    CONSTRAINT ck_invoice_sent_receipt
        CHECK (state <> 'sent' OR receipt IS NOT NULL OR receipt_verified IS FALSE),
    CONSTRAINT ck_invoice_amount_currency CHECK (payable_amount IS NULL OR currency IS NOT NULL),
    CONSTRAINT ck_invoice_blocked_by CHECK (blocked_by <> id)
);
CREATE UNIQUE INDEX uq_invoice_live_identity ON invoice (destination, identity_key, override_id)
    NULLS NOT DISTINCT WHERE state IN ('sending', 'sent', 'outcome_unknown');
CREATE UNIQUE INDEX uq_invoice_live_record ON invoice (destination, source, source_id, override_id)
    NULLS NOT DISTINCT WHERE state IN ('sending', 'sent', 'outcome_unknown');
CREATE INDEX ix_invoice_identity_key ON invoice (identity_key);
CREATE INDEX ix_invoice_document_id ON invoice (document_id);
CREATE INDEX ix_invoice_blocked_by ON invoice (blocked_by) WHERE blocked_by IS NOT NULL;
CREATE INDEX ix_invoice_issuer_key_payable_amount ON invoice (issuer_key, payable_amount);
CREATE INDEX ix_invoice_waiting ON invoice (state, arrival)
    WHERE state IN ('received', 'could_not_check', 'ready', 'held', 'sending');
CREATE INDEX ix_invoice_company_number_state ON invoice (company_number, state);
CREATE INDEX ix_invoice_number ON invoice (number);
CREATE INDEX ix_invoice_unacknowledged ON invoice (source, arrival)
    WHERE acknowledged IS DISTINCT FROM state AND state IN (
        'sent', 'failed', 'invalid', 'duplicate', 'held', 'outcome_unknown', 'superseded', 'out_of_scope');

CREATE TABLE decision (
    id          uuid CONSTRAINT pk_decision PRIMARY KEY DEFAULT gen_random_uuid(),
    invoice_id  uuid NOT NULL CONSTRAINT fk_decision_invoice_id_invoice REFERENCES invoice,
    decision    text NOT NULL CONSTRAINT ck_decision_decision
                CHECK (decision IN ('arrived', 'send_again', 'release', 'already_booked', 'dismiss')),
    saw_state   text NOT NULL,
    actor       text NOT NULL,
    reason_id   uuid NOT NULL CONSTRAINT fk_decision_reason_id_payload REFERENCES payload,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_decision_invoice_id ON decision (invoice_id);
ALTER TABLE invoice
    ADD CONSTRAINT fk_invoice_release_id_decision FOREIGN KEY (release_id) REFERENCES decision,
    ADD CONSTRAINT fk_invoice_override_id_decision FOREIGN KEY (override_id) REFERENCES decision;

CREATE TABLE job (
    id            uuid CONSTRAINT pk_job PRIMARY KEY DEFAULT gen_random_uuid(),
    flow_run_id   uuid NOT NULL,
    run_count     integer NOT NULL,
    flow          text NOT NULL,
    requested_by  text NOT NULL,
    parameters    jsonb NOT NULL,
    state         text NOT NULL DEFAULT 'running' CONSTRAINT ck_job_state
                  CHECK (state IN ('running', 'completed', 'needs_person', 'failed')),
    counts        jsonb,
    waiting       bigint,
    error         text,
    ended_at      timestamptz,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT uq_job_flow_run_id_run_count UNIQUE (flow_run_id, run_count),
    CONSTRAINT ck_job_ended CHECK ((state = 'running') = (ended_at IS NULL))
);

CREATE TABLE job_invoice (
    job_id      uuid NOT NULL CONSTRAINT fk_job_invoice_job_id_job REFERENCES job,
    invoice_id  uuid NOT NULL CONSTRAINT fk_job_invoice_invoice_id_invoice REFERENCES invoice,
    CONSTRAINT pk_job_invoice PRIMARY KEY (job_id, invoice_id)
);
CREATE INDEX ix_job_invoice_invoice_id ON job_invoice (invoice_id);

CREATE TABLE attempt (
    id              uuid CONSTRAINT pk_attempt PRIMARY KEY DEFAULT gen_random_uuid(),
    invoice_id      uuid NOT NULL CONSTRAINT fk_attempt_invoice_id_invoice REFERENCES invoice,
    job_id          uuid CONSTRAINT fk_attempt_job_id_job REFERENCES job,
    worker          integer NOT NULL,
    document_sha256 text NOT NULL,
    company_number  text NOT NULL,
    direction       text NOT NULL,
    claimed_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    budget_ends_at  timestamptz NOT NULL,
    settled_at      timestamptz,
    outcome         text CONSTRAINT ck_attempt_outcome
                    CHECK (outcome IN ('accepted', 'refused', 'not_delivered', 'unknown')),
    code            text,
    message         text,
    http_status     integer,
    receipt         text,
    answer_id       uuid CONSTRAINT fk_attempt_answer_id_payload REFERENCES payload,
    hash            text,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ck_attempt_settled CHECK ((settled_at IS NULL) = (outcome IS NULL)),
    CONSTRAINT ck_attempt_receipt CHECK ((outcome = 'accepted') = (receipt IS NOT NULL))
);
CREATE UNIQUE INDEX uq_attempt_open ON attempt (invoice_id) WHERE settled_at IS NULL;
CREATE INDEX ix_attempt_invoice_id ON attempt (invoice_id, claimed_at);
CREATE INDEX ix_attempt_worker_open ON attempt (worker) WHERE settled_at IS NULL;

CREATE TABLE audit_event (
    id             uuid CONSTRAINT pk_audit_event PRIMARY KEY DEFAULT gen_random_uuid(),
    invoice_id     uuid NOT NULL CONSTRAINT fk_audit_event_invoice_id_invoice REFERENCES invoice,
    sequence       integer NOT NULL,
    at             timestamptz NOT NULL,
    actor          text NOT NULL,
    job_id         uuid,
    from_state     text,
    to_state       text NOT NULL,
    why            text NOT NULL,
    blocked_by     uuid,
    decision_id    uuid,
    previous_hash  text,
    hash           text NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT uq_audit_event_invoice_id_sequence UNIQUE (invoice_id, sequence)
);

CREATE TABLE rejected_record (
    id          uuid CONSTRAINT pk_rejected_record PRIMARY KEY DEFAULT gen_random_uuid(),
    source      text NOT NULL,
    source_id   text,
    version     integer,
    raw_id      uuid NOT NULL CONSTRAINT fk_rejected_record_raw_id_payload REFERENCES payload,
    raw_sha256  text NOT NULL,
    finding     jsonb NOT NULL,
    retryable   boolean NOT NULL,
    seen        integer NOT NULL DEFAULT 1,
    next_try_at timestamptz,
    resolved_at timestamptz,
    job_id      uuid CONSTRAINT fk_rejected_record_job_id_job REFERENCES job,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT uq_rejected_record_source_source_id_raw_sha256
        UNIQUE NULLS NOT DISTINCT (source, source_id, raw_sha256)
);
CREATE INDEX ix_rejected_record_retry ON rejected_record (source, next_try_at)
    WHERE retryable AND resolved_at IS NULL;

CREATE TABLE source_position (
    id          uuid CONSTRAINT pk_source_position PRIMARY KEY DEFAULT gen_random_uuid(),
    source      text NOT NULL CONSTRAINT uq_source_position_source UNIQUE,
    cursor      text,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE route (
    id              uuid CONSTRAINT pk_route PRIMARY KEY DEFAULT gen_random_uuid(),
    company_number  text CONSTRAINT ck_route_company_number CHECK (company_number ~ '^[01][0-9]{9}$'),
    direction       text CONSTRAINT ck_route_direction CHECK (direction IN ('SALE', 'PURCHASE')),
    enabled         boolean,
    deliver_from    date,
    preset          text CONSTRAINT ck_route_preset CHECK (preset IN ('balanced', 'strict', 'lenient')),
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT uq_route_company_number_direction UNIQUE NULLS NOT DISTINCT (company_number, direction)
);

CREATE TABLE pace (
    id           uuid CONSTRAINT pk_pace PRIMARY KEY DEFAULT gen_random_uuid(),
    destination  text NOT NULL CONSTRAINT uq_pace_destination UNIQUE,
    next_at      timestamptz NOT NULL,
    paused_until timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now()
);

CREATE SEQUENCE worker_number AS integer CYCLE;
"""

DROP = """
ALTER TABLE invoice DROP CONSTRAINT fk_invoice_release_id_decision,
                    DROP CONSTRAINT fk_invoice_override_id_decision;
DROP TABLE pace, route, source_position, rejected_record, audit_event, attempt, job_invoice, job, decision,
           invoice, transition, verdict, document, payload, ledger;
DROP SEQUENCE worker_number;
"""


def upgrade() -> None:
    """Create the tables, their constraints and their indexes."""
    op.execute(TABLES)


def downgrade() -> None:
    """Drop them all."""
    op.execute(DROP)
