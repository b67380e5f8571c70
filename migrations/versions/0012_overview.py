"""Overview: the figures of the whole ledger, for those of the facade's callers who may see all of it.

Revision ID: 0012
Revises: 0011
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# As their owner they count past the policies: from indexes alone, and workers' locks too.
READINESS = """
CREATE FUNCTION ledger_readiness() RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
SELECT jsonb_build_object(
    'revision', (SELECT max(version_num) FROM alembic_version),
    'breakers', coalesce((SELECT jsonb_object_agg(neighbour, state) FROM breaker), '{}'))
$$;
COMMENT ON FUNCTION ledger_readiness() IS 'The revision of the schema and the state of each breaker; for anybody.';
"""

OVERVIEW = """
CREATE FUNCTION insist_on_seeing_all() RETURNS void
    LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF NOT public.facade_sees_all() THEN
        RAISE EXCEPTION 'this is about the whole ledger, and for callers who may see every company'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
END $$;

CREATE FUNCTION ledger_overview() RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    found jsonb;
BEGIN
    PERFORM insist_on_seeing_all();
    WITH counted AS (
        SELECT state, count(*) AS invoices FROM invoice GROUP BY state
    ), ready AS MATERIALIZED (
        SELECT next_attempt_at IS NULL OR next_attempt_at <= now() AS due, created_at
        FROM invoice WHERE state = 'ready'
    ), living AS (
        SELECT lock.objid::int AS worker FROM pg_locks lock
        WHERE lock.locktype = 'advisory' AND lock.granted AND lock.classid = 87001
          AND lock.objsubid = 2 AND lock.mode = 'ExclusiveLock'
          AND lock.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    ), claims AS MATERIALIZED (
        SELECT claimed_at, EXISTS (SELECT FROM living WHERE living.worker = attempt.worker) AS alive
        FROM attempt WHERE settled_at IS NULL
    ), asked AS MATERIALIZED (
        SELECT created_at FROM run_request WHERE done_at IS NULL
    ), told AS MATERIALIZED (
        SELECT next_attempt_at <= now() AS due, created_at FROM webhook_message
        WHERE delivered_at IS NULL AND given_up_at IS NULL
    )
    SELECT jsonb_build_object(
        'states', coalesce((SELECT jsonb_object_agg(state, invoices) FROM counted), '{}'),
        'ready', (SELECT jsonb_build_object(
            'due', count(*) FILTER (WHERE due), 'later', count(*) FILTER (WHERE NOT due),
            'oldest_since', min(created_at)) FROM ready),
        'rejected_records', (SELECT count(*) FROM rejected_record WHERE resolved_at IS NULL),
        'jobs', coalesce((SELECT jsonb_object_agg(state, jobs)
            FROM (SELECT state, count(*) AS jobs FROM job GROUP BY state) AS each_job), '{}'),
        'claims', (SELECT jsonb_build_object(
            'open', count(*), 'of_dead_workers', count(*) FILTER (WHERE NOT alive),
            'oldest_since', min(claimed_at)) FROM claims),
        'workers', (SELECT count(*) FROM living),
        'breakers', coalesce((SELECT jsonb_agg(jsonb_build_object(
            'neighbour', neighbour, 'breaker', state, 'failures', failures, 'opened_at', opened_at,
            'try_again_at', try_again_at, 'last_failed_at', last_failed_at, 'last_error', last_error)
            ORDER BY neighbour) FROM breaker), '[]'),
        'unsealed', (SELECT count(*) FROM unsealed),
        'run_requests', (SELECT jsonb_build_object(
            'open', count(*), 'oldest_since', min(created_at)) FROM asked),
        'webhooks', (SELECT jsonb_build_object(
            'due', count(*) FILTER (WHERE due), 'waiting', count(*), 'oldest_since', min(created_at),
            'given_up', (SELECT count(*) FROM webhook_message WHERE given_up_at IS NOT NULL)) FROM told)
    ) INTO found;
    RETURN found;
END $$;
COMMENT ON FUNCTION ledger_overview() IS 'Counts of the whole ledger; refused to callers limited to companies.';
"""

COMPANIES = """
CREATE FUNCTION ledger_companies() RETURNS SETOF text
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM insist_on_seeing_all();
    -- One step along the index for each company, however many invoices it has.
    RETURN QUERY WITH RECURSIVE step AS (
        SELECT min(company_number) AS company FROM invoice
        UNION ALL
        SELECT (SELECT min(company_number) FROM invoice WHERE company_number > step.company)
        FROM step WHERE step.company IS NOT NULL
    ) SELECT company FROM step WHERE company IS NOT NULL;
END $$;
COMMENT ON FUNCTION ledger_companies() IS 'Numbers of all companies that have an invoice.';
"""

FUNCTIONS = "ledger_readiness(), ledger_overview(), ledger_companies()"

GRANTS = f"""
REVOKE ALL ON FUNCTION {FUNCTIONS} FROM PUBLIC;
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'waybill_facade') THEN
        GRANT EXECUTE ON FUNCTION {FUNCTIONS} TO waybill_facade;
    END IF;
END $$;
"""


def upgrade() -> None:
    """Add the functions that count."""
    for statements in (READINESS, OVERVIEW, COMPANIES, GRANTS):
        op.execute(statements)


def downgrade() -> None:
    """Drop them."""
    op.execute(f"DROP FUNCTION {FUNCTIONS}, insist_on_seeing_all()")
