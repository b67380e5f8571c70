"""Outbox: what happened to invoices, for those who listen.

Revision ID: 0014
Revises: 0013
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE outbox_channel (
    name          text CONSTRAINT pk_outbox_channel PRIMARY KEY
                  CONSTRAINT ck_outbox_channel_name CHECK (name IN ('prefect', 'kafka')),
    states        text[] NOT NULL DEFAULT '{}',
    failures      integer NOT NULL DEFAULT 0,
    error         text CONSTRAINT ck_outbox_channel_error CHECK (length(error) <= 500),
    paused_until  timestamptz,
    published_at  timestamptz,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now()
);
INSERT INTO outbox_channel (name) VALUES ('prefect'), ('kafka');
COMMENT ON COLUMN outbox_channel.states IS 'The states of which events are written for it; none: it is off.';
COMMENT ON COLUMN outbox_channel.failures IS 'How often in a row it took nothing; `error` says why the last time.';
CREATE TRIGGER outbox_channel_is_touched BEFORE UPDATE ON outbox_channel
    FOR EACH ROW EXECUTE FUNCTION touch();

CREATE TABLE outbox (
    channel          text NOT NULL,
    position         bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    event_id         uuid NOT NULL,
    invoice_id       uuid NOT NULL,
    sequence         integer NOT NULL,
    type             text NOT NULL,
    at               timestamptz NOT NULL,
    body             json NOT NULL,
    tries            smallint NOT NULL DEFAULT 0,
    next_attempt_at  timestamptz,
    error            text CONSTRAINT ck_outbox_error CHECK (length(error) <= 500),
    CONSTRAINT pk_outbox PRIMARY KEY (channel, position),
    CONSTRAINT uq_outbox_channel_invoice_id_sequence UNIQUE (channel, invoice_id, sequence)
);
COMMENT ON TABLE outbox IS 'Events that a channel has not yet confirmed; a row goes when it has.';
COMMENT ON COLUMN outbox.event_id IS 'Of the audit event: the same for each channel and each try.';
COMMENT ON COLUMN outbox.next_attempt_at IS 'Set when it was refused: until then the invoice''s later ones wait.';
CREATE INDEX ix_outbox_refused ON outbox (channel, invoice_id) WHERE next_attempt_at IS NOT NULL;
CREATE TRIGGER outbox_says_the_same BEFORE UPDATE ON outbox
    FOR EACH ROW WHEN (
        (OLD.channel, OLD.position, OLD.event_id, OLD.invoice_id, OLD.sequence, OLD.type, OLD.at, OLD.body::text)
        IS DISTINCT FROM
        (NEW.channel, NEW.position, NEW.event_id, NEW.invoice_id, NEW.sequence, NEW.type, NEW.at, NEW.body::text))
    EXECUTE FUNCTION refuse_change();
"""

# The invoice's row stays locked until this transaction ends, so of one invoice whoever sees a later event sees
# the earlier ones too, and positions follow sequences.
WRITTEN = """
CREATE FUNCTION write_events() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO outbox (channel, event_id, invoice_id, sequence, type, at, body)
    SELECT c.name, NEW.id, NEW.invoice_id, NEW.sequence, 'invoice.' || NEW.to_state, NEW.at, json_build_object(
        'schema', 1, 'id', NEW.id, 'type', 'invoice.' || NEW.to_state,
        'time', to_char(NEW.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'sequence', NEW.sequence, 'invoice_id', NEW.invoice_id, 'number', coalesce(i.number, i.stated_number),
        'company_number', i.company_number, 'direction', i.direction, 'state', NEW.to_state, 'why', NEW.why,
        'receipt', i.receipt, 'job_id', NEW.job_id, 'source', i.source, 'source_id', i.source_id,
        'source_version', i.version)
    FROM outbox_channel c JOIN invoice i ON i.id = NEW.invoice_id
    WHERE NEW.to_state = ANY (c.states);
    RETURN NULL;
END $$;
-- A claim is a matter of seconds: how it ended is told.
CREATE TRIGGER audit_event_is_published AFTER INSERT ON audit_event
    FOR EACH ROW WHEN (NEW.to_state <> 'sending') EXECUTE FUNCTION write_events();
"""

