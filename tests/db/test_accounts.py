"""Accounts, and how the ledger lets callers in: what no SQL of the facade's role can get around."""

import threading
from contextlib import contextmanager
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from db import entrance
from db.accounts import (
    AccountRefused,
    accounts,
    change_account,
    disable_account,
    make_account,
    set_password,
)
from db.api_keys import hash_of, make_key
from db.ledger import Actor
from db.security_events import SecurityEvent, record
from db.waypoints import Waypoint

HASH = "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA"
COMPANY, OTHER = "0403019261", "0999000129"
SEEN = text("SELECT facade_sees_all(), facade_companies(), facade_administers()")
NOTHING = (False, [], False)


@pytest.fixture
def changing(ledger):
    def changing():
        return ledger.transaction(Actor("an"), Waypoint.ACCOUNT_CHANGED)

    return changing


@pytest.fixture
def person(owner):
    """Makes an account that is signed in; gives its id and the sign-in's."""

    def person(role="user", companies=None):
        with owner.begin() as connection:
            made = make_account(connection, f"{role}-{uuid4().hex}", role, companies, HASH)
            sid = connection.execute(
                text("INSERT INTO sign_in (account_id) VALUES (:id) RETURNING id"), {"id": made.id}
            ).scalar_one()
        return made.id, sid

    return person


@pytest.fixture
def facade(database_url):
    """Connections that log in as the facade's own role."""
    engine = create_engine(database_url.set(username="waybill_facade", password=None))
    yield engine
    engine.dispose()


@pytest.fixture
def inside(facade, person):
    """A transaction of the facade's role in which a caller was let in."""

    @contextmanager
    def inside(role="user", companies=None):
        account_id, sid = person(role, companies)
        with facade.connect() as connection:
            assert entrance.enter_by_session(connection, sid, account_id) is not None
            yield connection

    return inside


def refused(connection, statement, **parameters):
    with pytest.raises(DBAPIError) as error, connection.begin_nested():
        connection.execute(text(statement), parameters)
    return str(error.value.orig)


class TestLettingIn:
    def test_shows_what_the_caller_may_see(self, inside):
        for role, companies, seen in (
            ("admin", None, (True, [], True)),
            ("user", None, (True, [], False)),
            ("user", [OTHER, COMPANY], (False, [COMPANY, OTHER], False)),
        ):
            with inside(role, companies) as connection:
                assert connection.execute(SEEN).one() == seen

    def test_by_a_key_shows_what_the_key_may_see(self, owner, facade):
        with owner.begin() as connection:
            _, key = make_key(connection, "erp", ["jobs:read"], [COMPANY])
        with facade.connect() as connection:
            found = entrance.enter_by_key(connection, hash_of(key))
            assert (found.name, found.scopes, found.companies, found.unnoted) == (
                "erp",
                {"jobs:read"},
                {COMPANY},
                True,
            )
            assert connection.execute(SEEN).one() == (False, [COMPANY], False)

    def test_whoever_only_reads_cannot_write(self, owner, facade, person):
        account_id, sid = person("user", None)
        with owner.begin() as connection:
            _, key = make_key(connection, "erp", ["jobs:request"], None)
            connection.execute(text("SELECT note_use_of_key(:hash)"), {"hash": hash_of(key)})
        for enter, whose in (
            (entrance.enter_by_session, (sid, account_id)),
            (entrance.enter_by_key, (hash_of(key),)),
        ):
            with facade.connect() as connection:
                enter(connection, *whose, reads_only=True)
                assert connection.execute(text("SHOW transaction_read_only")).scalar_one() == "on"
                assert "read-only" in refused(connection, "UPDATE account SET companies = NULL")
            with facade.connect() as connection:
                enter(connection, *whose)
                assert connection.execute(text("SHOW transaction_read_only")).scalar_one() == "off"

    def test_names_the_caller_in_the_audit_trail(self, inside):
        with inside() as connection:
            actor = connection.execute(text("SELECT current_setting('waybill.actor')")).scalar_one()
        assert actor.startswith("user-")
        assert actor.endswith(" (user)")

    def test_ends_with_the_transaction(self, inside):
        with inside("admin") as connection:
            connection.commit()
            assert connection.execute(SEEN).one() == NOTHING
            connection.rollback()
            assert connection.execute(SEEN).one() == NOTHING

    def test_of_nobody_shows_nothing(self, facade):
        with facade.connect() as connection:
            assert connection.execute(SEEN).one() == NOTHING
            assert entrance.enter_by_session(connection, uuid4(), uuid4()) is None
            assert entrance.enter_by_key(connection, hash_of("wbk_no")) is None
            assert connection.execute(SEEN).one() == NOTHING


