"""Stages: how long the pipeline's stages and its calls to the outside take, and how it stands by company.

Revision ID: 0017
Revises: 0016
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE timing (
    system      text NOT NULL,
    name        text NOT NULL,
    result      text NOT NULL,
    count       bigint NOT NULL CONSTRAINT ck_timing_count CHECK (count >= 0),
    seconds     double precision NOT NULL CONSTRAINT ck_timing_seconds CHECK (seconds >= 0),
    items       bigint NOT NULL CONSTRAINT ck_timing_items CHECK (items >= 0),
    buckets     bigint[] NOT NULL CONSTRAINT ck_timing_buckets CHECK (cardinality(buckets) = 15),
    last_at     timestamptz NOT NULL,
    CONSTRAINT pk_timing PRIMARY KEY (system, name, result)
);
COMMENT ON TABLE timing IS 'How long stages of the pipeline and calls to the outside took, all added up.';
COMMENT ON COLUMN timing.system IS 'Who was called; waybill for a stage of its own.';
COMMENT ON COLUMN timing.buckets IS 'How many fell into each bucket of logs/timings.py.';
ALTER TABLE timing ENABLE ROW LEVEL SECURITY;
"""

# One at a time, so that no two wait for each other's rows; who comes second adds to its own and comes again.
ADD = """
CREATE FUNCTION add_timings(
    systems text[], names text[], results text[], counts bigint[], seconds double precision[], items bigint[],
    buckets text[], last_ats timestamptz[]
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT pg_try_advisory_xact_lock(87005) THEN
        RETURN false;
    END IF;
    INSERT INTO timing AS t
    SELECT g.system, g.name, g.result, g.count, g.seconds, g.items, g.buckets::bigint[], g.last_at
    FROM unnest(systems, names, results, counts, seconds, items, buckets, last_ats)
        AS g (system, name, result, count, seconds, items, buckets, last_at)
    ON CONFLICT (system, name, result) DO UPDATE SET
        count = t.count + excluded.count, seconds = t.seconds + excluded.seconds,
        items = t.items + excluded.items, last_at = greatest(t.last_at, excluded.last_at),
        buckets = ARRAY(SELECT mine + theirs
            FROM unnest(t.buckets, excluded.buckets) WITH ORDINALITY AS b (mine, theirs, place) ORDER BY place);
    RETURN true;
END $$;
COMMENT ON FUNCTION add_timings IS 'Adds what a process timed; false, and nothing is added, where another one does.';
"""

# All invoices are counted from an index that holds their company and state; ages are one step of an index each.
PIPELINE = """
CREATE FUNCTION ledger_pipeline(most_companies integer) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    found jsonb;
BEGIN
    PERFORM insist_on_seeing_all();
    WITH counted AS MATERIALIZED (
        SELECT company_number, state, count(*) AS invoices FROM invoice GROUP BY company_number, state
    ), told_apart AS (
        SELECT company_number FROM counted WHERE company_number IS NOT NULL
        GROUP BY company_number ORDER BY sum(invoices) DESC, company_number LIMIT most_companies
    ), of_companies AS (
        SELECT t.company_number, state, sum(invoices)::bigint AS invoices
        FROM counted LEFT JOIN told_apart t USING (company_number)
        GROUP BY t.company_number, state
    ), each_company AS (
        SELECT coalesce(company_number, 'other') AS company, jsonb_object_agg(state, invoices) AS states
        FROM of_companies GROUP BY company_number
    )
    SELECT jsonb_build_object(
        'states_of_companies', coalesce((SELECT jsonb_object_agg(company, states) FROM each_company), '{}'),
        'oldest', (SELECT jsonb_object_agg(waits.state,
                (SELECT min(created_at) FROM invoice WHERE invoice.state = waits.state))
            FROM unnest(ARRAY['received', 'could_not_check', 'ready', 'sending', 'held', 'invalid', 'failed',
                'outcome_unknown']) AS waits (state)),
        'timings', coalesce((SELECT jsonb_agg(to_jsonb(timing) ORDER BY system, name, result) FROM timing), '[]')
    ) INTO found;
    RETURN found;
END $$;
COMMENT ON FUNCTION ledger_pipeline IS
    'The pipeline in figures, by company and stage; refused to callers limited to companies.';
"""

RIGHTS = """
REVOKE ALL ON FUNCTION add_timings, ledger_pipeline FROM PUBLIC;
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'waybill_app') THEN
        GRANT SELECT ON timing TO waybill_app;
        CREATE POLICY timing_of_app ON timing TO waybill_app USING (true);
        GRANT EXECUTE ON FUNCTION add_timings TO waybill_app;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'waybill_facade') THEN
        -- Its background settles announcements, which carry what the facade timed.
        GRANT EXECUTE ON FUNCTION add_timings, ledger_pipeline TO waybill_facade;
    END IF;
END $$;
"""


def upgrade() -> None:
    """Add the table, the function that adds to it, and the one that counts."""
    for statements in (TABLE, ADD, PIPELINE, RIGHTS):
        op.execute(statements)


def downgrade() -> None:
    """Drop them; what was timed begins anew."""
    op.execute("DROP FUNCTION ledger_pipeline, add_timings")
    op.execute("DROP TABLE timing")
