"""Notices: trouble and what people were told of it.

Revision ID: 0013
Revises: 0012
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE trouble (
    id            uuid CONSTRAINT pk_trouble PRIMARY KEY DEFAULT gen_random_uuid(),
    kind          text NOT NULL CONSTRAINT ck_trouble_kind CHECK (kind IN
                  ('run_failed', 'run_stopped', 'run_cancelled', 'people_needed', 'neighbour_left_alone')),
    subject       text NOT NULL CONSTRAINT ck_trouble_subject CHECK (length(subject) <= 200),
    problem       text NOT NULL DEFAULT '' CONSTRAINT ck_trouble_problem CHECK (length(problem) <= 200),
    since         timestamptz NOT NULL,
    last_at       timestamptz NOT NULL,
    ended_at      timestamptz,
    times         integer NOT NULL CONSTRAINT ck_trouble_times CHECK (times >= 0),
    untold_since  timestamptz,
    told          text NOT NULL DEFAULT 'nothing'
                  CONSTRAINT ck_trouble_told CHECK (told IN ('nothing', 'trouble', 'recovery')),
    told_at       timestamptz,
    said          text CONSTRAINT ck_trouble_said CHECK (length(said) <= 1000),
    job_id        uuid,
    flow_run_id   uuid,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ck_trouble_untold CHECK ((times > 0) = (untold_since IS NOT NULL)),
    CONSTRAINT ck_trouble_told_at CHECK ((told = 'nothing') = (told_at IS NULL))
);
CREATE UNIQUE INDEX uq_trouble_key ON trouble (kind, subject, problem);
COMMENT ON TABLE trouble IS 'What goes wrong or went wrong, one row for each kind, subject and problem, however often.';
COMMENT ON COLUMN trouble.times IS 'How often it happened since people were last told of it.';
COMMENT ON COLUMN trouble.told IS 'What people were told last.';
COMMENT ON COLUMN trouble.told_at IS 'When they were last told that it happens.';
CREATE TRIGGER trouble_is_touched BEFORE UPDATE ON trouble FOR EACH ROW EXECUTE FUNCTION touch();

CREATE TABLE notice (
    id          uuid CONSTRAINT pk_notice PRIMARY KEY DEFAULT gen_random_uuid(),
    position    bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT uq_notice_position UNIQUE,
    trouble_id  uuid CONSTRAINT fk_notice_trouble_id_trouble REFERENCES trouble,
    says        text NOT NULL CONSTRAINT ck_notice_says CHECK (says IN ('trouble', 'recovery', 'test')),
    title       text NOT NULL,
    body        jsonb NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ck_notice_trouble CHECK ((says = 'test') = (trouble_id IS NULL))
);
CREATE INDEX ix_notice_trouble_id ON notice (trouble_id, position);
COMMENT ON TABLE notice IS 'A message to people, as it was put into words.';
CREATE TRIGGER notice_says_the_same BEFORE UPDATE ON notice FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE notice_delivery (
    id               uuid CONSTRAINT pk_notice_delivery PRIMARY KEY DEFAULT gen_random_uuid(),
    notice_id        uuid NOT NULL CONSTRAINT fk_notice_delivery_notice_id_notice REFERENCES notice,
    channel          text NOT NULL CONSTRAINT ck_notice_delivery_channel CHECK (length(channel) BETWEEN 1 AND 200),
    tries            integer NOT NULL DEFAULT 0,
    next_attempt_at  timestamptz NOT NULL DEFAULT now(),
    delivered_at     timestamptz,
    given_up_at      timestamptz,
    error            text CONSTRAINT ck_notice_delivery_error CHECK (length(error) <= 300),
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT uq_notice_delivery_notice_id_channel UNIQUE (notice_id, channel),
    CONSTRAINT ck_notice_delivery_ended CHECK (delivered_at IS NULL OR given_up_at IS NULL)
);
CREATE INDEX ix_notice_delivery_due ON notice_delivery (next_attempt_at)
    WHERE delivered_at IS NULL AND given_up_at IS NULL;
CREATE INDEX ix_notice_delivery_given_up_at ON notice_delivery (given_up_at) WHERE given_up_at IS NOT NULL;
COMMENT ON TABLE notice_delivery IS 'A notice on its way to one channel.';
COMMENT ON COLUMN notice_delivery.channel IS 'Its name in the settings, which is no secret.';
CREATE TRIGGER notice_delivery_is_touched BEFORE UPDATE ON notice_delivery
    FOR EACH ROW EXECUTE FUNCTION touch();

ALTER TABLE job
    ADD COLUMN died boolean NOT NULL DEFAULT false,
    ADD COLUMN noticed_at timestamptz,
    ADD COLUMN trouble_id uuid CONSTRAINT fk_job_trouble_id_trouble REFERENCES trouble;
-- What ended before is no news.
UPDATE job SET noticed_at = ended_at WHERE ended_at IS NOT NULL;
CREATE INDEX ix_job_unnoticed ON job (ended_at) WHERE noticed_at IS NULL;
CREATE INDEX ix_job_trouble_id ON job (trouble_id, noticed_at) WHERE trouble_id IS NOT NULL;
COMMENT ON COLUMN job.died IS 'Its worker was gone before it ended.';
COMMENT ON COLUMN job.noticed_at IS 'When its end was looked at for what people should be told.';
"""

