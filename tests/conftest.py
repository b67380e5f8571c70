"""A real PostgreSQL, a real Prefect server and a real sandbox for every test that asks for one."""

import asyncio
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import pytest
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_HOME,
    PREFECT_LOGGING_TO_API_ENABLED,
    temporary_settings,
)
from sqlalchemy import URL, Engine, create_engine, text
from sqlalchemy.engine import make_url

from artefacts.shelf import Shelf
from db import migrate
from db.embedded import embedded_postgres
from db.ledger import Ledger
from flows.prefect_server import prefect_server
from flows.process import process_invoices
from flows.watching import WATCHER, Progress, RunReport
from invoices.check import Checker
from invoices.rules.book import RuleBook
from tasks.workbench import with_psycopg

RunJob = Callable[..., RunReport]


def pytest_xdist_auto_num_workers() -> int:
    """Half as many again as there are processors: much of the time is waited for servers to start and to end."""
    return (os.cpu_count() or 1) * 3 // 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each process its share of the long tests first: one would else have them all, and work on them alone."""
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    long = [item for item in items if _ACCEPTANCE in item.path.parents]
    others = [item for item in items if _ACCEPTANCE not in item.path.parents]
    share = -(-len(others) // processes)
    items[:] = [
        item
        for number in range(processes)
        for item in (*long[number::processes], *others[number * share : (number + 1) * share])
    ]


_ACCEPTANCE = Path(__file__).with_name("acceptance")
OUTSIDE_DATABASE = os.environ.get("WAYBILL_DATABASE_URL")


@pytest.fixture(autouse=True)
def _settings_of_the_test_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("WAYBILL_") and name != "WAYBILL_CORPORA"]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def rule_book(tmp_path_factory: pytest.TempPathFactory) -> RuleBook:
    """The rule sets of an installation to which nobody added any."""
    return Shelf(tmp_path_factory.mktemp("rules")).book()


@pytest.fixture(scope="session")
def checker(rule_book: RuleBook) -> Checker:
    """Checks documents in this process."""
    return Checker(rule_book)


@pytest.fixture(scope="session")
def postgres() -> Iterator[URL]:
    """A PostgreSQL server: the one of WAYBILL_DATABASE_URL where it is set, else an embedded one."""
    if OUTSIDE_DATABASE:
        yield make_url(with_psycopg(OUTSIDE_DATABASE))
        return
    # Not below pytest's own directory: a second pytest takes the server's user out of that one.
    place = TemporaryDirectory(prefix="waybill-test-", dir=_memory_if_there_is_room())
    with place as directory, embedded_postgres(Path(directory)) as url:
        yield make_url(url)


def _memory_if_there_is_room() -> Path | None:
    """A database for each test is hundreds of files, which some disks take longer over than the test."""
    memory = Path("/dev/shm")  # noqa: S108 - a directory of random name is made below it
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > 2**31 else None


@pytest.fixture(scope="session")
def administration(postgres: URL) -> Iterator[Engine]:
    """Makes and drops databases."""
    engine = create_engine(postgres, isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def template(administration: Engine, postgres: URL) -> Iterator[str]:
    """A migrated, empty ledger that others are copied from."""
    name = f"waybill_template_{uuid4().hex[:8]}"
    with administration.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine = create_engine(postgres.set(database=name))
    with engine.begin() as connection:
        migrate.upgrade(connection)
    engine.dispose()
    yield name
    with administration.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def database_url(administration: Engine, postgres: URL, template: str) -> Iterator[URL]:
    """A database of the test's own with an empty ledger; connecting as its owner."""
    name = f"waybill_test_{uuid4().hex[:8]}"
    with administration.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    yield postgres.set(database=name)
    with administration.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def owner(database_url: URL) -> Iterator[Engine]:
    """The ledger's database as its owner sees it, past the application's role."""
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def ledger(database_url: URL) -> Iterator[Ledger]:
    """An empty ledger, as the application uses it."""
    opened = Ledger(database_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def prefect_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Prefect server, for this process and for those that it starts."""
    with prefect_server(tmp_path_factory.mktemp("prefect-data"), lambda _: None) as url:
        home = os.environ["PREFECT_HOME"]
        with temporary_settings(
            {PREFECT_API_URL: url, PREFECT_HOME: home, PREFECT_LOGGING_TO_API_ENABLED: False}
        ):
            yield url


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A data directory of the test's own."""
    return tmp_path / "data"


class _Keeping:
    report: RunReport | None = None

    def progressed(self, progress: Progress) -> None:
        assert 0 <= progress.percentage <= 100

    def reported(self, report: RunReport) -> None:
        self.report = report


@pytest.fixture
def run_job(prefect_api: str) -> RunJob:
    """Runs the main job and gives its report."""

    def run(**parameters: Any) -> RunReport:
        keeping = _Keeping()
        token = WATCHER.set(keeping)
        try:
            asyncio.run(_finish(parameters))
        finally:
            WATCHER.reset(token)
        assert keeping.report is not None
        return keeping.report

    return run


async def _finish(parameters: dict[str, Any]) -> None:
    await process_invoices(**parameters, return_state=True)