PUBLISHED = """
CREATE FUNCTION publish_to(its_name text, its_states text[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE outbox_channel SET states = its_states WHERE name = its_name AND states IS DISTINCT FROM its_states
$$;

CREATE FUNCTION take_events(its_channel text, most integer)
    RETURNS TABLE ("position" bigint, event_id uuid, invoice_id uuid, sequence integer, type text,
                   at timestamptz, body text, flow_run_id uuid)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
    IF NOT pg_try_advisory_xact_lock(87004, hashtext(its_channel))
       OR EXISTS (SELECT FROM outbox_channel WHERE name = its_channel AND paused_until > now()) THEN
        RETURN;
    END IF;
    RETURN QUERY
        SELECT o.position, o.event_id, o.invoice_id, o.sequence, o.type, o.at, o.body::text, j.flow_run_id
        FROM outbox o LEFT JOIN job j ON j.id = (o.body ->> 'job_id')::uuid
        WHERE o.channel = its_channel AND (o.next_attempt_at IS NULL OR o.next_attempt_at <= now())
          AND NOT EXISTS (SELECT FROM outbox refused
                          WHERE refused.channel = o.channel AND refused.invoice_id = o.invoice_id
                            AND refused.sequence < o.sequence AND refused.next_attempt_at > now())
        ORDER BY o.position LIMIT most;
END $$;
COMMENT ON FUNCTION take_events IS
    'The oldest events of a channel, for one publisher at a time: until the transaction ends, others get none.';

CREATE FUNCTION settle_events(its_channel text, taken bigint[], refused bigint[], whys text[], why_down text)
    RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM outbox WHERE channel = its_channel AND position = ANY (taken);

    UPDATE outbox o
    SET tries = least(o.tries + 1, 1000), error = left(given.why, 500),
        next_attempt_at = clock_timestamp() + make_interval(secs => least(3600, 5 * 2 ^ least(o.tries, 10)))
    FROM unnest(refused, whys) AS given (position, why)
    WHERE o.channel = its_channel AND o.position = given.position;

    UPDATE outbox_channel SET
        failures = CASE WHEN why_down IS NULL THEN 0 ELSE failures + 1 END,
        error = left(why_down, 500),
        paused_until = CASE WHEN why_down IS NOT NULL THEN
            clock_timestamp() + make_interval(secs => least(300, 2 * 2 ^ least(failures, 10))) END,
        published_at = CASE WHEN cardinality(taken) > 0 THEN clock_timestamp() ELSE published_at END
    WHERE name = its_channel;
END $$;

CREATE FUNCTION outbox_backlog() RETURNS TABLE (
    channel text, listens boolean, waiting bigint, oldest_at timestamptz, refused bigint, failures integer,
    error text, paused_until timestamptz, published_at timestamptz
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT c.name, c.states <> '{}', open.events, open.oldest, open.refused, c.failures, c.error,
           CASE WHEN c.paused_until > now() THEN c.paused_until END, c.published_at
    FROM outbox_channel c CROSS JOIN LATERAL (
        SELECT count(*) AS events, min(o.at) AS oldest,
               count(*) FILTER (WHERE o.next_attempt_at IS NOT NULL) AS refused
        FROM outbox o WHERE o.channel = c.name) AS open
    ORDER BY c.name
$$;
COMMENT ON FUNCTION outbox_backlog IS 'Of all companies: counts alone, for metrics.';
"""

_FUNCTIONS = """publish_to(text, text[]), take_events(text, integer),
    settle_events(text, bigint[], bigint[], text[], text), outbox_backlog()"""

# The background of the facade has no caller, so functions of the owner do what it may.
RIGHTS = f"""
REVOKE EXECUTE ON FUNCTION {_FUNCTIONS} FROM PUBLIC;
ALTER TABLE outbox_channel ENABLE ROW LEVEL SECURITY;
ALTER TABLE outbox ENABLE ROW LEVEL SECURITY;
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'waybill_app') THEN
        GRANT SELECT ON outbox_channel, outbox TO waybill_app;
        CREATE POLICY application ON outbox_channel FOR SELECT TO waybill_app USING (true);
        CREATE POLICY application ON outbox FOR SELECT TO waybill_app USING (true);
        GRANT EXECUTE ON FUNCTION {_FUNCTIONS} TO waybill_app;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'waybill_facade') THEN
        GRANT EXECUTE ON FUNCTION {_FUNCTIONS} TO waybill_facade;
    END IF;
END $$;
"""  # noqa: S608 - no input

DROP = f"""
DROP TRIGGER audit_event_is_published ON audit_event;
DROP FUNCTION write_events(), {_FUNCTIONS};
DROP TABLE outbox, outbox_channel;
"""


def upgrade() -> None:
    """Add it; nothing is written until a run or the facade says for which channels."""
    op.execute(TABLES)
    op.execute(WRITTEN)
    op.execute(PUBLISHED)
    op.execute(RIGHTS)


def downgrade() -> None:
    """Take it away, with what was not yet published."""
    op.execute(DROP)