NOTING = """
CREATE FUNCTION close_dead_jobs(words text) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH closed AS (
        UPDATE job SET state = 'failed', ended_at = now(), error = words, died = true
        WHERE id IN (
            SELECT id FROM job WHERE state = 'running' AND NOT EXISTS (
                SELECT FROM pg_locks lock
                WHERE lock.locktype = 'advisory' AND lock.granted AND lock.classid = 87001
                  AND lock.objsubid = 2 AND lock.mode = 'ExclusiveLock' AND lock.objid = job.worker
                  AND lock.database = (SELECT oid FROM pg_database WHERE datname = current_database()))
            ORDER BY created_at
            FOR UPDATE SKIP LOCKED
        )
        RETURNING id
    )
    SELECT count(*) FROM closed
$$;
COMMENT ON FUNCTION close_dead_jobs IS 'Those whose worker holds its lock no more.';

CREATE FUNCTION unnoticed_jobs(its_id uuid, grace_seconds double precision) RETURNS TABLE (
    id uuid, flow_run_id uuid, flow text, part text, state text, error text, died boolean, rehearsal boolean
) LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT j.id, j.flow_run_id, j.flow, j.parameters ->> 'part', j.state, j.error, j.died,
           coalesce((j.parameters ->> 'dry_run')::boolean, false)
    FROM job j
    WHERE j.noticed_at IS NULL AND (
        j.id = its_id
        -- What a run of the same flow came to before must not be noted after it.
        OR j.ended_at <= (SELECT ended_at FROM job own WHERE own.id = its_id AND own.flow = j.flow)
        OR j.ended_at <= now() - make_interval(secs => grace_seconds) OR j.died)
    ORDER BY j.ended_at, j.id
    LIMIT 200
    FOR UPDATE SKIP LOCKED
$$;

CREATE FUNCTION note_trouble(
    its_kind text, its_subject text, its_problem text, it_said text, its_job uuid, its_flow_run uuid
) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    moment timestamptz := clock_timestamp();
    noted uuid;
BEGIN
    INSERT INTO trouble AS t (kind, subject, problem, said, job_id, flow_run_id, since, last_at, untold_since, times)
    VALUES (its_kind, left(its_subject, 200), left(its_problem, 200), left(it_said, 1000), its_job, its_flow_run,
            moment, moment, moment, 1)
    ON CONFLICT (kind, subject, problem) DO UPDATE SET
        since = CASE WHEN t.ended_at IS NULL THEN t.since ELSE moment END,
        ended_at = NULL, last_at = moment, times = t.times + 1, untold_since = coalesce(t.untold_since, moment),
        said = excluded.said, job_id = excluded.job_id, flow_run_id = excluded.flow_run_id
    RETURNING id INTO noted;
    RETURN noted;
END $$;

CREATE FUNCTION end_troubles(its_subject text, its_kinds text[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE trouble SET ended_at = clock_timestamp(),
        -- Whoever cancelled a run knows; that the next one was not cancelled is no news.
        told = CASE WHEN kind = 'run_cancelled' AND told = 'trouble' THEN 'recovery' ELSE told END
    WHERE id IN (
        SELECT id FROM trouble WHERE subject = its_subject AND kind = ANY (its_kinds) AND ended_at IS NULL
        ORDER BY id FOR UPDATE)
$$;

CREATE FUNCTION note_job(
    its_id uuid, its_subject text, ends text[], its_kind text, its_problem text, it_said text
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    its job;
BEGIN
    SELECT * INTO its FROM job WHERE id = its_id AND noticed_at IS NULL FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    PERFORM end_troubles(its_subject, ends);
    IF its_kind IS NOT NULL THEN
        its.trouble_id := note_trouble(its_kind, its_subject, its_problem, it_said, its.id, its.flow_run_id);
    END IF;
    -- Not before the trouble's own times: by them the jobs are found that it is about.
    UPDATE job SET trouble_id = its.trouble_id, noticed_at = clock_timestamp() WHERE id = its_id;
END $$;

CREATE FUNCTION note_neighbours() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM note_trouble('neighbour_left_alone', b.neighbour, '', b.last_error, NULL, NULL)
    FROM breaker b
    WHERE b.state <> 'closed' AND NOT EXISTS (
        SELECT FROM trouble t WHERE t.kind = 'neighbour_left_alone' AND t.subject = b.neighbour
                                AND t.ended_at IS NULL)
    ORDER BY b.neighbour;
    PERFORM end_troubles(b.neighbour, '{neighbour_left_alone}')
    FROM breaker b WHERE b.state = 'closed' ORDER BY b.neighbour;
END $$;

CREATE FUNCTION end_met_needs(flows text[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE trouble SET ended_at = clock_timestamp()
    WHERE id IN (
        SELECT t.id FROM trouble t
        WHERE t.kind = 'people_needed' AND t.ended_at IS NULL AND split_part(t.subject, ' ', 1) = ANY (flows)
          AND NOT EXISTS (
            SELECT FROM job j JOIN job_invoice ji ON ji.job_id = j.id JOIN invoice i ON i.id = ji.invoice_id
            WHERE j.trouble_id = t.id AND j.noticed_at >= t.since
              AND i.state IN ('held', 'invalid', 'failed', 'outcome_unknown', 'could_not_check'))
          AND NOT EXISTS (
            SELECT FROM rejected_record r JOIN job j ON j.id = r.job_id
            WHERE j.trouble_id = t.id AND j.noticed_at >= t.since AND r.resolved_at IS NULL)
        ORDER BY t.id FOR UPDATE OF t SKIP LOCKED)
$$;
COMMENT ON FUNCTION end_met_needs IS 'Once none of the invoices waits that people were needed for.';
"""

