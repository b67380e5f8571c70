"""Accounts: people and services that may call the facade, what they are signed in with, and how they are let in.

Revision ID: 0008
Revises: 0007
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_COMPANIES = (
    "cardinality(companies) > 0 AND array_position(companies, NULL) IS NULL"
    " AND array_to_string(companies, ',') ~ '^[01][0-9]{9}(,[01][0-9]{9})*$'"
)

_TABLES = """
CREATE TABLE account (
    id             uuid CONSTRAINT pk_account PRIMARY KEY DEFAULT gen_random_uuid(),
    name           text NOT NULL
                   CONSTRAINT ck_account_name CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9._+@-]{{1,127}}$'),
    password_hash  text NOT NULL CONSTRAINT ck_account_password_hash CHECK (password_hash ~ '^[$]argon2id[$]'),
    role           text NOT NULL CONSTRAINT ck_account_role CHECK (role IN ('admin', 'user')),
    companies      text[] CONSTRAINT ck_account_companies CHECK ({companies}),
    disabled_at    timestamptz,
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ck_account_admin CHECK (role <> 'admin' OR companies IS NULL)
);
COMMENT ON COLUMN account.companies IS 'Whose invoices it may see; null: every company''s.';
CREATE UNIQUE INDEX uq_account_name ON account (lower(name));

