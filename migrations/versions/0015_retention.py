"""Retention: what is erased and when, companies whose documents are not, and ledgers that were set back.

Revision ID: 0015
Revises: 0014
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

HOLDS = """
CREATE TABLE legal_hold (
    id                uuid CONSTRAINT pk_legal_hold PRIMARY KEY DEFAULT gen_random_uuid(),
    company_number    text NOT NULL
                      CONSTRAINT ck_legal_hold_company_number CHECK (company_number ~ '^[01][0-9]{9}$'),
    reason_id         uuid NOT NULL CONSTRAINT fk_legal_hold_reason_id_payload REFERENCES payload,
    placed_by         text NOT NULL,
    lifted_at         timestamptz,
    lifted_by         text,
    lifted_reason_id  uuid CONSTRAINT fk_legal_hold_lifted_reason_id_payload REFERENCES payload,
    created_at        timestamptz NOT NULL DEFAULT now(),
    updated_at        timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ck_legal_hold_lifted
        CHECK ((lifted_at IS NULL) = (lifted_by IS NULL) AND (lifted_at IS NULL) = (lifted_reason_id IS NULL))
);
COMMENT ON TABLE legal_hold IS 'Companies of which nothing is erased, until it is lifted.';
CREATE INDEX ix_legal_hold_company_number ON legal_hold (company_number) WHERE lifted_at IS NULL;

CREATE TRIGGER legal_hold_is_touched BEFORE UPDATE ON legal_hold FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER legal_hold_no_delete BEFORE DELETE ON legal_hold
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER legal_hold_no_truncate BEFORE TRUNCATE ON legal_hold
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER legal_hold_is_lifted_once BEFORE UPDATE ON legal_hold
    FOR EACH ROW WHEN (OLD.lifted_at IS NOT NULL OR (OLD.company_number, OLD.reason_id, OLD.placed_by, OLD.created_at)
        IS DISTINCT FROM (NEW.company_number, NEW.reason_id, NEW.placed_by, NEW.created_at))
    EXECUTE FUNCTION refuse_change();

CREATE FUNCTION wait_for_erasing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- What is being erased ends before the hold stands; whoever erases after that sees it.
    PERFORM pg_advisory_xact_lock(87015);
    RETURN NEW;
END $$;
CREATE TRIGGER legal_hold_waits_for_erasing BEFORE INSERT ON legal_hold
    FOR EACH ROW EXECUTE FUNCTION wait_for_erasing();
"""

ERASURE = """
CREATE TABLE erasure (
    id               uuid CONSTRAINT pk_erasure PRIMARY KEY DEFAULT gen_random_uuid(),
    document_id      uuid NOT NULL CONSTRAINT fk_erasure_document_id_document REFERENCES document,
    rule             text NOT NULL CONSTRAINT ck_erasure_rule CHECK (rule IN ('retention_period')),
    counted_from     date NOT NULL,
    retention_years  integer NOT NULL CONSTRAINT ck_erasure_retention_years CHECK (retention_years >= 10),
    actor            text NOT NULL,
    job_id           uuid,
    payloads         integer NOT NULL,
    erased_at        timestamptz NOT NULL,
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT uq_erasure_document_id UNIQUE (document_id)
);
COMMENT ON TABLE erasure IS 'What was erased with a document, when, by whom and by which rule; its SHA-256 stays.';
CREATE TRIGGER erasure_append_only BEFORE UPDATE OR DELETE ON erasure
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER erasure_no_truncate BEFORE TRUNCATE ON erasure
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE document ADD COLUMN erased_at timestamptz;
CREATE INDEX ix_document_not_erased ON document (created_at, id) WHERE erased_at IS NULL;

ALTER TABLE verdict ADD COLUMN findings_sha256 text
    CONSTRAINT ck_verdict_findings_sha256
    CHECK (findings_sha256 IS NULL OR findings_sha256 ~ '^[0-9a-f]{64}$' AND findings = '[]');
COMMENT ON COLUMN verdict.findings_sha256 IS 'Of the findings that were erased; null where they are here.';