TELLING = """
CREATE FUNCTION troubles_to_tell(spacing_seconds double precision) RETURNS TABLE (
    id uuid, says text, kind text, subject text, problem text, since timestamptz, last_at timestamptz,
    ended_at timestamptz, times integer, untold_since timestamptz, told text, told_at timestamptz, said text,
    job_id uuid, flow_run_id uuid
) LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.id, CASE WHEN t.ended_at IS NULL THEN 'trouble' ELSE 'recovery' END, t.kind, t.subject, t.problem,
           t.since, t.last_at, t.ended_at, t.times, t.untold_since, t.told, t.told_at, t.said,
           t.job_id, t.flow_run_id
    FROM trouble t
    WHERE t.ended_at IS NULL AND t.times > 0
          AND (t.told_at IS NULL OR t.told_at <= clock_timestamp() - make_interval(secs => spacing_seconds))
       OR t.ended_at IS NOT NULL AND t.told = 'trouble'
    ORDER BY t.last_at, t.id
    LIMIT 50
    FOR UPDATE SKIP LOCKED
$$;

CREATE FUNCTION who_is_needed(its_id uuid, most_groups integer, most_numbers integer) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH runs AS (
        SELECT j.id FROM job j JOIN trouble t ON t.id = j.trouble_id
        WHERE t.id = its_id AND j.noticed_at >= t.untold_since
    ), needing AS (
        SELECT i.id, i.why, i.arrival, coalesce(i.number, i.stated_number) AS number, i.verdict_id, i.findings
        FROM invoice i
        WHERE i.id IN (SELECT ji.invoice_id FROM runs JOIN job_invoice ji ON ji.job_id = runs.id)
          AND i.state IN ('held', 'invalid', 'failed', 'outcome_unknown', 'could_not_check')
    ), reasons AS (
        SELECT DISTINCT n.id, n.number, n.arrival, n.why, f.code
        FROM needing n LEFT JOIN verdict v ON v.id = n.verdict_id
        LEFT JOIN LATERAL (
            SELECT e ->> 'code' AS code
            FROM jsonb_array_elements(coalesce(v.findings, '[]') || n.findings) AS e
            WHERE e ->> 'severity' = 'fatal') AS f ON n.why = 'findings'
    ), placed AS (
        SELECT *, row_number() OVER (PARTITION BY why, code ORDER BY arrival) AS place FROM reasons
    ), grouped AS (
        SELECT why, code, count(*) AS invoices,
               jsonb_agg(coalesce(number, id::text) ORDER BY arrival) FILTER (WHERE place <= most_numbers) AS numbers
        FROM placed GROUP BY why, code
    )
    SELECT jsonb_build_object(
        'invoices', (SELECT count(*) FROM needing),
        'rejected', (SELECT count(*) FROM rejected_record r
                     WHERE r.job_id IN (SELECT id FROM runs) AND r.resolved_at IS NULL),
        'counts', (SELECT j.counts FROM job j JOIN trouble t ON t.job_id = j.id WHERE t.id = its_id),
        'groups', coalesce((SELECT jsonb_agg(to_jsonb(g) ORDER BY g.invoices DESC, g.why, g.code) FROM (
            SELECT * FROM grouped ORDER BY invoices DESC, why, code LIMIT most_groups) AS g), '[]'),
        'left_out', greatest((SELECT count(*) FROM grouped) - most_groups, 0))
$$;
COMMENT ON FUNCTION who_is_needed IS 'For which invoices, by reason: numbers alone, of runs that nobody was told of.';

CREATE FUNCTION tell(its_trouble uuid, it_says text, its_title text, its_body jsonb, channels text[]) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    told_now uuid;
BEGIN
    INSERT INTO notice (trouble_id, says, title, body) VALUES (its_trouble, it_says, its_title, its_body)
    RETURNING id INTO told_now;
    INSERT INTO notice_delivery (notice_id, channel) SELECT told_now, unnest(channels);
    UPDATE trouble SET told = it_says, times = 0, untold_since = NULL,
        told_at = CASE WHEN it_says = 'trouble' THEN clock_timestamp() ELSE told_at END
    WHERE id = its_trouble;
    RETURN told_now;
END $$;

CREATE FUNCTION take_notices(
    channels text[], most integer, lease_seconds double precision, its_notice uuid
) RETURNS TABLE (id uuid, tries integer, channel text, says text, title text, body jsonb)
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH due AS (
        SELECT d.id FROM notice_delivery d JOIN notice n ON n.id = d.notice_id
        WHERE d.delivered_at IS NULL AND d.given_up_at IS NULL AND d.next_attempt_at <= clock_timestamp()
          AND d.channel = ANY (channels) AND (its_notice IS NULL OR n.id = its_notice)
          -- Of one trouble in order: a recovery is not told before what ended.
          AND NOT EXISTS (
            SELECT FROM notice_delivery before JOIN notice earlier ON earlier.id = before.notice_id
            WHERE before.channel = d.channel AND earlier.trouble_id = n.trouble_id AND earlier.position < n.position
              AND before.delivered_at IS NULL AND before.given_up_at IS NULL)
        ORDER BY n.position, d.channel
        LIMIT most
        FOR UPDATE OF d SKIP LOCKED
    ), taken AS (
        UPDATE notice_delivery d
        SET tries = d.tries + 1, next_attempt_at = clock_timestamp() + make_interval(secs => lease_seconds)
        FROM due WHERE d.id = due.id
        RETURNING d.*
    )
    SELECT t.id, t.tries, t.channel, n.says, n.title, n.body
    FROM taken t JOIN notice n ON n.id = t.notice_id ORDER BY n.position, t.channel
$$;
COMMENT ON FUNCTION take_notices IS 'What is due, leased to whoever asks, so that no two send it.';

CREATE FUNCTION settle_notice(
    its_id uuid, its_tries integer, its_outcome text, its_error text, wait_seconds double precision
) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE notice_delivery
    SET delivered_at = CASE WHEN its_outcome = 'delivered' THEN clock_timestamp() END,
        given_up_at = CASE WHEN its_outcome = 'given_up' THEN clock_timestamp() END,
        error = left(its_error, 300),
        next_attempt_at = clock_timestamp() + make_interval(secs => wait_seconds)
    -- One that took longer than its lease may have been overtaken: what the later try says, counts.
    WHERE id = its_id AND delivered_at IS NULL
      AND (tries = its_tries AND given_up_at IS NULL OR its_outcome = 'delivered')
$$;

CREATE FUNCTION give_up_notices(after_seconds double precision) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE notice_delivery SET given_up_at = clock_timestamp(),
        error = coalesce(error, 'Nobody who knows this channel came to send it.')
    WHERE delivered_at IS NULL AND given_up_at IS NULL
      AND created_at <= now() - make_interval(secs => after_seconds) AND next_attempt_at <= now()
$$;

CREATE FUNCTION notices_standing(
    OUT waiting bigint, OUT oldest_at timestamptz, OUT given_up bigint, OUT open_troubles bigint
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT count(*) FILTER (WHERE given_up_at IS NULL), min(created_at) FILTER (WHERE given_up_at IS NULL),
           count(*) FILTER (WHERE given_up_at > now() - interval '7 days'),
           (SELECT count(*) FROM trouble WHERE ended_at IS NULL)
    FROM notice_delivery WHERE delivered_at IS NULL
$$;
COMMENT ON FUNCTION notices_standing IS 'Counts alone; given up in the last week.';
"""