CREATE TABLE api_key (
    id            uuid CONSTRAINT pk_api_key PRIMARY KEY DEFAULT gen_random_uuid(),
    name          text NOT NULL CONSTRAINT ck_api_key_name CHECK (length(name) BETWEEN 1 AND 100),
    prefix        text NOT NULL CONSTRAINT uq_api_key_prefix UNIQUE,
    hash          text NOT NULL CONSTRAINT uq_api_key_hash UNIQUE
                  CONSTRAINT ck_api_key_hash CHECK (hash ~ '^[0-9a-f]{{64}}$'),
    scopes        text[] NOT NULL CONSTRAINT ck_api_key_scopes
                  CHECK (cardinality(scopes) > 0 AND array_position(scopes, NULL) IS NULL AND 'admin' <> ALL (scopes)),
    companies     text[] CONSTRAINT ck_api_key_companies CHECK ({companies}),
    expires_at    timestamptz,
    revoked_at    timestamptz,
    last_used_at  timestamptz,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE sign_in (
    id          uuid CONSTRAINT pk_sign_in PRIMARY KEY DEFAULT gen_random_uuid(),
    account_id  uuid NOT NULL CONSTRAINT fk_sign_in_account_id_account REFERENCES account,
    address     text,
    ended_at    timestamptz,
    ended_why   text CONSTRAINT ck_sign_in_ended_why
                CHECK (ended_why IN ('signed_out', 'reused', 'disabled', 'password_changed')),
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ck_sign_in_ended CHECK ((ended_at IS NULL) = (ended_why IS NULL))
);
COMMENT ON TABLE sign_in IS 'One sign-in of a person, and all tokens that came of it; its id stands in them as sid.';
CREATE INDEX ix_sign_in_account_id ON sign_in (account_id, address, created_at);

CREATE TABLE refresh_token (
    id          uuid CONSTRAINT pk_refresh_token PRIMARY KEY DEFAULT gen_random_uuid(),
    sign_in_id  uuid NOT NULL CONSTRAINT fk_refresh_token_sign_in_id_sign_in REFERENCES sign_in,
    hash        text NOT NULL CONSTRAINT uq_refresh_token_hash UNIQUE
                CONSTRAINT ck_refresh_token_hash CHECK (hash ~ '^[0-9a-f]{{64}}$'),
    expires_at  timestamptz NOT NULL,
    used_at     timestamptz,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_refresh_token_expires_at ON refresh_token (expires_at);

CREATE TABLE sign_in_throttle (
    subject         text CONSTRAINT pk_sign_in_throttle PRIMARY KEY,
    failures        integer NOT NULL,
    last_failed_at  timestamptz NOT NULL,
    blocked_until   timestamptz
);
COMMENT ON COLUMN sign_in_throttle.subject IS 'Hash of a name, an address or both: what was typed may be a password.';
CREATE INDEX ix_sign_in_throttle_last_failed_at ON sign_in_throttle (last_failed_at);

CREATE TABLE security_event (
    id              uuid CONSTRAINT pk_security_event PRIMARY KEY DEFAULT gen_random_uuid(),
    position        bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT uq_security_event_position UNIQUE,
    at              timestamptz NOT NULL DEFAULT clock_timestamp(),
    kind            text NOT NULL CONSTRAINT ck_security_event_kind CHECK (kind ~ '^[a-z_]{{1,50}}$'),
    actor           text,
    account_id      uuid CONSTRAINT fk_security_event_account_id_account REFERENCES account,
    api_key_id      uuid CONSTRAINT fk_security_event_api_key_id_api_key REFERENCES api_key,
    address         text,
    correlation_id  text,
    details         jsonb NOT NULL DEFAULT '{{}}',
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN security_event.actor IS 'Who did it; null: whoever stood at the door.';
COMMENT ON COLUMN security_event.account_id IS 'The account that it is about, as api_key_id the key.';
CREATE INDEX ix_security_event_account_id ON security_event (account_id, kind, at);
CREATE INDEX ix_security_event_api_key_id ON security_event (api_key_id, kind, at);
CREATE INDEX ix_security_event_throttled ON security_event (address, at) WHERE kind = 'sign_in_throttled';
CREATE TRIGGER security_event_append_only BEFORE UPDATE OR DELETE ON security_event
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER security_event_no_truncate BEFORE TRUNCATE ON security_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE caller_seal (
    single  boolean CONSTRAINT pk_caller_seal PRIMARY KEY DEFAULT true
            CONSTRAINT ck_caller_seal_single CHECK (single),
    secret  bytea NOT NULL
);
COMMENT ON TABLE caller_seal IS 'What proves that a caller was let in; no role but the owner reads it.';
INSERT INTO caller_seal (secret)
    VALUES (sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())));
"""

TABLES = _TABLES.format(companies=_COMPANIES)

TOUCHED = ("account", "api_key", "sign_in", "refresh_token")

# Any role may set `waybill.companies`; only these functions know the secret that its seal is made with, and the seal
# holds for one caller in one transaction (now() is its start).
ENTRANCE = """
CREATE FUNCTION seal_of_caller(account text, role text, companies text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    key bytea := (SELECT secret FROM caller_seal);
BEGIN
    RETURN encode(sha256(key || sha256(key || convert_to(
        concat_ws(E'\\x1f', account, role, companies, extract(epoch FROM now())), 'UTF8'))), 'hex');
END $$;

CREATE FUNCTION let_in(account uuid, role text, name text, companies text[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    seen text := coalesce(array_to_string(companies, ','), '*');
BEGIN
    PERFORM set_config('waybill.account', account::text, true),
            set_config('waybill.role', role, true),
            set_config('waybill.companies', seen, true),
            set_config('waybill.actor', format('%s (%s)', name, role), true),
            set_config('waybill.job', '', true),
            set_config('waybill.seal', seal_of_caller(account::text, role, seen), true);
END $$;

CREATE FUNCTION caller_is_sealed() RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN coalesce(current_setting('waybill.seal', true) = seal_of_caller(
        current_setting('waybill.account', true), current_setting('waybill.role', true),
        current_setting('waybill.companies', true)), false);
END $$;

CREATE FUNCTION facade_sees_all() RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN coalesce(pg_catalog.current_setting('waybill.companies', true) = '*', false) AND public.caller_is_sealed();
END $$;

CREATE FUNCTION facade_companies() RETURNS text[] LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    IF coalesce(pg_catalog.current_setting('waybill.companies', true), '') IN ('', '*')
        OR NOT public.caller_is_sealed() THEN
        RETURN ARRAY[]::text[];
    END IF;
    RETURN pg_catalog.string_to_array(pg_catalog.current_setting('waybill.companies', true), ',');
END $$;

CREATE FUNCTION facade_administers() RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN coalesce(pg_catalog.current_setting('waybill.role', true) = 'admin', false) AND public.caller_is_sealed();
END $$;

CREATE FUNCTION enter_by_session(sid uuid, subject uuid)
    RETURNS TABLE (id uuid, name text, role text, companies text[])
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    found account%ROWTYPE;
BEGIN
    SELECT a.* INTO found FROM sign_in s JOIN account a ON a.id = s.account_id
    WHERE s.id = sid AND a.id = subject AND s.ended_at IS NULL AND a.disabled_at IS NULL;
    IF found.id IS NOT NULL THEN
        PERFORM let_in(found.id, found.role, found.name, found.companies);
        RETURN QUERY SELECT found.id, found.name, found.role, found.companies;
    END IF;
END $$;

CREATE FUNCTION enter_by_key(hashed text)
    RETURNS TABLE (id uuid, name text, scopes text[], companies text[], unnoted boolean)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    found api_key%ROWTYPE;
BEGIN
    SELECT k.* INTO found FROM api_key k
    WHERE k.hash = hashed AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now());
    IF found.id IS NOT NULL THEN
        PERFORM let_in(found.id, 'service', found.name, found.companies);
        RETURN QUERY SELECT found.id, found.name, found.scopes, found.companies,
            coalesce(found.last_used_at < now() - interval '1 minute', true);
    END IF;
END $$;

CREATE FUNCTION note_use_of_key(hashed text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE api_key SET last_used_at = now() WHERE id = (
        SELECT id FROM api_key WHERE hash = hashed AND coalesce(last_used_at < now() - interval '1 minute', true)
        FOR UPDATE SKIP LOCKED);
    RETURN FOUND;
END $$;

CREATE FUNCTION note_refused_token(sid uuid, subject uuid, client text, correlation text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- Whoever holds such a token may send it as often as they like: one event a minute says enough.
    INSERT INTO security_event (kind, account_id, address, correlation_id, details)
    SELECT 'token_refused', a.id, client, correlation, jsonb_build_object(
        'why', CASE WHEN a.disabled_at IS NOT NULL THEN 'disabled' ELSE coalesce(s.ended_why, 'other') END)
    FROM sign_in s JOIN account a ON a.id = s.account_id
    WHERE s.id = sid AND a.id = subject AND NOT EXISTS (
        SELECT FROM security_event e
        WHERE e.account_id = a.id AND e.kind = 'token_refused' AND e.at > now() - interval '1 minute');
    RETURN FOUND;
END $$;

CREATE FUNCTION note_refused_key(hashed text, client text, correlation text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO security_event (kind, api_key_id, address, correlation_id, details)
    SELECT 'key_refused', k.id, client, correlation, jsonb_build_object(
        'why', CASE WHEN k.revoked_at IS NOT NULL THEN 'revoked' ELSE 'expired' END)
    FROM api_key k
    WHERE k.hash = hashed AND NOT EXISTS (
        SELECT FROM security_event e
        WHERE e.api_key_id = k.id AND e.kind = 'key_refused' AND e.at > now() - interval '1 minute');
    RETURN FOUND;
END $$;
"""

# The facade hashes passwords, and the ledger compares: no hash ever leaves it.
SIGNING_IN = """
CREATE FUNCTION sign_in_limits(wanted text, client text)
    RETURNS TABLE (kind text, subject text, free integer, longest integer)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT kind, encode(sha256(convert_to(concat_ws(E'\\x1f', kind,
            CASE WHEN kind <> 'address' THEN lower(wanted) END, CASE WHEN kind <> 'name' THEN client END),
            'UTF8')), 'hex'), free, longest
    FROM (VALUES ('both', 5, 900), ('address', 20, 900), ('name', 20, 60)) AS limits (kind, free, longest)
    -- Strangers who try a name everywhere do not keep its owner out of where they signed in before.
    WHERE kind <> 'name' OR NOT EXISTS (
        SELECT FROM account a JOIN sign_in s ON s.account_id = a.id
        WHERE lower(a.name) = lower(wanted) AND s.address = client AND s.created_at > now() - interval '90 days')
$$;

CREATE FUNCTION sign_in_wait(wanted text, client text) RETURNS integer
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(ceil(extract(epoch FROM max(t.blocked_until) - clock_timestamp())), 0)::integer
    FROM sign_in_limits(wanted, client) l JOIN sign_in_throttle t ON t.subject = l.subject
    WHERE t.blocked_until > clock_timestamp()
$$;

CREATE FUNCTION note_throttled(wanted text, client text, correlation text) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO security_event (kind, account_id, address, correlation_id)
    SELECT 'sign_in_throttled', (SELECT id FROM account WHERE lower(name) = lower(wanted)), client, correlation
    WHERE NOT EXISTS (
        SELECT FROM security_event
        WHERE kind = 'sign_in_throttled' AND address = client AND at > now() - interval '1 minute')
$$;

CREATE FUNCTION sign_in_challenge(wanted text, client text, correlation text)
    RETURNS TABLE (wait integer, hashed_like text)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    wait := sign_in_wait(wanted, client);
    IF wait > 0 THEN
        PERFORM note_throttled(wanted, client, correlation);
    ELSE
        hashed_like := (SELECT substring(password_hash FROM '^(.*)[$][^$]*$') FROM account
                        WHERE lower(name) = lower(wanted));
    END IF;
    RETURN NEXT;
END $$;

CREATE FUNCTION sign_in(wanted text, hashed text, client text, refresh text, idle interval, correlation text)
    RETURNS TABLE (wait integer, sid uuid, account_id uuid)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    found account%ROWTYPE;
BEGIN
    -- Holds the rows, so that guesses at the same moment are counted one after the other.
    INSERT INTO sign_in_throttle AS t (subject, failures, last_failed_at)
    SELECT l.subject, 0, now() FROM sign_in_limits(wanted, client) l ORDER BY l.subject
    ON CONFLICT (subject) DO UPDATE SET
        failures = CASE WHEN t.last_failed_at < now() - interval '1 hour' THEN 0 ELSE t.failures END,
        last_failed_at = greatest(t.last_failed_at, now() - interval '1 hour');
    -- What is forgotten goes only now: who held such a row while waiting for another's would wait for ever.
    DELETE FROM sign_in_throttle WHERE subject IN (
        SELECT subject FROM sign_in_throttle WHERE last_failed_at < now() - interval '1 hour'
        ORDER BY last_failed_at LIMIT 100 FOR UPDATE SKIP LOCKED);
    wait := sign_in_wait(wanted, client);
    IF wait > 0 THEN
        PERFORM note_throttled(wanted, client, correlation);
        RETURN NEXT;
        RETURN;
    END IF;
    SELECT a.* INTO found FROM account a WHERE lower(a.name) = lower(wanted);
    IF found.password_hash = hashed AND found.disabled_at IS NULL THEN
        DELETE FROM sign_in_throttle WHERE subject IN (
            SELECT l.subject FROM sign_in_limits(wanted, client) l WHERE l.kind <> 'address');
        DELETE FROM refresh_token WHERE id IN (
            SELECT r.id FROM refresh_token r WHERE r.expires_at < now() ORDER BY r.expires_at LIMIT 100
            FOR UPDATE SKIP LOCKED);
        account_id := found.id;
        INSERT INTO sign_in AS s (account_id, address) VALUES (found.id, client) RETURNING s.id INTO sid;
        INSERT INTO refresh_token (sign_in_id, hash, expires_at) VALUES (sid, refresh, now() + idle);
        INSERT INTO security_event (kind, actor, account_id, address, correlation_id)
        VALUES ('signed_in', format('%s (%s)', found.name, found.role), found.id, client, correlation);
        RETURN NEXT;
        RETURN;
    END IF;
    UPDATE sign_in_throttle t SET failures = t.failures + 1, last_failed_at = now(),
        blocked_until = CASE WHEN t.failures + 1 >= l.free THEN
            clock_timestamp() + least(l.longest, 15 * 2 ^ least(t.failures + 1 - l.free, 10)) * interval '1 second' END
    FROM sign_in_limits(wanted, client) l WHERE l.subject = t.subject;
    INSERT INTO security_event (kind, account_id, address, correlation_id, details)
    VALUES ('sign_in_failed', found.id, client, correlation, jsonb_build_object('why', CASE
        WHEN found.id IS NULL THEN 'unknown name'
        WHEN found.disabled_at IS NOT NULL THEN 'disabled' ELSE 'wrong password' END));
    RETURN NEXT;
END $$;

CREATE FUNCTION refresh_sign_in(hashed text, refresh text, idle interval, client text, correlation text)
    RETURNS TABLE (sid uuid, account_id uuid)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    token  refresh_token%ROWTYPE;
    family sign_in%ROWTYPE;
    person account%ROWTYPE;
BEGIN
    -- Of two who bring the same token, the second waits here, and then finds it used.
    SELECT r.* INTO token FROM refresh_token r WHERE r.hash = hashed FOR UPDATE;
    IF token.id IS NULL THEN
        RETURN;
    END IF;
    SELECT s.* INTO family FROM sign_in s WHERE s.id = token.sign_in_id FOR UPDATE;
    SELECT a.* INTO person FROM account a WHERE a.id = family.account_id;
    IF token.used_at IS NOT NULL THEN
        UPDATE sign_in SET ended_at = now(), ended_why = 'reused' WHERE id = family.id AND ended_at IS NULL;
        IF FOUND THEN
            INSERT INTO security_event (kind, account_id, address, correlation_id)
            VALUES ('refresh_token_reused', person.id, client, correlation);
        END IF;
    ELSIF family.ended_at IS NOT NULL OR person.disabled_at IS NOT NULL THEN
        PERFORM note_refused_token(family.id, person.id, client, correlation);
    ELSIF token.expires_at > now() THEN
        UPDATE refresh_token SET used_at = now() WHERE id = token.id;
        INSERT INTO refresh_token (sign_in_id, hash, expires_at) VALUES (family.id, refresh, now() + idle);
        RETURN QUERY SELECT family.id, person.id;
    END IF;
END $$;

CREATE FUNCTION sign_out(hashed text, client text, correlation text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    ended sign_in%ROWTYPE;
BEGIN
    UPDATE sign_in SET ended_at = now(), ended_why = 'signed_out'
    WHERE id = (SELECT sign_in_id FROM refresh_token WHERE hash = hashed) AND ended_at IS NULL
    RETURNING * INTO ended;
    IF ended.id IS NULL THEN
        RETURN false;
    END IF;
    INSERT INTO security_event (kind, actor, account_id, address, correlation_id)
    SELECT 'signed_out', format('%s (%s)', a.name, a.role), a.id, client, correlation
    FROM account a WHERE a.id = ended.account_id;
    RETURN true;
END $$;
"""

GUARDS = """
CREATE FUNCTION end_sign_ins() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE sign_in SET ended_at = now(),
        ended_why = CASE WHEN NEW.disabled_at IS NOT NULL THEN 'disabled' ELSE 'password_changed' END
    WHERE account_id = NEW.id AND ended_at IS NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER account_change_ends_sign_ins AFTER UPDATE ON account
    FOR EACH ROW WHEN (NEW.disabled_at IS NOT NULL OR OLD.password_hash <> NEW.password_hash)
    EXECUTE FUNCTION end_sign_ins();

CREATE FUNCTION keep_an_admin() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- One after the other: two admins who disable each other would each see the other still there.
    PERFORM pg_advisory_xact_lock(87003);
    IF NOT EXISTS (SELECT FROM account WHERE role = 'admin' AND disabled_at IS NULL AND id <> OLD.id) THEN
        RAISE EXCEPTION '% is the last administrator', OLD.name
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ck_account_last_admin';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER account_keeps_an_admin BEFORE UPDATE ON account
    FOR EACH ROW WHEN (OLD.role = 'admin' AND OLD.disabled_at IS NULL
        AND (NEW.role <> 'admin' OR NEW.disabled_at IS NOT NULL))
    EXECUTE FUNCTION keep_an_admin();
CREATE TRIGGER account_no_delete BEFORE DELETE ON account FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER api_key_no_delete BEFORE DELETE ON api_key FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""

GUARDED = (
    "account", "api_key", "sign_in", "refresh_token", "sign_in_throttle", "security_event", "caller_seal",
)  # fmt: skip
ENTRANCES = (
    "seal_of_caller(text, text, text)",
    "let_in(uuid, text, text, text[])",
    "caller_is_sealed()",
    "facade_sees_all()",
    "facade_companies()",
    "facade_administers()",
    "enter_by_session(uuid, uuid)",
    "enter_by_key(text)",
    "note_use_of_key(text)",
    "note_refused_token(uuid, uuid, text, text)",
    "note_refused_key(text, text, text)",
    "sign_in_limits(text, text)",
    "sign_in_wait(text, text)",
    "note_throttled(text, text, text)",
    "sign_in_challenge(text, text, text)",
    "sign_in(text, text, text, text, interval, text)",
    "refresh_sign_in(text, text, interval, text, text)",
    "sign_out(text, text, text)",
    "end_sign_ins()",
    "keep_an_admin()",
)
OF_THE_OWNER_ALONE = {
    "seal_of_caller(text, text, text)",
    "let_in(uuid, text, text, text[])",
    "sign_in_limits(text, text)",
    "sign_in_wait(text, text)",
    "note_throttled(text, text, text)",
    "end_sign_ins()",
    "keep_an_admin()",
}

# Neither role ever reads a hash; the facade manages accounts only while an administrator's call is sealed.
RIGHTS = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
        GRANT SELECT (id, name, role, companies, disabled_at, created_at, updated_at), INSERT,
            UPDATE (role, companies, password_hash, disabled_at) ON account TO {role};
        GRANT SELECT (id, name, prefix, scopes, companies, expires_at, revoked_at, last_used_at, created_at,
            updated_at), INSERT, UPDATE (revoked_at) ON api_key TO {role};
        GRANT SELECT, INSERT ON security_event TO {role};
        CREATE POLICY account_of_{who} ON account TO {role} USING ({condition});
        CREATE POLICY api_key_of_{who} ON api_key TO {role} USING ({condition});
        CREATE POLICY security_event_of_{who} ON security_event FOR SELECT TO {role} USING ({condition});
        CREATE POLICY security_event_by_{who} ON security_event FOR INSERT TO {role} WITH CHECK (true);
    END IF;
END $$;
"""

MAY_BE_CALLED = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'waybill_facade') THEN
        GRANT EXECUTE ON FUNCTION {function} TO waybill_facade;
    END IF;
END $$;
"""

DROP = """
DROP TABLE security_event, sign_in_throttle, refresh_token, sign_in, api_key, account, caller_seal;
"""


def upgrade() -> None:
    """Add the tables, and the functions that let callers in without showing the facade what proves who they are."""
    op.execute(TABLES)
    for table in TOUCHED:
        op.execute(
            f"CREATE TRIGGER {table}_is_touched BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION touch()"
        )
    op.execute(ENTRANCE)
    op.execute(SIGNING_IN)
    op.execute(GUARDS)
    for table in GUARDED:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(RIGHTS.format(role="waybill_app", who="app", condition="true"))
    op.execute(RIGHTS.format(role="waybill_facade", who="facade", condition="(SELECT facade_administers())"))
    for function in ENTRANCES:
        op.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC")
        if function not in OF_THE_OWNER_ALONE:
            op.execute(MAY_BE_CALLED.format(function=function))


def downgrade() -> None:
    """Take them away: all accounts, keys and security events are lost."""
    op.execute(DROP)
    for function in reversed(ENTRANCES):
        op.execute(f"DROP FUNCTION {function}")