CREATE FUNCTION findings_hash(findings jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT encode(sha256(convert_to(findings::text, 'UTF8')), 'hex')
$$;

CREATE OR REPLACE FUNCTION verdict_evidence(verdict verdict) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('id', verdict.id, 'verdict', verdict.verdict, 'rule_sets', verdict.rule_sets,
        'findings_sha256', coalesce(verdict.findings_sha256, findings_hash(verdict.findings)))
$$;
"""

# Who owns a table may do with it what it likes; the application owns none, so it erases through functions alone.
GUARDS = """
CREATE FUNCTION refuse_all_but_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') THEN
        RAISE EXCEPTION 'what % holds is erased by erase_documents() alone, once its time has come', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payload_is_erased_by_rule BEFORE UPDATE ON payload
    FOR EACH ROW WHEN (OLD.content IS NOT NULL AND NEW.content IS NULL) EXECUTE FUNCTION refuse_all_but_owner();
CREATE TRIGGER document_is_erased_by_rule BEFORE UPDATE ON document
    FOR EACH ROW WHEN (OLD.erased_at IS DISTINCT FROM NEW.erased_at) EXECUTE FUNCTION refuse_all_but_owner();
CREATE TRIGGER document_enters_whole BEFORE INSERT ON document
    FOR EACH ROW WHEN (NEW.erased_at IS NOT NULL) EXECUTE FUNCTION refuse_change();

CREATE TRIGGER verdict_enters_whole BEFORE INSERT ON verdict
    FOR EACH ROW WHEN (NEW.findings_sha256 IS NOT NULL) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER verdict_keeps_its_hash BEFORE UPDATE ON verdict
    FOR EACH ROW WHEN (OLD.findings_sha256 IS NOT NULL
        AND (OLD.findings_sha256, OLD.verdict, OLD.rule_sets, OLD.document_id)
            IS DISTINCT FROM (NEW.findings_sha256, NEW.verdict, NEW.rule_sets, NEW.document_id))
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER verdict_is_erased_with_its_hash BEFORE UPDATE ON verdict
    FOR EACH ROW WHEN (OLD.findings_sha256 IS NULL AND NEW.findings_sha256 IS NOT NULL
        AND (NEW.findings_sha256, NEW.verdict, NEW.rule_sets, NEW.document_id)
            IS DISTINCT FROM (findings_hash(OLD.findings), OLD.verdict, OLD.rule_sets, OLD.document_id))
    EXECUTE FUNCTION refuse_change();

CREATE FUNCTION insist_on_document() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM document WHERE id = NEW.document_id AND erased_at IS NOT NULL) THEN
        RAISE EXCEPTION 'the document of invoice % was erased, so it cannot be forwarded', NEW.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ck_invoice_document_erased';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoice_has_its_document BEFORE UPDATE ON invoice
    FOR EACH ROW WHEN (NEW.state = 'ready' AND OLD.state IN ('duplicate', 'out_of_scope', 'held', 'invalid', 'failed'))
    EXECUTE FUNCTION insist_on_document();
"""

# The year of the arrival is taken from the audit trail, which the application cannot write.
ERASE = """
CREATE FUNCTION invoice_counted_from(invoice invoice) RETURNS date
    LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT make_date(1 + greatest(
        extract(year FROM invoice.issue_date)::integer,
        (SELECT extract(year FROM e.at AT TIME ZONE 'UTC')::integer FROM audit_event e
         WHERE e.invoice_id = invoice.id AND e.sequence = 1)), 1, 1)
$$;
COMMENT ON FUNCTION invoice_counted_from(invoice) IS
    '1 January after the year of issue, or of arrival where that is later or there is no date of issue.';

CREATE FUNCTION invoice_kept_because(invoice invoice, years integer) RETURNS text
    LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT CASE
        WHEN extract(year FROM now() AT TIME ZONE 'UTC') <= years + extract(year FROM invoice_counted_from(invoice)) - 1
            THEN 'period'
        WHEN EXISTS (SELECT FROM legal_hold h WHERE h.lifted_at IS NULL
                     AND (invoice.company_number IS NULL OR h.company_number = invoice.company_number))
            THEN 'hold'
        WHEN invoice.state NOT IN ('sent', 'duplicate', 'superseded', 'dismissed', 'out_of_scope')
            OR EXISTS (SELECT FROM invoice b WHERE b.id = invoice.blocked_by
                       AND b.state NOT IN ('sent', 'duplicate', 'superseded', 'dismissed', 'out_of_scope'))
            THEN 'open'
    END