_FUNCTIONS = (
    "close_dead_jobs(text)",
    "unnoticed_jobs(uuid, double precision)",
    "note_trouble(text, text, text, text, uuid, uuid)",
    "end_troubles(text, text[])",
    "note_job(uuid, text, text[], text, text, text)",
    "note_neighbours()",
    "end_met_needs(text[])",
    "troubles_to_tell(double precision)",
    "who_is_needed(uuid, integer, integer)",
    "tell(uuid, text, text, jsonb, text[])",
    "take_notices(text[], integer, double precision, uuid)",
    "settle_notice(uuid, integer, text, text, double precision)",
    "give_up_notices(double precision)",
    "notices_standing()",
)
_ALL = ", ".join(_FUNCTIONS)

# The background of a facade has no caller, so functions of the owner do what it may.
RIGHTS = f"""
REVOKE EXECUTE ON FUNCTION {_ALL} FROM PUBLIC;
ALTER TABLE trouble ENABLE ROW LEVEL SECURITY;
ALTER TABLE notice ENABLE ROW LEVEL SECURITY;
ALTER TABLE notice_delivery ENABLE ROW LEVEL SECURITY;
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'waybill_app') THEN
        GRANT SELECT ON trouble, notice, notice_delivery TO waybill_app;
        CREATE POLICY application ON trouble FOR SELECT TO waybill_app USING (true);
        CREATE POLICY application ON notice FOR SELECT TO waybill_app USING (true);
        CREATE POLICY application ON notice_delivery FOR SELECT TO waybill_app USING (true);
        GRANT EXECUTE ON FUNCTION {_ALL} TO waybill_app;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'waybill_facade') THEN
        GRANT EXECUTE ON FUNCTION {_ALL} TO waybill_facade;
    END IF;
END $$;
"""  # noqa: S608 - no input

DROP = f"""
DROP FUNCTION {_ALL};
DROP INDEX ix_job_unnoticed;
ALTER TABLE job DROP COLUMN trouble_id, DROP COLUMN noticed_at, DROP COLUMN died;
DROP TABLE notice_delivery, notice, trouble;
"""


def upgrade() -> None:
    """Add them; the jobs that ended before count as noticed."""
    op.execute(TABLES)
    op.execute(NOTING)
    op.execute(TELLING)
    op.execute(RIGHTS)


def downgrade() -> None:
    """Take them away, with what people were not yet told."""
    op.execute(DROP)
