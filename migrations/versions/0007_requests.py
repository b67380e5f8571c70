"""Requests: runs that somebody asked for, and the login role of the facade.

Revision ID: 0007
Revises: 0006
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE run_request (
    id                 uuid CONSTRAINT pk_run_request PRIMARY KEY DEFAULT gen_random_uuid(),
    position           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT uq_run_request_position UNIQUE,
    asked_by           uuid,
    requested_by       text NOT NULL,
    reason             text,
    correlation_id     text NOT NULL,
    invoice_ids        uuid[],
    source_ids         text[],
    force              boolean NOT NULL DEFAULT false,
    dry_run            boolean NOT NULL DEFAULT false,
    idempotency_key    text,
    body_sha256        text,
    flow_run_id        uuid,
    asked_for_at       timestamptz,
    times_asked_for    smallint NOT NULL DEFAULT 0,
    not_before         timestamptz NOT NULL DEFAULT now(),
    tries              smallint NOT NULL DEFAULT 0,
    job_id             uuid CONSTRAINT fk_run_request_job_id_job REFERENCES job,
    done_at            timestamptz,
    created_at         timestamptz NOT NULL DEFAULT now(),
    updated_at         timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT uq_run_request_idempotency_key UNIQUE (asked_by, idempotency_key),
    CONSTRAINT ck_run_request_names CHECK (invoice_ids IS NULL OR source_ids IS NULL),
    CONSTRAINT ck_run_request_force CHECK (NOT force OR invoice_ids IS NOT NULL),
    CONSTRAINT ck_run_request_key CHECK ((idempotency_key IS NULL) = (body_sha256 IS NULL)),
    CONSTRAINT ck_run_request_asked_for CHECK ((flow_run_id IS NULL) = (asked_for_at IS NULL)),
    CONSTRAINT ck_run_request_done CHECK (done_at IS NULL OR job_id IS NOT NULL)
);
COMMENT ON TABLE run_request IS 'Runs that were asked for: open until a run has done what each asks.';
COMMENT ON COLUMN run_request.asked_by IS 'The account or the API key; null for a signed webhook.';
COMMENT ON COLUMN run_request.flow_run_id IS 'The flow run that was asked for to take it; any other may.';
COMMENT ON COLUMN run_request.job_id IS 'The run that took it.';
CREATE INDEX ix_run_request_open ON run_request (position) WHERE done_at IS NULL;
CREATE INDEX ix_run_request_job_id ON run_request (job_id);
CREATE INDEX ix_run_request_created_at ON run_request (created_at, id);
CREATE INDEX ix_run_request_asked_by ON run_request (asked_by, position);
ALTER TABLE job ADD COLUMN outcomes jsonb;
COMMENT ON COLUMN job.outcomes IS 'What a dry run foretold of each invoice.';
CREATE TRIGGER run_request_is_touched BEFORE UPDATE ON run_request
    FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER run_request_no_delete BEFORE DELETE ON run_request
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""

# The dispatcher asks for every caller's sake, though the facade's role sees no request without its caller.
FUNCTIONS = """
CREATE FUNCTION request_is_open(request run_request) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT request.done_at IS NULL AND request.not_before <= now()
        -- A run that was killed has left its requests open; its job is closed when another run begins.
        AND NOT EXISTS (SELECT FROM job WHERE job.id = request.job_id AND job.state = 'running')
$$;

CREATE FUNCTION unasked_requests(
    OUT dry_run boolean, OUT ids uuid[], OUT requested_by text, OUT correlation_id text, OUT key text,
    OUT joins uuid
) RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT r.dry_run, array_agg(r.id ORDER BY r.position), (array_agg(r.requested_by ORDER BY r.position))[1],
           (array_agg(r.correlation_id ORDER BY r.position))[1],
           (array_agg(r.id || ':' || r.times_asked_for ORDER BY r.position))[1],
           (SELECT pending.flow_run_id FROM run_request pending
            WHERE pending.done_at IS NULL AND pending.job_id IS NULL AND pending.dry_run = r.dry_run
              AND pending.asked_for_at > now() - interval '10 minutes'
            ORDER BY pending.asked_for_at DESC LIMIT 1)
    FROM run_request r
    WHERE r.done_at IS NULL AND request_is_open(r)
      AND (r.asked_for_at IS NULL OR r.job_id IS NOT NULL OR r.asked_for_at <= now() - interval '10 minutes')
    GROUP BY r.dry_run
$$;
COMMENT ON FUNCTION unasked_requests IS 'Open requests for which no run was asked for yet, or in vain.';

CREATE FUNCTION run_asked_for(request_ids uuid[], flow_run uuid) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE run_request SET flow_run_id = flow_run, asked_for_at = now(), job_id = NULL,
        times_asked_for = times_asked_for + 1
    WHERE id = ANY (request_ids) AND request_is_open(run_request)
$$;

REVOKE ALL ON FUNCTION unasked_requests, run_asked_for FROM PUBLIC;
"""

ROLES = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'waybill_facade') THEN
        CREATE ROLE waybill_facade LOGIN;
    END IF;
    IF NOT pg_has_role(current_user, 'waybill_facade', 'MEMBER') THEN
        GRANT waybill_facade TO CURRENT_USER;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL; -- another ledger of this server made it at the same moment
WHEN insufficient_privilege THEN
    RAISE WARNING 'no role waybill_facade for %: the facade cannot start without one', current_user;
END $$;
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'waybill_app') THEN
        GRANT SELECT, INSERT, UPDATE ON run_request TO waybill_app;
        GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO waybill_app;
        GRANT EXECUTE ON FUNCTION unasked_requests, run_asked_for TO waybill_app;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'waybill_facade') THEN
        GRANT USAGE ON SCHEMA public TO waybill_facade;
        GRANT SELECT, INSERT ON run_request TO waybill_facade;
        GRANT EXECUTE ON FUNCTION unasked_requests, run_asked_for TO waybill_facade;
    END IF;
END $$;
"""

DROP = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'waybill_facade') THEN
        REVOKE ALL ON ALL TABLES IN SCHEMA public FROM waybill_facade;
        REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM waybill_facade;
        REVOKE ALL ON SCHEMA public FROM waybill_facade;
    END IF;
END $$;
DROP FUNCTION unasked_requests, run_asked_for, request_is_open;
DROP TABLE run_request;
ALTER TABLE job DROP COLUMN outcomes;
"""


def upgrade() -> None:
    """Add the table of requests, and the role (which other ledgers of the server may share)."""
    op.execute(TABLES)
    op.execute(FUNCTIONS)
    op.execute(ROLES)


def downgrade() -> None:
    """Drop the table; the role stays, as other ledgers may use it."""
    op.execute(DROP)