$$;

CREATE FUNCTION insist_on_retention(years integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF years IS NULL OR years < 10 THEN
        RAISE EXCEPTION 'documents are kept for 10 years or more, not %', years
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- An older snapshot would not show a hold that was placed since.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'erasing needs a transaction that is read committed'
            USING ERRCODE = 'invalid_transaction_state';
    END IF;
    PERFORM pg_advisory_xact_lock_shared(87015);
END $$;

CREATE FUNCTION erase_documents(
    years integer, most integer, pretend boolean, after_at timestamptz, after_id uuid,
    OUT looked_at integer, OUT erased integer, OUT on_hold integer, OUT still_open integer,
    OUT last_at timestamptz, OUT last_id uuid
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    chunk uuid[];
    due   uuid[];
BEGIN
    PERFORM insist_on_retention(years);
    SELECT array_agg(n.id ORDER BY n.created_at, n.id), count(*),
           (array_agg(n.created_at ORDER BY n.created_at DESC, n.id DESC))[1],
           (array_agg(n.id ORDER BY n.created_at DESC, n.id DESC))[1]
    INTO chunk, looked_at, last_at, last_id
    FROM (SELECT d.id, d.created_at FROM document d
          WHERE d.erased_at IS NULL AND (d.created_at, d.id) > (after_at, after_id)
            AND d.created_at < make_timestamptz(
                extract(year FROM now() AT TIME ZONE 'UTC')::integer - years, 1, 1, 0, 0, 0, 'UTC')
          ORDER BY d.created_at, d.id LIMIT most) AS n;
    IF NOT pretend THEN
        -- Invoices before documents, as arrivals lock them; a document that is just being referred to is passed over.
        PERFORM FROM invoice i WHERE i.document_id = ANY(chunk) ORDER BY i.arrival FOR NO KEY UPDATE;
        chunk := ARRAY(SELECT d.id FROM document d WHERE d.id = ANY(chunk) AND d.erased_at IS NULL
                      ORDER BY d.id FOR UPDATE SKIP LOCKED);
    END IF;

    WITH kept AS (
        SELECT d.id, coalesce(array_agg(invoice_kept_because(i, years)) FILTER (WHERE i.id IS NOT NULL),
            CASE WHEN EXISTS (SELECT FROM legal_hold WHERE lifted_at IS NULL) THEN ARRAY['hold'] ELSE '{}' END) AS why
        FROM unnest(chunk) AS d (id) LEFT JOIN invoice i ON i.document_id = d.id GROUP BY d.id
    )
    SELECT array_agg(id) FILTER (WHERE array_remove(why, NULL) = '{}'),
           count(*) FILTER (WHERE array_remove(why, NULL) = '{}'),
           count(*) FILTER (WHERE 'period' <> ALL (array_remove(why, NULL)) AND 'hold' = ANY (why)),
           count(*) FILTER (WHERE 'period' <> ALL (array_remove(why, NULL)) AND 'hold' <> ALL (array_remove(why, NULL))
                            AND 'open' = ANY (why))
    INTO due, erased, on_hold, still_open FROM kept;
    IF erased > 0 AND NOT pretend THEN
        PERFORM erase_at_last(due, years);
    END IF;
END $$;
COMMENT ON FUNCTION erase_documents IS
    'Erases of the next documents, in the order of their arrival, those that nothing keeps; or says how many.';

CREATE FUNCTION erase_at_last(due uuid[], years integer) RETURNS void
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    WITH hangs_on AS (
        SELECT d.id AS document_id, d.payload_id FROM document d WHERE d.id = ANY(due)
        UNION ALL
        SELECT i.document_id, a.answer_id FROM invoice i JOIN attempt a ON a.invoice_id = i.id
        WHERE i.document_id = ANY(due)
        UNION ALL
        SELECT i.document_id, d.reason_id FROM invoice i JOIN decision d ON d.invoice_id = i.id
        WHERE i.document_id = ANY(due)
    ), emptied AS (
        UPDATE payload p SET content = NULL, erased_at = now() FROM hangs_on h
        WHERE p.id = h.payload_id AND p.content IS NOT NULL
        RETURNING h.document_id
    )
    INSERT INTO erasure (document_id, rule, counted_from, retention_years, actor, job_id, payloads, erased_at)
    SELECT d.id, 'retention_period',
           coalesce((SELECT max(invoice_counted_from(i)) FROM invoice i WHERE i.document_id = d.id),
                    make_date(1 + extract(year FROM d.created_at AT TIME ZONE 'UTC')::integer, 1, 1)),
           years, coalesce(nullif(current_setting('waybill.actor', true), ''), session_user),
           nullif(current_setting('waybill.job', true), '')::uuid,
           (SELECT count(*) FROM emptied WHERE emptied.document_id = d.id), now()
    FROM document d WHERE d.id = ANY(due);
    UPDATE document SET facts = NULL, erased_at = now() WHERE id = ANY(due);
    -- A check that failed has no findings that anything was decided by.
    UPDATE verdict v SET findings = '[]',
        findings_sha256 = CASE WHEN v.verdict <> 'could_not_check' THEN findings_hash(v.findings) END
    WHERE v.document_id = ANY(due);
    UPDATE invoice SET supplier_name = NULL, supplier_number = NULL, issuer_key = NULL, payable_amount = NULL,
        reason = NULL, findings = '[]'
    WHERE document_id = ANY(due);
    DELETE FROM invoice_words w USING invoice i WHERE i.document_id = ANY(due) AND w.invoice_id = i.id;
END $$;
"""

# Records that were rejected say of themselves whose they are, if at all: any hold keeps them all.
LEFTOVERS = """
CREATE FUNCTION erase_leftovers(years integer, most integer, pretend boolean, OUT rejected integer, OUT reasons integer)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    -- What came before is past its period, as it came in a year that is.
    past timestamptz;
    ids  uuid[];
BEGIN
    PERFORM insist_on_retention(years);
    past := make_timestamptz(extract(year FROM now() AT TIME ZONE 'UTC')::integer - years, 1, 1, 0, 0, 0, 'UTC');
    ids := ARRAY(
        SELECT r.id FROM rejected_record r JOIN payload p ON p.id = r.raw_id
        WHERE p.content IS NOT NULL AND (r.created_at < past OR r.resolved_at < now() - interval '90 days')
          AND NOT EXISTS (SELECT FROM legal_hold WHERE lifted_at IS NULL)
        LIMIT CASE WHEN NOT pretend THEN most END);
    rejected := cardinality(ids);
    IF NOT pretend THEN
        UPDATE payload p SET content = NULL, erased_at = now() FROM rejected_record r
        WHERE r.id = ANY(ids) AND p.id = r.raw_id;
        UPDATE rejected_record SET finding = finding || '{"found": null}' WHERE id = ANY(ids);
    END IF;
    ids := ARRAY(
        SELECT p.id FROM legal_hold h JOIN payload p ON p.id IN (h.reason_id, h.lifted_reason_id)
        WHERE p.content IS NOT NULL AND h.lifted_at < past
        UNION
        SELECT p.id FROM restoration r JOIN payload p ON p.id = r.settled_reason_id
        WHERE p.content IS NOT NULL AND r.settled_at < past);
    reasons := cardinality(ids);
    IF NOT pretend THEN
        UPDATE payload SET content = NULL, erased_at = now() WHERE id = ANY(ids);
    END IF;
END $$;
"""

# Terms stand in the triggers, so that not even the owner's functions delete what is younger.
PRUNING = """
DROP TRIGGER run_request_no_delete ON run_request;
CREATE TRIGGER run_request_no_delete BEFORE DELETE ON run_request
    FOR EACH ROW WHEN (OLD.done_at IS NULL OR OLD.done_at > now() - interval '400 days')
    EXECUTE FUNCTION refuse_change();
DROP TRIGGER received_webhook_append_only ON received_webhook;
CREATE TRIGGER received_webhook_append_only BEFORE UPDATE ON received_webhook
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER received_webhook_no_delete BEFORE DELETE ON received_webhook
    FOR EACH ROW WHEN (OLD.created_at > now() - interval '400 days') EXECUTE FUNCTION refuse_change();
DROP TRIGGER security_event_append_only ON security_event;
CREATE TRIGGER security_event_append_only BEFORE UPDATE ON security_event
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER security_event_no_delete BEFORE DELETE ON security_event
    FOR EACH ROW WHEN (OLD.at > now() - interval '400 days') EXECUTE FUNCTION refuse_change();
DROP TRIGGER reconciliation_append_only ON reconciliation;
CREATE TRIGGER reconciliation_append_only BEFORE UPDATE ON reconciliation
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER reconciliation_no_delete BEFORE DELETE ON reconciliation
    FOR EACH ROW WHEN (OLD.created_at > now() - interval '10 years') EXECUTE FUNCTION refuse_change();
DROP TRIGGER webhook_message_no_delete ON webhook_message;
CREATE TRIGGER webhook_message_no_delete BEFORE DELETE ON webhook_message
    FOR EACH ROW WHEN (coalesce(OLD.delivered_at, OLD.given_up_at, 'infinity') > now() - interval '90 days')
    EXECUTE FUNCTION refuse_change();
DROP TRIGGER webhook_attempt_no_delete ON webhook_attempt;
CREATE TRIGGER webhook_attempt_no_delete BEFORE DELETE ON webhook_attempt
    FOR EACH ROW WHEN (OLD.at > now() - interval '90 days') EXECUTE FUNCTION refuse_change();

CREATE FUNCTION prunable(OUT what text, OUT place text, OUT condition text, OUT unless text) RETURNS SETOF record
    LANGUAGE sql IMMUTABLE AS $$
    VALUES
    ('webhook_attempt', 'webhook_attempt t JOIN webhook_message m ON m.id = t.message_id',
     'coalesce(m.delivered_at, m.given_up_at) < now() - interval ''90 days'''
     ' AND NOT EXISTS (SELECT FROM legal_hold h WHERE h.lifted_at IS NULL'
     '                 AND h.company_number = coalesce(m.company_number, h.company_number))', NULL),
    ('webhook_message', 'webhook_message t',
     'coalesce(t.delivered_at, t.given_up_at) < now() - interval ''90 days'''
     ' AND NOT EXISTS (SELECT FROM legal_hold h WHERE h.lifted_at IS NULL'
     '                 AND h.company_number = coalesce(t.company_number, h.company_number))',
     'SELECT FROM webhook_attempt a WHERE a.message_id = t.id'),
    ('job_invoice', 'job j JOIN job_invoice t ON t.job_id = j.id', 'j.ended_at < now() - interval ''90 days''', NULL),
    ('received_webhook', 'received_webhook t JOIN run_request r ON r.id = t.request_id',
     't.created_at <= now() - interval ''400 days'' AND r.done_at <= now() - interval ''400 days''', NULL),
    ('run_request', 'run_request t', 't.done_at <= now() - interval ''400 days''',
     'SELECT FROM received_webhook w WHERE w.request_id = t.id'),
    ('security_event', 'security_event t', 't.at <= now() - interval ''400 days''', NULL),
    ('refresh_token', 'refresh_token t', 't.expires_at < now() - interval ''1 day''', NULL),
    ('sign_in', 'sign_in t',
     't.created_at < now() - interval ''400 days'' AND NOT EXISTS (SELECT FROM refresh_token r'
     ' WHERE r.sign_in_id = t.id AND r.expires_at >= now() - interval ''1 day'')',
     'SELECT FROM refresh_token r WHERE r.sign_in_id = t.id'),
    ('sign_in_throttle', 'sign_in_throttle t', 't.last_failed_at < now() - interval ''1 day''', NULL),
    ('notice_delivery', 'notice_delivery t',
     'coalesce(t.delivered_at, t.given_up_at) < now() - interval ''90 days''', NULL),
    ('notice', 'notice t', 't.created_at < now() - interval ''90 days'' AND NOT EXISTS (SELECT FROM notice_delivery d'
     ' WHERE d.notice_id = t.id AND d.delivered_at IS NULL AND d.given_up_at IS NULL)',
     'SELECT FROM notice_delivery d WHERE d.notice_id = t.id'),
    ('trouble', 'trouble t', 't.ended_at < now() - interval ''400 days'' AND t.times = 0',
     'SELECT FROM notice n WHERE n.trouble_id = t.id'),
    ('reconciliation', 'reconciliation t', 't.created_at <= now() - interval ''11 years''', NULL)
$$;
COMMENT ON FUNCTION prunable IS
    'Rows (t, of the table called what) that nobody needs any more, unless others still hang on them; in order.';

CREATE FUNCTION prune(wanted text, most integer, pretend boolean) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    old    record;
    pruned bigint;
BEGIN
    SELECT * INTO STRICT old FROM prunable() WHERE what = wanted;
    IF pretend THEN
        EXECUTE format('SELECT count(*) FROM %s WHERE %s', old.place, old.condition) INTO pruned;
        RETURN pruned;
    END IF;
    EXECUTE format('DELETE FROM %I WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM %s WHERE %s AND NOT EXISTS (%s)'
                   ' LIMIT %s FOR UPDATE OF t SKIP LOCKED))',
                   old.what, old.place, old.condition, coalesce(old.unless, 'SELECT WHERE false'), most);
    GET DIAGNOSTICS pruned = ROW_COUNT;
    RETURN pruned;
END $$;

CREATE FUNCTION forget_outcomes(most integer, pretend boolean) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    jobs uuid[] := ARRAY(SELECT id FROM job WHERE outcomes IS NOT NULL AND ended_at < now() - interval '90 days'
                         LIMIT CASE WHEN NOT pretend THEN most END);
BEGIN
    IF NOT pretend THEN
        UPDATE job SET outcomes = NULL WHERE id = ANY(jobs);
    END IF;
    RETURN cardinality(jobs);
END $$;
COMMENT ON FUNCTION forget_outcomes IS 'Of dry runs: what they foretold, invoice by invoice.';
"""

# A copy does not know what was sent after it was made: all that it would send, a person looks at first.
RESTORATIONS = """
CREATE TABLE restoration (
    id                 uuid CONSTRAINT pk_restoration PRIMARY KEY DEFAULT gen_random_uuid(),
    copied_at          timestamptz NOT NULL,
    restored_at        timestamptz NOT NULL DEFAULT now(),
    restored_by        text NOT NULL,
    settled_at         timestamptz,
    settled_by         text,
    settled_reason_id  uuid CONSTRAINT fk_restoration_settled_reason_id_payload REFERENCES payload,
    created_at         timestamptz NOT NULL DEFAULT now(),
    updated_at         timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ck_restoration_copied_at CHECK (copied_at <= restored_at),
    CONSTRAINT ck_restoration_settled
        CHECK ((settled_at IS NULL) = (settled_by IS NULL) AND (settled_at IS NULL) = (settled_reason_id IS NULL))
);
COMMENT ON TABLE restoration IS 'When the ledger was set back to an older copy, and of what time that copy is.';
CREATE TRIGGER restoration_is_touched BEFORE UPDATE ON restoration FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER restoration_no_delete BEFORE DELETE ON restoration
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER restoration_no_truncate BEFORE TRUNCATE ON restoration
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER restoration_is_settled_once BEFORE UPDATE ON restoration
    FOR EACH ROW WHEN (OLD.settled_at IS NOT NULL OR (OLD.copied_at, OLD.restored_at, OLD.restored_by)
        IS DISTINCT FROM (NEW.copied_at, NEW.restored_at, NEW.restored_by))
    EXECUTE FUNCTION refuse_change();

CREATE FUNCTION may_have_gone_before(wanted invoice) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM restoration r WHERE r.settled_at IS NULL
        -- The first version of a record that is newer than the restoration was nowhere before it. An hour is what
        -- clocks may differ by.
        AND NOT coalesce(wanted.version = 1 AND wanted.source_updated_at > r.restored_at + interval '1 hour'
                         AND wanted.source_updated_at < now() + interval '1 hour', false)
        AND NOT EXISTS (SELECT FROM decision d WHERE d.id = wanted.release_id AND d.created_at > r.restored_at))
$$;
COMMENT ON FUNCTION may_have_gone_before IS
    'Whether the ledger was set back, may have sent this invoice in the time that it forgot, and nobody decided since.';

CREATE FUNCTION hold_after_restoration() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF may_have_gone_before(NEW) THEN
        UPDATE invoice SET state = 'held', why = 'restored', reason = restored_sentence()
        WHERE id = NEW.id AND state = 'ready';
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION restored_sentence() RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT 'The ledger was set back to an older copy, and this may have been forwarded since. Find it in Clearfacts:'
           ' if it is not there, release it; if it is, close it.'
$$;
-- Named so that it comes after invoice_move_is_audited, which writes the move to ready first.
CREATE TRIGGER invoice_ready_after_restoration AFTER UPDATE ON invoice
    FOR EACH ROW WHEN (NEW.state = 'ready' AND OLD.state <> 'ready') EXECUTE FUNCTION hold_after_restoration();

CREATE FUNCTION end_all_sign_ins() RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DELETE FROM refresh_token;
    UPDATE sign_in SET ended_at = now(), ended_why = 'signed_out' WHERE ended_at IS NULL;
$$;
COMMENT ON FUNCTION end_all_sign_ins IS 'Everybody signs in again.';

CREATE FUNCTION skip_claim_after_restoration() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- A claim that finds no row is one that somebody else was faster with: nothing is sent.
    RETURN CASE WHEN NOT may_have_gone_before(NEW) THEN NEW END;
END $$;
CREATE TRIGGER invoice_claim_after_restoration BEFORE UPDATE ON invoice
    FOR EACH ROW WHEN (NEW.state = 'sending' AND OLD.state = 'ready') EXECUTE FUNCTION skip_claim_after_restoration();
"""

CALLED = (
    "erase_documents(integer, integer, boolean, timestamptz, uuid)",
    "erase_leftovers(integer, integer, boolean)",
    "prune(text, integer, boolean)",
    "forget_outcomes(integer, boolean)",
    "may_have_gone_before(invoice)",
    "end_all_sign_ins()",
)
OF_THE_OWNER_ALONE = ("erase_at_last(uuid[], integer)", "prunable()")

RIGHTS = f"""
REVOKE ALL ON FUNCTION {", ".join((*CALLED, *OF_THE_OWNER_ALONE))} FROM PUBLIC;
ALTER TABLE legal_hold ENABLE ROW LEVEL SECURITY;
ALTER TABLE erasure ENABLE ROW LEVEL SECURITY;
ALTER TABLE restoration ENABLE ROW LEVEL SECURITY;
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'waybill_app') THEN
        GRANT SELECT, INSERT, UPDATE (lifted_at, lifted_by, lifted_reason_id) ON legal_hold TO waybill_app;
        GRANT SELECT ON erasure TO waybill_app;
        GRANT SELECT, INSERT, UPDATE (settled_at, settled_by, settled_reason_id) ON restoration TO waybill_app;
        CREATE POLICY legal_hold_of_app ON legal_hold TO waybill_app USING (true);
        CREATE POLICY erasure_of_app ON erasure TO waybill_app USING (true);
        CREATE POLICY restoration_of_app ON restoration TO waybill_app USING (true);
        GRANT EXECUTE ON FUNCTION {", ".join(CALLED)} TO waybill_app;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'waybill_facade') THEN
        -- Its decisions make invoices ready.
        GRANT EXECUTE ON FUNCTION may_have_gone_before(invoice) TO waybill_facade;
    END IF;
