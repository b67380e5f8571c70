"""The circuit breaker that all workers of a ledger share.

Revision ID: 0004
Revises: 0003
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE breaker (
    id             uuid CONSTRAINT pk_breaker PRIMARY KEY DEFAULT gen_random_uuid(),
    neighbour      text NOT NULL CONSTRAINT uq_breaker_neighbour UNIQUE,
    state          text NOT NULL DEFAULT 'closed'
                   CONSTRAINT ck_breaker_state CHECK (state IN ('closed', 'open', 'half_open')),
    failures       integer NOT NULL DEFAULT 0 CONSTRAINT ck_breaker_failures CHECK (failures >= 0),
    last_error     text CONSTRAINT ck_breaker_last_error CHECK (length(last_error) <= 500),
    last_failed_at timestamptz,
    opened_at      timestamptz,
    open_seconds   numeric CONSTRAINT ck_breaker_open_seconds CHECK (open_seconds > 0),
    try_again_at   timestamptz,
    probe_id       uuid,
    probe_worker   integer,
    probe_ends_at  timestamptz,
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ck_breaker_failed CHECK (
        (state = 'closed' AND failures = 0 OR failures > 0 AND last_error IS NOT NULL)
        AND (last_error IS NULL) = (last_failed_at IS NULL)),
    CONSTRAINT ck_breaker_opened CHECK (
        (state = 'closed') = (opened_at IS NULL) AND (opened_at IS NULL) = (open_seconds IS NULL)),
    CONSTRAINT ck_breaker_open CHECK ((state = 'open') = (try_again_at IS NOT NULL)),
    CONSTRAINT ck_breaker_probe CHECK (
        (state = 'half_open') = (probe_id IS NOT NULL)
        AND (probe_id IS NULL) = (probe_worker IS NULL) AND (probe_id IS NULL) = (probe_ends_at IS NULL))
);
COMMENT ON TABLE breaker IS 'Per neighbour: how often in a row it failed, and whether it is left alone.';
CREATE TRIGGER breaker_is_touched BEFORE UPDATE ON breaker FOR EACH ROW EXECUTE FUNCTION touch();
"""

RIGHTS = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'waybill_app') THEN
        GRANT SELECT, INSERT, UPDATE ON breaker TO waybill_app;
    END IF;
END $$;
"""


def upgrade() -> None:
    """Add it."""
    op.execute(TABLE)
    op.execute(RIGHTS)


def downgrade() -> None:
    """Take it away; whoever is left alone at that moment is called again."""
    op.execute("DROP TABLE breaker")
