"""Reports of reconciliations with the destination.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE reconciliation (
    id                 uuid CONSTRAINT pk_reconciliation PRIMARY KEY DEFAULT gen_random_uuid(),
    job_id             uuid NOT NULL CONSTRAINT fk_reconciliation_job_id_job REFERENCES job,
    since              timestamptz NOT NULL,
    until              timestamptz NOT NULL,
    receipts           integer NOT NULL,
    confirmed          integer NOT NULL,
    different          integer NOT NULL,
    not_checked        integer NOT NULL,
    unverified         integer NOT NULL,
    statistics         jsonb,
    findings           jsonb NOT NULL,
    findings_left_out  integer NOT NULL,
    notes              jsonb NOT NULL,
    created_at         timestamptz NOT NULL DEFAULT now(),
    updated_at         timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT uq_reconciliation_job_id UNIQUE (job_id),
    CONSTRAINT ck_reconciliation_window CHECK (since < until),
    -- What was not checked can pass for nothing else.
    CONSTRAINT ck_reconciliation_adds_up CHECK (receipts = confirmed + different + not_checked + unverified)
);
CREATE INDEX ix_reconciliation_created_at ON reconciliation (created_at);
CREATE INDEX ix_audit_event_sent ON audit_event (at, invoice_id) WHERE to_state = 'sent';

CREATE TRIGGER reconciliation_append_only BEFORE UPDATE OR DELETE ON reconciliation
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER reconciliation_no_truncate BEFORE TRUNCATE ON reconciliation
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

ROLE = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'waybill_app') THEN
        GRANT SELECT, INSERT ON reconciliation TO waybill_app;
    END IF;
END $$;
"""


def upgrade() -> None:
    """Add them, and the index by which forwarded invoices of a time are found."""
    op.execute(TABLE)
    op.execute(ROLE)


def downgrade() -> None:
    """Take them away."""
    op.execute("DROP INDEX ix_audit_event_sent")
    op.execute("DROP TABLE reconciliation")
