"""`waybill backup` and `waybill restore`, and what they refuse."""

import hashlib
import json
import zipfile
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text

from db.ledger import Ledger
from db.vault import new_key

SCHEMA = """
SELECT 'column', table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT 'index', tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'trigger', c.relname, t.tgname, concat(t.tgtype, t.tgenabled, t.tgfoid::regproc) FROM pg_trigger t
    JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal
UNION ALL SELECT 'policy', tablename, policyname, concat(roles, cmd, qual, with_check) FROM pg_policies
UNION ALL SELECT 'function', proname, prosrc, proacl::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace
UNION ALL SELECT 'table', relname, relacl::text, relrowsecurity::text FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S')
"""


@pytest.fixture
def backed_up(waybill, arrange, tmp_path, settings, environment):
    """A backup of a ledger in which something is sent, and something ready."""
    arrange.sent()
    arrange.ready()
    settings.setenv("WAYBILL_DATABASE_URL", environment["WAYBILL_DATABASE_URL"])
    file = tmp_path / "ledger.backup"
    assert waybill("backup", file).exit_code == 0
    return file


@pytest.fixture
def empty(backed_up, administration, postgres, settings):
    """A database with nothing in it, and the settings that name it."""
    name = f"waybill_restored_{uuid4().hex[:8]}"
    with administration.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = postgres.set(database=name)
    settings.setenv("WAYBILL_DATABASE_URL", url.render_as_string(hide_password=False))
    yield url
    with administration.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


def fetched(url, query):
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return sorted(map(str, connection.execute(text(query))))
    finally:
        engine.dispose()


def edited(file, **changes):
    """The same backup with another manifest."""
    other = file.with_suffix(".edited")
    with zipfile.ZipFile(file) as archive, zipfile.ZipFile(other, "w") as out:
        manifest = json.loads(archive.read("manifest.json")) | changes
        out.writestr("ledger.dump", archive.read("ledger.dump"))
        out.writestr("manifest.json", json.dumps(manifest))
    return other


class TestBackup:
    def test_it_says_what_it_is_of_and_only_its_owner_reads_it(self, waybill, arrange, tmp_path):
        arrange.ready()
        (told,) = waybill.rows("backup", tmp_path / "a")
        with zipfile.ZipFile(tmp_path / "a") as archive:
            manifest = json.loads(archive.read("manifest.json"))
        assert told == {"file": str(tmp_path / "a"), **manifest}
        assert manifest["invoices"] >= 1
        assert set(manifest) >= {"copied_at", "waybill", "schema", "postgresql", "sha256", "size"}
        assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600

    def test_it_replaces_no_file_and_leaves_none_that_is_not_whole(self, waybill, tmp_path, settings):
        there = tmp_path / "there"
        there.write_text("mine")
        refused = waybill("backup", there)
        assert (refused.exit_code, there.read_text()) == (2, "mine")
        assert "is there already" in " ".join(refused.stderr.split())
        settings.setenv("PATH", "")
        settings.setattr("db.postgres_programs.find_spec", lambda _: None)
        missing = waybill("backup", tmp_path / "b")
        assert (missing.exit_code, "pg_dump is not installed" in missing.stderr) == (2, True)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["there"]