class TestWhatSqlOfTheFacadeCannot:
    """Statements that an injection might run, as a caller who is limited to one company."""

    def test_widen_what_is_seen(self, inside):
        with inside(companies=[COMPANY]) as connection:
            for name, value in (
                ("companies", "*"),
                ("companies", f"{COMPANY},{OTHER}"),
                ("role", "admin"),
                ("account", str(uuid4())),
                ("seal", "0" * 64),
                ("seal", ""),
            ):
                savepoint = connection.begin_nested()
                connection.execute(
                    text("SELECT set_config(:name, :value, true)"),
                    {"name": f"waybill.{name}", "value": value},
                )
                assert connection.execute(SEEN).one() == NOTHING
                savepoint.rollback()
            assert connection.execute(SEEN).one() == (False, [COMPANY], False)

    def test_keep_a_seal_for_later(self, inside):
        names = ("account", "role", "companies", "seal")
        with inside("admin") as connection:
            kept = {
                name: connection.execute(text(f"SELECT current_setting('waybill.{name}')")).scalar_one()
                for name in names
            }
            connection.rollback()
            for name, value in kept.items():
                connection.execute(
                    text("SELECT set_config(:name, :value, false)"),
                    {"name": f"waybill.{name}", "value": value},
                )
            assert connection.execute(SEEN).one() == NOTHING

    def test_call_what_only_the_owner_may(self, inside):
        with inside() as connection:
            for call in (
                "let_in(gen_random_uuid(), 'admin', 'me', NULL)",
                "seal_of_caller('a', 'admin', '*')",
                "sign_in_limits('an', '::1')",
                "note_throttled('an', '::1', 'x')",
            ):
                assert "permission denied" in refused(connection, f"SELECT {call}")

    @pytest.mark.parametrize("role", ["user", "admin"])
    def test_read_what_people_and_services_sign_in_with(self, inside, role):
        with inside(role) as connection:
            for what in (
                "password_hash FROM account",
                "account FROM account",
                "* FROM account",
                "hash FROM api_key",
                "* FROM refresh_token",
                "id FROM sign_in",
                "* FROM sign_in_throttle",
                "secret FROM caller_seal",
            ):
                assert "permission denied" in refused(connection, f"SELECT {what}")
            assert "permission denied" in refused(
                connection, "UPDATE account SET name = 'me' RETURNING password_hash"
            )

    def test_tell_by_a_condition_what_it_may_not_read(self, inside):
        with inside("admin") as connection:
            for condition in ("password_hash LIKE '$argon2id$%'", "length(password_hash) > 0"):
                assert "permission denied" in refused(
                    connection, f"SELECT count(id) FROM account WHERE {condition}"
                )

    def test_see_or_change_accounts_keys_and_events(self, inside):
        with inside() as connection:
            for table in ("account", "api_key", "security_event"):
                assert connection.execute(text(f"SELECT count(id) FROM {table}")).scalar_one() == 0
            assert connection.execute(text("UPDATE account SET role = 'admin'")).rowcount == 0
            assert connection.execute(text("UPDATE api_key SET revoked_at = NULL")).rowcount == 0
            for statement in (
                f"INSERT INTO account (name, role, password_hash) VALUES ('me', 'admin', '{HASH}')",
                f"INSERT INTO api_key (name, prefix, hash, scopes) VALUES ('me', 'p', '{'0' * 64}', '{{operate}}')",
            ):
                assert "row-level security" in refused(connection, statement)

    def test_do_away_with_what_happened(self, inside):
        with inside("admin") as connection:
            for statement in (
                "DELETE FROM security_event",
                "UPDATE security_event SET kind = 'nothing'",
                "TRUNCATE security_event",
                "DELETE FROM account",
                "ALTER TABLE account DISABLE ROW LEVEL SECURITY",
                "UPDATE account SET id = gen_random_uuid()",
            ):
                message = refused(connection, statement)
                assert "permission denied" in message or "must be owner" in message

    def test_sign_in_with_a_hash_that_it_does_not_have(self, facade, person, owner):
        person()
        with owner.connect() as connection:
            name = connection.execute(text("SELECT name FROM account")).scalar_one()
        with facade.connect() as connection:
            row = connection.execute(
                text("SELECT * FROM sign_in_challenge(:name, '::1', 'x')"), {"name": name}
            ).one()
        assert HASH.startswith(row.hashed_like)
        assert row.hashed_like == "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA"


