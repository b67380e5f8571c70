"""A workbench as a run has it, on a ledger that is real, against a sandbox."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import URL

from db.jobs import RunOf, start_job
from db.ledger import Ledger
from db.lookups import InvoiceFilter, invoices
from sandbox.demo import DEMO_ADMINISTRATIONS, DEMO_DELIVER_FROM
from sandbox.faults import Fault
from sandbox.load import load_records
from sandbox.serve import Sandbox
from settings import Settings
from tasks.dedupe import dedupe
from tasks.fetch import fetch_page
from tasks.validate import validate
from tasks.workbench import Workbench, open_workbench

LISTED = frozenset(each.company_number for each in DEMO_ADMINISTRATIONS)


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch, database_url: URL) -> Iterator[Sandbox]:
    """A sandbox that lists the demo's companies and offers nothing yet; the settings point to it."""
    with Sandbox((), DEMO_ADMINISTRATIONS) as running:
        settings = {
            **running.environment,
            "WAYBILL_DATABASE_URL": database_url.render_as_string(hide_password=False),
            "WAYBILL_DELIVER_FROM": DEMO_DELIVER_FROM.isoformat(),
            "WAYBILL_CLEARFACTS_MIN_INTERVAL_SECONDS": "0",
            "WAYBILL_CHUNK_SIZE": "20",
            "WAYBILL_CHECK_PROCESSES": "1",
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        yield running


@pytest.fixture
def open_bench(sandbox: Sandbox, ledger: Ledger) -> Callable[..., Any]:
    """Opens a workbench of a job of its own, with settings changed as told."""

    @contextmanager
    def open_(*, dry_run: bool = False, **changes: Any) -> Iterator[Workbench]:
        settings = Settings().model_copy(update=changes)
        with ledger.worker() as worker:
            with ledger.engine.begin() as connection:
                job_id = start_job(connection, RunOf(uuid4(), 1), worker, "process-invoices", "a test", {})
            with open_workbench(settings, ledger, job_id, worker, dry_run=dry_run) as bench:
                yield bench

    return open_


@pytest.fixture
def bench(open_bench: Callable[..., Any]) -> Iterator[Workbench]:
    """A workbench that uploads one invoice at a time without waiting."""
    with open_bench() as opened:
        yield opened


@pytest.fixture
def offer(sandbox: Sandbox) -> Callable[..., None]:
    """Puts records into the source's feed."""

    def put(*records: Any) -> None:
        for record in records:
            sandbox.feed.put(replace(record, updated_at=None))

    return put


@pytest.fixture
def ready(offer: Callable[..., None]) -> Callable[..., list[UUID]]:
    """Brings so many new invoices to `ready`."""

    def make(bench: Workbench, count: int) -> list[UUID]:
        offer(*load_records(count))
        ids = fetch_page(bench, None).invoice_ids
        validate(bench, ids, LISTED)
        return dedupe(bench, ids, LISTED)

    return make


@pytest.fixture
def rows(ledger: Ledger) -> Callable[..., list[dict[str, Any]]]:
    """Invoices of the ledger as programs read them."""

    def read(**wanted: Any) -> list[dict[str, Any]]:
        with ledger.reading() as connection:
            return list(invoices(connection, InvoiceFilter(**wanted)))

    return read


@pytest.fixture
def states(rows: Callable[..., list[dict[str, Any]]]) -> Callable[[], list[str]]:
    """The states of all invoices, in order of arrival."""
    return lambda: [row["state"] for row in rows()]


@pytest.fixture
def fault(sandbox: Sandbox) -> Callable[..., Fault]:
    """Tells the sandbox to fail."""
    return lambda call, kind, **details: sandbox.faults.add(Fault(call=call, fault=kind, **details))