END $$;
"""  # noqa: S608 - no input

DROP = """
DROP TRIGGER invoice_claim_after_restoration ON invoice;
DROP FUNCTION skip_claim_after_restoration();
DROP TRIGGER invoice_ready_after_restoration ON invoice;
DROP FUNCTION hold_after_restoration();
DROP FUNCTION restored_sentence();
DROP FUNCTION end_all_sign_ins();
DROP FUNCTION may_have_gone_before(invoice);
DROP FUNCTION forget_outcomes(integer, boolean);
DROP FUNCTION prune(text, integer, boolean);
DROP FUNCTION prunable();
DROP FUNCTION erase_leftovers(integer, integer, boolean);
DROP FUNCTION erase_documents(integer, integer, boolean, timestamptz, uuid);
DROP FUNCTION erase_at_last(uuid[], integer);
DROP FUNCTION insist_on_retention(integer);
DROP FUNCTION invoice_kept_because(invoice, integer);
DROP FUNCTION invoice_counted_from(invoice);
DROP TABLE restoration;

DROP TRIGGER reconciliation_no_delete ON reconciliation;
DROP TRIGGER reconciliation_append_only ON reconciliation;
CREATE TRIGGER reconciliation_append_only BEFORE UPDATE OR DELETE ON reconciliation
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP TRIGGER security_event_no_delete ON security_event;
DROP TRIGGER security_event_append_only ON security_event;
CREATE TRIGGER security_event_append_only BEFORE UPDATE OR DELETE ON security_event
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP TRIGGER received_webhook_no_delete ON received_webhook;
DROP TRIGGER received_webhook_append_only ON received_webhook;
CREATE TRIGGER received_webhook_append_only BEFORE UPDATE OR DELETE ON received_webhook
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP TRIGGER run_request_no_delete ON run_request;
CREATE TRIGGER run_request_no_delete BEFORE DELETE ON run_request FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP TRIGGER webhook_message_no_delete ON webhook_message;
CREATE TRIGGER webhook_message_no_delete BEFORE DELETE ON webhook_message
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP TRIGGER webhook_attempt_no_delete ON webhook_attempt;
CREATE TRIGGER webhook_attempt_no_delete BEFORE DELETE ON webhook_attempt
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