class TestTheHistory:
    @pytest.mark.parametrize(
        "statement",
        [
            "DELETE FROM security_event",
            "UPDATE security_event SET kind = 'nothing'",
            "TRUNCATE security_event",
            "DELETE FROM account",
            "DELETE FROM api_key",
        ],
    )
    def test_does_not_change_even_for_the_owner(self, owner, person, statement):
        account_id, _ = person()
        with owner.begin() as connection:
            record(connection, SecurityEvent.ACCOUNT_MADE, account_id=account_id)
            make_key(connection, "erp", ["jobs:read"])
        with owner.connect() as connection:
            assert "does not change" in refused(connection, statement)


class TestAccounts:
    def test_of_the_command_line_are_made_and_read_without_their_hashes(self, changing, ledger):
        with changing() as connection:
            made = make_account(connection, "an@example.be", "user", [OTHER, COMPANY, COMPANY], HASH)
        with ledger.reading() as connection:
            assert accounts(connection) == [made]
            assert made.companies == {COMPANY, OTHER}
            assert "permission denied" in refused(connection, "SELECT password_hash FROM account")
            assert "permission denied" in refused(connection, "SELECT id FROM sign_in")

    @pytest.mark.parametrize("companies", [[], ["12"], [COMPANY, "0403.019.261"], [COMPANY, ""]])
    def test_are_limited_to_enterprise_numbers(self, changing, companies):
        with pytest.raises(AccountRefused, match="ten digits"), changing() as connection:
            make_account(connection, "an", "user", companies, HASH)

    def test_keep_no_password_as_it_is(self, changing):
        with pytest.raises(IntegrityError), changing() as connection:
            make_account(connection, "an", "user", None, "correct horse battery")

    def test_that_there_are_not_cannot_be_changed(self, changing):
        with changing() as connection:
            assert change_account(connection, uuid4(), role="user") is None
            assert set_password(connection, uuid4(), HASH) is None
            assert disable_account(connection, uuid4()) is None

    def test_that_are_disabled_have_no_sign_in_left(self, person, changing, owner):
        account_id, _ = person()
        with changing() as connection:
            disable_account(connection, account_id)
        with owner.connect() as connection:
            assert connection.execute(text("SELECT ended_why FROM sign_in")).scalar_one() == "disabled"

    def test_change_role_and_companies_without_signing_anybody_out(self, person, changing, owner):
        account_id, _ = person()
        with changing() as connection:
            change_account(connection, account_id, companies=[COMPANY])
        with owner.connect() as connection:
            assert connection.execute(text("SELECT ended_at FROM sign_in")).scalar_one() is None

    def test_two_administrators_who_disable_each_other_leave_one(self, person, ledger, owner):
        both, together, outcomes = [person("admin")[0], person("admin")[0]], threading.Barrier(2), []

        def disable(account_id):
            try:
                with ledger.transaction(Actor("an"), Waypoint.ACCOUNT_CHANGED) as connection:
                    together.wait()
                    disable_account(connection, account_id)
                outcomes.append("disabled")
            except AccountRefused:
                outcomes.append("refused")

        threads = [threading.Thread(target=disable, args=(each,)) for each in both]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["disabled", "refused"]
        with owner.connect() as connection:
            left = connection.execute(text("SELECT count(*) FROM account WHERE disabled_at IS NULL"))
            assert left.scalar_one() == 1