class TestRestore:
    def test_an_empty_database_becomes_the_same_ledger_with_its_guards_and_holds_what_was_ready(
        self, backed_up, empty, waybill, environment
    ):
        done = waybill("restore", backed_up)
        assert done.exit_code == 1, done.stderr
        assert "What was forwarded after" in done.stdout
        assert "--already-booked" in done.stdout
        assert "sign in again" in done.stderr
        assert fetched(empty, SCHEMA) == fetched(environment["WAYBILL_DATABASE_URL"], SCHEMA)
        assert fetched(empty, "SELECT state, why FROM invoice WHERE state = 'ready'") == []
        assert fetched(empty, "SELECT count(*) FROM invoice WHERE why = 'restored'") != ["(0,)"]
        same = "SELECT id, sha256, length(content) FROM payload"
        assert fetched(empty, same) == fetched(environment["WAYBILL_DATABASE_URL"], same)
        assert waybill("audit", "verify", "--documents").exit_code == 0
        settled = waybill("restore", "--settle", "--reason", "Compared.")
        assert settled.exit_code == 0
        assert fetched(empty, "SELECT count(*) FROM invoice WHERE why = 'restored'") == ["(0,)"]

    def test_a_ledger_that_holds_something_is_given_up_only_where_one_says_so(
        self, backed_up, empty, waybill
    ):
        waybill("restore", backed_up)
        before = fetched(empty, "SELECT id FROM restoration")
        refused = waybill("restore", backed_up)
        assert refused.exit_code == 2
        assert "--replace" in refused.stderr
        assert fetched(empty, "SELECT id FROM restoration") == before
        assert waybill("restore", backed_up, "--replace").exit_code == 1
        assert fetched(empty, "SELECT id FROM restoration") != before
        assert fetched(empty, "SELECT nspname FROM pg_namespace WHERE nspname = 'before_restore'") == []

    @pytest.mark.usefixtures("empty")
    def test_a_ledger_in_which_nothing_ever_arrived_is_no_loss(self, backed_up, waybill):
        assert waybill("invoices").exit_code == 0
        assert waybill("restore", backed_up).exit_code == 1

    def test_not_while_anybody_is_connected(self, backed_up, empty, waybill):
        engine = create_engine(empty)
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
            refused = waybill("restore", backed_up)
        engine.dispose()
        assert refused.exit_code == 2
        assert "stop `waybill up`" in refused.stderr
        assert waybill("restore", backed_up).exit_code == 1

    def test_what_fails_leaves_the_ledger_as_it_was(self, backed_up, empty, waybill):
        waybill("restore", backed_up)
        before = fetched(empty, "SELECT id, state FROM invoice")
        with zipfile.ZipFile(backed_up) as archive:
            dump = archive.read("ledger.dump")
        half = dump[: len(dump) // 2]
        broken = backed_up.with_suffix(".half")
        with zipfile.ZipFile(edited(backed_up, sha256=hashlib.sha256(half).hexdigest())) as archive:
            manifest = archive.read("manifest.json")
        with zipfile.ZipFile(broken, "w") as out:
            out.writestr("ledger.dump", half)
            out.writestr("manifest.json", manifest)
        failed = waybill("restore", broken, "--replace")
        assert failed.exit_code == 2
        assert "pg_restore failed" in failed.stderr
        assert fetched(empty, "SELECT id, state FROM invoice") == before
        assert waybill("holds", "add", "0428759497", "--reason", "it may be written to").exit_code == 0

    def test_one_that_was_killed_leaves_nothing_to_send_from_and_is_taken_up(self, backed_up, empty, waybill):
        waybill("restore", backed_up)
        engine = create_engine(empty, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(
                text(f"ALTER DATABASE {empty.database} SET default_transaction_read_only = on")
            )
            connection.execute(text("ALTER SCHEMA public RENAME TO before_restore"))
            connection.execute(text("CREATE SCHEMA public"))
        engine.dispose()
        assert "read-only" in waybill("invoices").stderr
        assert "--replace" in waybill("restore", backed_up).stderr
        assert waybill("restore", backed_up, "--replace").exit_code == 1
        assert waybill("invoices").exit_code in {0, 1}

    @pytest.mark.parametrize(
        ("spoil", "said"),
        [
            (lambda file: edited(file, sha256="0" * 64), "is damaged: its SHA-256"),
            (lambda file: edited(file, schema="9999"), "install that version or a later one"),
            (lambda file: edited(file, format=2), "install that version or a later one"),
            (lambda file: edited(file, more=1), "is no backup of Waybill"),
            (lambda file: file.with_name("nowhere"), "is not there"),
            (lambda file: (file.write_bytes(b"no zip"), file)[1], "is no backup of Waybill"),
        ],
    )
    def test_what_is_not_whole_or_not_known_changes_nothing(self, backed_up, empty, waybill, spoil, said):
        refused = waybill("restore", spoil(backed_up))
        assert refused.exit_code == 2
        assert said in " ".join(refused.stderr.split())
        assert fetched(empty, "SELECT 1 FROM pg_tables WHERE schemaname = 'public'") == []

    @pytest.mark.usefixtures("empty")
    def test_keys_that_are_not_at_hand_are_named(self, backed_up, waybill, settings, tmp_path):
        key = new_key()
        settings.setenv("WAYBILL_ENCRYPTION_KEYS", key)
        waybill("restore", backed_up)
        assert waybill("keys", "rotate").exit_code == 0
        waybill("backup", tmp_path / "encrypted")
        settings.delenv("WAYBILL_ENCRYPTION_KEYS")
        told = waybill("restore", tmp_path / "encrypted", "--replace")
        assert "which is not at hand" in told.stderr
        with zipfile.ZipFile(tmp_path / "encrypted") as archive:
            assert key.encode() not in archive.read("ledger.dump")


@pytest.mark.usefixtures("empty")
class TestMark:
    def test_a_database_that_was_set_back_by_other_means(self, backed_up, waybill):
        waybill("restore", backed_up)
        waybill("restore", "--settle", "--reason", "for the test")
        told = waybill("restore", "--mark", "--since", "2026-03-14T09:26:53")
        assert told.exit_code == 1
        assert "after 2026-03-14 09:26:53 UTC" in told.stdout
        assert "to a copy of 2026-03-14 09:26:53 UTC" in waybill("status").stdout
        assert waybill("restore", "--mark", "--since", "2126-03-14").exit_code == 2

    @pytest.mark.parametrize(
        "arguments",
        [(), ("file", "--mark"), ("--mark", "--settle"), ("--settle",), ("--mark", "--reason", "x"),
         ("--mark", "--replace"), ("file", "--since", "2026-03-14")],
    )  # fmt: skip
    def test_one_of_the_three_with_what_goes_with_it(self, waybill, arguments):
        assert waybill("restore", *arguments).exit_code == 2

    def test_there_is_nothing_to_settle(self, backed_up, waybill):
        waybill("restore", backed_up)
        assert "Set back" in waybill("status").stdout
        waybill("restore", "--settle", "--reason", "done")
        assert "Set back" not in waybill("status").stdout
        assert "waits to be settled" in waybill("restore", "--settle", "--reason", "again").stderr


def test_the_embedded_ledger_too(waybill, settings, tmp_path):
    settings.delenv("WAYBILL_DATABASE_URL")
    # Not below pytest's own directory, into which the server's user may not look.
    with (
        TemporaryDirectory(prefix="waybill-test-") as one,
        TemporaryDirectory(prefix="waybill-test-") as other,
    ):
        settings.setenv("WAYBILL_DATA_DIR", one)
        assert waybill("holds", "add", "0428759497", "--reason", "kept").exit_code == 0
        assert waybill("backup", tmp_path / "file").exit_code == 0
        settings.setenv("WAYBILL_DATA_DIR", other)
        assert waybill("restore", tmp_path / "file").exit_code == 0
        (hold,) = waybill.rows("holds", "list")
    assert (hold["company_number"], hold["reason"]) == ("0428759497", "kept")


def test_a_restored_ledger_is_opened_as_any_other(backed_up, empty, waybill):
    waybill("restore", backed_up)
    ledger = Ledger(empty)
    with ledger.worker() as worker:
        assert worker > 0
    ledger.close()