DROP TRIGGER invoice_has_its_document ON invoice;
DROP FUNCTION insist_on_document();
DROP TRIGGER verdict_is_erased_with_its_hash ON verdict;
DROP TRIGGER verdict_keeps_its_hash ON verdict;
DROP TRIGGER verdict_enters_whole ON verdict;
DROP TRIGGER document_enters_whole ON document;
DROP TRIGGER document_is_erased_by_rule ON document;
DROP TRIGGER payload_is_erased_by_rule ON payload;
DROP FUNCTION refuse_all_but_owner();
CREATE OR REPLACE FUNCTION verdict_evidence(verdict verdict) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('id', verdict.id, 'verdict', verdict.verdict, 'rule_sets', verdict.rule_sets,
        'findings_sha256', encode(sha256(convert_to(verdict.findings::text, 'UTF8')), 'hex'))
$$;
DROP FUNCTION findings_hash(jsonb);
ALTER TABLE verdict DROP COLUMN findings_sha256;
ALTER TABLE document DROP COLUMN erased_at;
DROP TABLE erasure, legal_hold;
DROP FUNCTION wait_for_erasing();
"""

REFUSED = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM erasure) THEN
        RAISE EXCEPTION 'documents were erased; without what is kept of them their verdicts would look tampered with';
    END IF;
    IF EXISTS (SELECT FROM restoration WHERE settled_at IS NULL) THEN
        RAISE EXCEPTION 'the ledger was set back; look through what it holds and run `waybill restore --settle` first';
    END IF;
END $$;
"""


def upgrade() -> None:
    """Add them, and let what is old enough go."""
    for statements in (HOLDS, ERASURE, GUARDS, ERASE, RESTORATIONS, LEFTOVERS, PRUNING, RIGHTS):
        op.execute(statements)


def downgrade() -> None:
    """Take them away; refused where something was erased, or while a restored ledger is not settled."""
    op.execute(REFUSED)
    op.execute(DROP)
