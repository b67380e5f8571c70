"""Webhooks: messages that came in, and messages that go out with each try to send them.

Revision ID: 0011
Revises: 0010
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

RECEIVED = """
CREATE TABLE received_webhook (
    id           uuid CONSTRAINT pk_received_webhook PRIMARY KEY DEFAULT gen_random_uuid(),
    webhook_id   text NOT NULL CONSTRAINT uq_received_webhook_webhook_id UNIQUE
                 CONSTRAINT ck_received_webhook_webhook_id CHECK (length(webhook_id) BETWEEN 1 AND 128),
    body_sha256  text NOT NULL CONSTRAINT ck_received_webhook_body_sha256 CHECK (body_sha256 ~ '^[0-9a-f]{64}$'),
    request_id   uuid NOT NULL CONSTRAINT fk_received_webhook_request_id_run_request REFERENCES run_request
                 DEFERRABLE INITIALLY DEFERRED,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE received_webhook IS 'Signed webhooks that were taken, each id once, with the run that it asked for.';
CREATE TRIGGER received_webhook_append_only BEFORE UPDATE OR DELETE ON received_webhook
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER received_webhook_no_truncate BEFORE TRUNCATE ON received_webhook
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION receive_webhook(
    its_id text, its_sha256 text, its_source_ids text[], asks text, its_correlation_id text,
    OUT asked uuid, OUT is_new boolean, OUT same_body boolean
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO received_webhook (webhook_id, body_sha256, request_id)
    VALUES (its_id, its_sha256, gen_random_uuid())
    ON CONFLICT (webhook_id) DO NOTHING
    RETURNING request_id INTO asked;
    is_new := FOUND;
    same_body := true;
    IF is_new THEN
        INSERT INTO run_request (id, requested_by, correlation_id, source_ids)
        VALUES (asked, asks, its_correlation_id, its_source_ids);
    ELSE
        SELECT request_id, body_sha256 = its_sha256 INTO asked, same_body
        FROM received_webhook WHERE webhook_id = its_id;
    END IF;
END $$;
COMMENT ON FUNCTION receive_webhook IS
    'Nobody calls but a signature: so the role of the facade needs no right to ask for runs in nobody''s name.';

CREATE FUNCTION note_refused_webhook(client text, correlation text, why text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- Anybody can send one as often as they like: one event a minute says enough.
    INSERT INTO security_event (kind, address, correlation_id, details)
    SELECT 'webhook_refused', client, correlation, jsonb_build_object('why', left(why, 200))
    WHERE NOT EXISTS (
        SELECT FROM security_event e
        WHERE e.account_id IS NULL AND e.kind = 'webhook_refused' AND e.at > now() - interval '1 minute'
          AND e.address = client);
    RETURN FOUND;
END $$;
"""

OUTGOING = """
CREATE TABLE webhook_endpoint (
    id            uuid CONSTRAINT pk_webhook_endpoint PRIMARY KEY DEFAULT gen_random_uuid(),
    single        boolean NOT NULL DEFAULT true CONSTRAINT uq_webhook_endpoint_single UNIQUE
                  CONSTRAINT ck_webhook_endpoint_single CHECK (single),
    url_sha256    text CONSTRAINT ck_webhook_endpoint_url_sha256 CHECK (url_sha256 ~ '^[0-9a-f]{64}$'),
    gone_at       timestamptz,
    paused_until  timestamptz,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ck_webhook_endpoint_gone CHECK (gone_at IS NULL OR url_sha256 IS NOT NULL)
);
INSERT INTO webhook_endpoint DEFAULT VALUES;
COMMENT ON COLUMN webhook_endpoint.url_sha256 IS 'Where state changes are announced; null: nowhere.';
COMMENT ON COLUMN webhook_endpoint.gone_at IS 'When it said 410 Gone: it is told no more.';
CREATE TRIGGER webhook_endpoint_is_touched BEFORE UPDATE ON webhook_endpoint
    FOR EACH ROW EXECUTE FUNCTION touch();

CREATE TABLE webhook_message (
    id               uuid CONSTRAINT pk_webhook_message PRIMARY KEY DEFAULT gen_random_uuid(),
    position         bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT uq_webhook_message_position UNIQUE,
    invoice_id       uuid NOT NULL CONSTRAINT fk_webhook_message_invoice_id_invoice REFERENCES invoice,
    sequence         integer NOT NULL,
    type             text NOT NULL,
    company_number   text,
    at               timestamptz NOT NULL,
    state            text NOT NULL,
    status           text NOT NULL,
    number           text,
    reason           text,
    receipt          text,
    body             text,
    tries            smallint NOT NULL DEFAULT 0,
    next_attempt_at  timestamptz NOT NULL DEFAULT now(),
    delivered_at     timestamptz,
    given_up_at      timestamptz,
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT uq_webhook_message_invoice_id_sequence UNIQUE (invoice_id, sequence),
    CONSTRAINT ck_webhook_message_ended CHECK (delivered_at IS NULL OR given_up_at IS NULL)
);
COMMENT ON TABLE webhook_message IS 'A change of an invoice''s outward status, to be told to the ERP.';
COMMENT ON COLUMN webhook_message.id IS 'The webhook-id, the same for each try.';
COMMENT ON COLUMN webhook_message.sequence IS 'Of the audit event.';
COMMENT ON COLUMN webhook_message.body IS 'What is signed and sent: made for the first try and kept for the others.';
CREATE INDEX ix_webhook_message_due ON webhook_message (next_attempt_at, position)
    WHERE delivered_at IS NULL AND given_up_at IS NULL;
CREATE INDEX ix_webhook_message_in_order ON webhook_message (invoice_id, sequence)
    WHERE delivered_at IS NULL AND given_up_at IS NULL;
CREATE INDEX ix_webhook_message_given_up_at ON webhook_message (given_up_at) WHERE given_up_at IS NOT NULL;
CREATE TRIGGER webhook_message_is_touched BEFORE UPDATE ON webhook_message
    FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER webhook_message_says_the_same BEFORE UPDATE ON webhook_message
    FOR EACH ROW WHEN (
        (OLD.invoice_id, OLD.sequence, OLD.type, OLD.company_number, OLD.at, OLD.state, OLD.status, OLD.number,
         OLD.reason, OLD.receipt)
        IS DISTINCT FROM
        (NEW.invoice_id, NEW.sequence, NEW.type, NEW.company_number, NEW.at, NEW.state, NEW.status, NEW.number,
         NEW.reason, NEW.receipt)
        OR OLD.body IS DISTINCT FROM NEW.body AND OLD.body IS NOT NULL
        OR OLD.delivered_at IS NOT NULL)
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER webhook_message_no_delete BEFORE DELETE ON webhook_message
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE webhook_attempt (
    id           uuid CONSTRAINT pk_webhook_attempt PRIMARY KEY DEFAULT gen_random_uuid(),
    message_id   uuid NOT NULL CONSTRAINT fk_webhook_attempt_message_id_webhook_message REFERENCES webhook_message,
    number       smallint NOT NULL,
    at           timestamptz NOT NULL,
    seconds      double precision CONSTRAINT ck_webhook_attempt_seconds CHECK (seconds >= 0),
    http_status  integer,
    error        text CONSTRAINT ck_webhook_attempt_error CHECK (length(error) <= 500),
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT uq_webhook_attempt_message_id_number UNIQUE (message_id, number),
    CONSTRAINT ck_webhook_attempt_open CHECK (seconds IS NOT NULL OR (http_status IS NULL AND error IS NULL))
);
COMMENT ON TABLE webhook_attempt IS 'One try to send a message; without `seconds` its end is not known.';
CREATE TRIGGER webhook_attempt_is_touched BEFORE UPDATE ON webhook_attempt
    FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER webhook_attempt_ended_is_final BEFORE UPDATE ON webhook_attempt
    FOR EACH ROW WHEN (OLD.seconds IS NOT NULL
        OR (OLD.message_id, OLD.number, OLD.at) IS DISTINCT FROM (NEW.message_id, NEW.number, NEW.at))
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER webhook_attempt_no_delete BEFORE DELETE ON webhook_attempt
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER webhook_attempt_no_truncate BEFORE TRUNCATE ON webhook_attempt
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

QUEUE = """
CREATE FUNCTION outward_status(state text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN state IN ('received', 'ready', 'could_not_check', 'sending') THEN 'pending'
                WHEN state = 'invalid' THEN 'failed' ELSE state END
$$;
COMMENT ON FUNCTION outward_status IS 'The names that the outside knows states by.';

CREATE FUNCTION queue_webhook() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO webhook_message (invoice_id, sequence, type, company_number, at, state, status, number, reason,
                                 receipt)
    SELECT i.id, NEW.sequence, 'invoice.state_changed', i.company_number, NEW.at, NEW.to_state,
           outward_status(NEW.to_state), coalesce(i.number, i.stated_number), i.reason, i.receipt
    FROM invoice i
    WHERE i.id = NEW.invoice_id
      AND EXISTS (SELECT FROM webhook_endpoint WHERE url_sha256 IS NOT NULL AND gone_at IS NULL);
    RETURN NULL;
END $$;
-- Whoever offered the record knows that it is pending.
CREATE TRIGGER audit_event_is_announced AFTER INSERT ON audit_event
    FOR EACH ROW WHEN (outward_status(coalesce(NEW.from_state, 'received')) <> outward_status(NEW.to_state))
    EXECUTE FUNCTION queue_webhook();

CREATE FUNCTION announce_to(its_url_sha256 text) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE webhook_endpoint SET url_sha256 = its_url_sha256, gone_at = NULL, paused_until = NULL
    WHERE url_sha256 IS DISTINCT FROM its_url_sha256
$$;

CREATE FUNCTION webhook_body(message webhook_message) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'type', message.type,
        'timestamp', to_char(message.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'data', json_build_object(
            'id', i.id, 'source', i.source, 'source_id', i.source_id, 'version', i.version,
            'number', message.number, 'company_number', message.company_number, 'direction', i.direction,
            'status', message.status, 'state', message.state, 'receipt', message.receipt,
            'reason', message.reason,
            'findings', coalesce(
                (SELECT json_agg(json_build_object('code', found ->> 'code', 'message', found ->> 'message'))
                 FROM jsonb_array_elements(coalesce(v.findings, '[]') || i.findings) AS found), '[]'),
            'updated_at', to_char(message.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        ))::text
    FROM invoice i LEFT JOIN verdict v ON v.id = i.verdict_id WHERE i.id = message.invoice_id
$$;

CREATE FUNCTION take_webhooks(most integer, lease_seconds double precision)
    RETURNS TABLE (attempt_id uuid, message_id uuid, number smallint, body text)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    -- Planned for the number that is asked for: a plan for any number would read the whole queue each time.
    RETURN QUERY WITH due AS (
        SELECT m.id FROM webhook_message m
        WHERE m.delivered_at IS NULL AND m.given_up_at IS NULL AND m.next_attempt_at <= now()
          AND NOT EXISTS (SELECT FROM webhook_message before
                          WHERE before.invoice_id = m.invoice_id AND before.sequence < m.sequence
                            AND before.delivered_at IS NULL AND before.given_up_at IS NULL)
          AND NOT EXISTS (SELECT FROM webhook_endpoint WHERE url_sha256 IS NULL OR gone_at IS NOT NULL
                                                          OR paused_until > now())
        ORDER BY m.next_attempt_at, m.position
        LIMIT most
        FOR UPDATE OF m SKIP LOCKED
    ), taken AS (
        UPDATE webhook_message m
        SET tries = m.tries + 1, body = coalesce(m.body, webhook_body(m)),
            next_attempt_at = now() + make_interval(secs => lease_seconds)
        FROM due WHERE m.id = due.id
        RETURNING m.*
    ), begun AS (
        INSERT INTO webhook_attempt (message_id, number, at)
        SELECT taken.id, taken.tries, clock_timestamp() FROM taken
        RETURNING webhook_attempt.id, webhook_attempt.message_id
    )
    SELECT begun.id, taken.id, taken.tries, taken.body
    FROM taken JOIN begun ON begun.message_id = taken.id ORDER BY taken.position;
END $$;
COMMENT ON FUNCTION take_webhooks IS
    'What is due, leased to whoever asks; of one invoice the oldest message alone, so that they arrive in order.';

CREATE FUNCTION settle_webhooks(
    ids uuid[], took double precision[], statuses integer[], errors text[], outcomes text[],
    waits double precision[], pause_seconds double precision
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE webhook_attempt a
    SET seconds = given.seconds, http_status = given.http_status, error = left(given.error, 500)
    FROM unnest(ids, took, statuses, errors) AS given (id, seconds, http_status, error)
    WHERE a.id = given.id AND a.seconds IS NULL;

    UPDATE webhook_message m
    SET delivered_at = CASE WHEN given.outcome = 'delivered' THEN now() END,
        given_up_at = CASE WHEN given.outcome = 'given_up' THEN now() END,
        next_attempt_at = now() + make_interval(secs => given.wait)
    FROM unnest(ids, outcomes, waits) AS given (id, outcome, wait) JOIN webhook_attempt a ON a.id = given.id
    -- One that took longer than its lease may have been overtaken: what the later try says, counts.
    WHERE m.id = a.message_id AND m.delivered_at IS NULL
      AND (m.tries = a.number AND m.given_up_at IS NULL OR given.outcome = 'delivered');

    UPDATE webhook_endpoint SET paused_until = now() + make_interval(secs => pause_seconds)
    WHERE pause_seconds > 0;
END $$;

CREATE FUNCTION stop_announcing() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE webhook_endpoint SET gone_at = now() WHERE gone_at IS NULL AND url_sha256 IS NOT NULL;
    UPDATE webhook_message SET given_up_at = now() WHERE delivered_at IS NULL AND given_up_at IS NULL;
END $$;

CREATE FUNCTION announcing(
    OUT announces boolean, OUT undelivered bigint, OUT oldest_at timestamptz, OUT given_up bigint,
    OUT gone_at timestamptz, OUT paused_until timestamptz
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT e.url_sha256 IS NOT NULL AND e.gone_at IS NULL, open.messages, open.oldest,
           (SELECT count(*) FROM webhook_message WHERE given_up_at IS NOT NULL),
           e.gone_at, CASE WHEN e.paused_until > now() THEN e.paused_until END
    FROM webhook_endpoint e CROSS JOIN (
        SELECT count(*) AS messages, min(at) AS oldest FROM webhook_message
        WHERE delivered_at IS NULL AND given_up_at IS NULL) AS open
$$;
COMMENT ON FUNCTION announcing IS 'Of all companies: counts alone, for metrics.';
"""

# A signature lets in no caller and the background has none, so functions of the owner do what the facade may.
RIGHTS = """
REVOKE EXECUTE ON FUNCTION receive_webhook(text, text, text[], text, text),
    note_refused_webhook(text, text, text), announce_to(text), announcing(),
    take_webhooks(integer, double precision), stop_announcing(),
    settle_webhooks(uuid[], double precision[], integer[], text[], text[], double precision[], double precision)
    FROM PUBLIC;
ALTER TABLE received_webhook ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_endpoint ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_message ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_attempt ENABLE ROW LEVEL SECURITY;
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'waybill_app') THEN
        GRANT SELECT ON received_webhook, webhook_endpoint, webhook_message, webhook_attempt TO waybill_app;
        CREATE POLICY application ON received_webhook FOR SELECT TO waybill_app USING (true);
        CREATE POLICY application ON webhook_endpoint FOR SELECT TO waybill_app USING (true);
        CREATE POLICY application ON webhook_message FOR SELECT TO waybill_app USING (true);
        CREATE POLICY application ON webhook_attempt FOR SELECT TO waybill_app USING (true);
        GRANT EXECUTE ON FUNCTION announce_to(text), announcing(), take_webhooks(integer, double precision),
            stop_announcing(), settle_webhooks(uuid[], double precision[], integer[], text[], text[],
                                               double precision[], double precision) TO waybill_app;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'waybill_facade') THEN
        GRANT EXECUTE ON FUNCTION receive_webhook(text, text, text[], text, text),
            note_refused_webhook(text, text, text) TO waybill_facade;
        GRANT EXECUTE ON FUNCTION announce_to(text), announcing(), take_webhooks(integer, double precision),
            stop_announcing(), settle_webhooks(uuid[], double precision[], integer[], text[], text[],
                                               double precision[], double precision) TO waybill_facade;
    END IF;
END $$;
"""

DROP = """
DROP TRIGGER audit_event_is_announced ON audit_event;
DROP FUNCTION queue_webhook();
DROP FUNCTION announcing();
DROP FUNCTION stop_announcing();
DROP FUNCTION settle_webhooks(uuid[], double precision[], integer[], text[], text[], double precision[],
                              double precision);
DROP FUNCTION take_webhooks(integer, double precision);
DROP FUNCTION webhook_body(webhook_message);
DROP FUNCTION announce_to(text);
DROP FUNCTION outward_status(text);
DROP FUNCTION note_refused_webhook(text, text, text);
DROP FUNCTION receive_webhook(text, text, text[], text, text);
DROP TABLE webhook_attempt, webhook_message, webhook_endpoint, received_webhook;
"""


def upgrade() -> None:
    """Add them; nothing is announced until a run or the facade says where to."""
    op.execute(RECEIVED)
    op.execute(OUTGOING)
    op.execute(QUEUE)
    op.execute(RIGHTS)


def downgrade() -> None:
    """Take them away, with what was not yet told."""
    op.execute(DROP)
