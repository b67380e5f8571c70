"""The command line in this process, on one ledger and one sandbox for all its tests."""

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from click.testing import Result
from sqlalchemy import URL, Engine, text
from typer.testing import CliRunner

from cli.app import app
from db.jobs import RunOf, start_job
from db.ledger import Ledger
from sandbox.demo import DEMO_ADMINISTRATIONS, DEMO_DELIVER_FROM
from sandbox.faults import Fault, FaultKind
from sandbox.journal import Call
from sandbox.load import load_records
from sandbox.records import SandboxRecord
from sandbox.serve import Sandbox
from settings import Settings
from tasks.dedupe import dedupe
from tasks.deliver import deliver
from tasks.fetch import cursor_in_ledger, fetch_page
from tasks.validate import validate
from tasks.workbench import Workbench, open_workbench

LISTED = frozenset(each.company_number for each in DEMO_ADMINISTRATIONS)


@dataclass
class Waybill:
    """Runs `waybill`; its output, its error output and its exit code are in the result."""

    runner: CliRunner = field(default_factory=CliRunner)

    def __call__(self, *arguments: str, **options: Any) -> Result:
        result = self.runner.invoke(app, [str(each) for each in arguments], **options)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert "Traceback" not in result.stderr
        return result

    def rows(self, *arguments: str) -> list[dict[str, Any]]:
        """The objects that a command prints with --json."""
        result = self(*arguments, "--json")
        assert result.exit_code == 0, result.stderr
        return [json.loads(line) for line in result.stdout.splitlines()]


@dataclass
class Arrange:
    """Brings new invoices into a state; each is another one."""

    bench: Workbench
    sandbox: Sandbox
    records: Iterator[SandboxRecord] = field(
        default_factory=lambda: itertools.cycle(load_records(400, seed=7))
    )

    def arrive(self, record: SandboxRecord) -> UUID:
        self.sandbox.feed.put(replace(record, updated_at=None))
        fetched = fetch_page(self.bench, cursor_in_ledger(self.bench))
        (invoice_id,) = fetched.invoice_ids
        validate(self.bench, [invoice_id], LISTED)
        dedupe(self.bench, [invoice_id], LISTED)
        return invoice_id

    def ready(self) -> UUID:
        return self.arrive(next(self.records))

    def sent(self) -> UUID:
        return self._delivered()

    def failed(self) -> UUID:
        return self._delivered(FaultKind.ERRORS)

    def outcome_unknown(self, *, taken: bool = False, budget: float = 0) -> UUID:
        """The upload had `budget` seconds, so they are over at once unless told."""
        before = self.bench.settings
        self.bench.settings = before.model_copy(update={"clearfacts_timeout_seconds": budget})
        try:
            return self._delivered(FaultKind.DROP, taken=taken)
        finally:
            self.bench.settings = before

    def invalid(self) -> UUID:
        record = next(self.records)
        broken = record.read_document().replace(b"<cbc:IssueDate>", b"<cbc:IssueDate>on ")
        return self.arrive(replace(record, document=broken))

    def held(self) -> UUID:
        """Held because of a ready one of the same number with other content."""
        record = next(self.records)
        self.arrive(record)
        other = record.read_document().replace(b"Levering", b"Transport")
        return self.arrive(replace(record, source_id=f"{record.source_id}-other", document=other))

    def _delivered(self, kind: FaultKind | None = None, **details: Any) -> UUID:
        invoice_id = self.ready()
        if kind is not None:
            self.sandbox.faults.add(Fault(call=Call.UPLOAD, fault=kind, **details))
        deliver(self.bench, [invoice_id], LISTED)
        return invoice_id

    def state(self, invoice_id: UUID) -> str:
        return self.row(invoice_id).state

    def row(self, invoice_id: UUID) -> Any:
        with self.bench.ledger.reading() as connection:
            return connection.execute(text("SELECT * FROM invoice WHERE id = :id"), {"id": invoice_id}).one()


@pytest.fixture(scope="session")
def cli_database(administration: Engine, postgres: URL, template: str) -> Iterator[URL]:
    """One database for all tests of the command line."""
    name = f"waybill_cli_{uuid4().hex[:8]}"
    with administration.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    yield postgres.set(database=name)
    with administration.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """A sandbox that lists the demo's companies."""
    with Sandbox((), DEMO_ADMINISTRATIONS) as running:
        yield running


@pytest.fixture(scope="session")
def environment(sandbox: Sandbox, cli_database: URL) -> dict[str, str]:
    """The settings that connect to them."""
    return {
        **sandbox.environment,
        "WAYBILL_DATABASE_URL": cli_database.render_as_string(hide_password=False),
        "WAYBILL_DELIVER_FROM": DEMO_DELIVER_FROM.isoformat(),
        "WAYBILL_CLEARFACTS_MIN_INTERVAL_SECONDS": "0",
        "WAYBILL_CLEARFACTS_TIMEOUT_SECONDS": "20",
        "WAYBILL_CLEARFACTS_GIVE_UP_AFTER": "1000",
        "WAYBILL_CHECK_PROCESSES": "1",
    }


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> pytest.MonkeyPatch:
    """Those settings in this process's environment, for the test to change."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.fixture(scope="session")
def bench(environment: dict[str, str], cli_database: URL) -> Iterator[Workbench]:
    """A workbench of a job of its own."""
    ledger = Ledger(cli_database)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        settings = Settings()
    with ledger.worker() as worker:
        with ledger.engine.begin() as connection:
            job_id = start_job(connection, RunOf(uuid4(), 1), worker, "process-invoices", "a test", {})
        with open_workbench(settings, ledger, job_id, worker, dry_run=False) as opened:
            yield opened
    ledger.close()


@pytest.fixture(scope="session")
def arrange(bench: Workbench, sandbox: Sandbox) -> Arrange:
    """Brings invoices into a state."""
    return Arrange(bench, sandbox)


@pytest.fixture
def waybill(settings: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs the command line with those settings."""
    return Waybill()
