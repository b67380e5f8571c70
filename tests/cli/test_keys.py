"""`waybill keys`: making keys, seeing what is under which, and bringing everything under the first."""

import json

import pytest
from sqlalchemy import create_engine, text

from db.documents import store_documents
from db.ledger import Actor, Ledger
from db.vault import Vault, key_id_of, new_key
from invoices.source import Record

OLD, NEW = new_key(), new_key()


@pytest.fixture
def store(database_url, settings):
    """Puts documents under a key into a ledger of the test's own, which commands then use."""
    settings.setenv("WAYBILL_DATABASE_URL", database_url.render_as_string(hide_password=False))

    def documents(*contents, key=None):
        ledger = Ledger(database_url, vault=Vault([key] if key else []))
        records = [Record(str(number), 1, content) for number, content in enumerate(contents)]
        store_documents(ledger, Actor("a test"), records)
        ledger.close()

    return documents


@pytest.fixture
def with_keys(settings):
    def set_keys(*keys: str) -> None:
        settings.setenv("WAYBILL_ENCRYPTION_KEYS", ",".join(keys))

    return set_keys


def in_one_line(output):
    return " ".join(output.split())


def test_a_new_key_is_usable_and_another_each_time(waybill, with_keys, store):
    keys = [waybill("keys", "new").stdout.strip() for _ in range(2)]
    assert len(set(keys)) == 2
    with_keys(*keys)
    assert waybill("keys", "status").exit_code == 0


@pytest.mark.parametrize("given", ["a key", f"{OLD},", f"{OLD};{NEW}", OLD[:-2]], ids=range(4))
def test_what_is_no_key_ends_the_command_and_is_not_shown(waybill, with_keys, given):
    with_keys(given)
    result = waybill("keys", "status")
    assert result.exit_code == 2
    assert "WAYBILL_ENCRYPTION_KEYS" in result.stderr
    assert "waybill keys new" in in_one_line(result.stderr)
    assert given not in result.stderr
    assert OLD[:8] not in result.stderr


class TestStatus:
    def test_programs_read_how_much_is_under_which_key(self, waybill, store, with_keys):
        store(b"12", b"345")
        store(b"6789", key=OLD)
        with_keys(NEW, OLD)
        assert {row["key_id"]: row for row in waybill.rows("keys", "status")} == {
            None: {"key_id": None, "payloads": 2, "bytes": 5, "at_hand": True, "encrypts": False},
            key_id_of(NEW): {
                "key_id": key_id_of(NEW), "payloads": 0, "bytes": 0, "at_hand": True, "encrypts": True,
            },
            key_id_of(OLD): {
                "key_id": key_id_of(OLD), "payloads": 1, "bytes": 4, "at_hand": True, "encrypts": False,
            },
        }  # fmt: skip

    def test_a_missing_key_needs_a_person(self, waybill, store, with_keys):
        store(b"6789", key=OLD)
        with_keys(NEW)
        result = waybill("keys", "status")
        assert result.exit_code == 1
        assert f"{key_id_of(OLD)} 1 4 the key is missing" in in_one_line(result.stdout)
        assert f"{key_id_of(NEW)} 0 0 encrypts" in in_one_line(result.stdout)
        assert "add the key" in in_one_line(result.stderr)

    def test_without_keys_everything_is_plain(self, waybill, store):
        store(b"12")
        result = waybill("keys", "status")
        assert result.exit_code == 0
        assert "plain 1 2" in in_one_line(result.stdout)


class TestRotate:
    def test_everything_comes_under_the_first_key_and_back(self, waybill, store, with_keys):
        store(b"<plain/>")
        store(b"<old/>", key=OLD)
        with_keys(NEW, OLD)
        result = waybill("keys", "rotate")
        assert result.exit_code == 0
        assert "Rewritten: 2." in result.stderr
        assert {row["key_id"] for row in waybill.rows("keys", "status") if row["payloads"]} == {
            key_id_of(NEW)
        }
        assert waybill.rows("keys", "rotate") == [{"rewritten": 0, "not_readable": 0, "left": 0}]
        with_keys(NEW)
        assert waybill.rows("keys", "rotate", "--decrypt") == [{"rewritten": 2, "not_readable": 0, "left": 0}]
        assert {row["key_id"] for row in waybill.rows("keys", "status") if row["payloads"]} == {None}
        assert waybill("audit", "verify", "--documents").exit_code == 0

    def test_without_a_key_there_is_nothing_to_encrypt_by(self, waybill, store):
        store(b"<plain/>")
        result = waybill("keys", "rotate")
        assert result.exit_code == 2
        assert "waybill keys new" in in_one_line(result.stderr)

    def test_what_is_under_a_missing_key_is_named_and_left(self, waybill, store, with_keys):
        store(b"<old/>", key=OLD)
        store(b"<plain/>")
        with_keys(NEW)
        result = waybill("keys", "rotate")
        assert result.exit_code == 1
        said = in_one_line(result.stderr)
        assert f"encrypted by key {key_id_of(OLD)}" in said
        assert "Rewritten: 1." in said
        assert "Left as they are: 1." in said
        again = waybill("keys", "rotate", "--json")
        assert (again.exit_code, json.loads(again.stdout)) == (
            1,
            {"rewritten": 0, "not_readable": 1, "left": 1},
        )

    def test_what_another_one_holds_is_left_for_the_next_time(self, waybill, store, with_keys, database_url):
        store(b"<one/>", b"<two/>")
        with_keys(NEW)
        engine = create_engine(database_url)
        with engine.connect() as connection:
            connection.execute(text("SELECT FROM payload LIMIT 1 FOR UPDATE"))
            result = waybill("keys", "rotate")
        engine.dispose()
        assert result.exit_code == 1
        assert "run it again" in in_one_line(result.stderr)
        assert waybill("keys", "rotate").exit_code == 0


def test_verification_without_the_key_says_so(waybill, store, with_keys, database_url):
    store(b"<old/>", key=OLD)
    assert waybill("audit", "verify").exit_code == 0
    result = waybill("audit", "verify", "--documents")
    assert result.exit_code == 1
    assert "key_missing" in result.stdout
    assert "their key is not among" in in_one_line(result.stdout)
    with_keys(OLD)
    assert waybill("audit", "verify", "--documents").exit_code == 0
