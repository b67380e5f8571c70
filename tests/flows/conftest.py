"""The main job in this process, against a sandbox, on a ledger and a Prefect server that are real."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import URL

from db.ledger import Ledger
from db.lookups import InvoiceFilter, invoices
from sandbox.demo import DEMO_ADMINISTRATIONS, DEMO_DELIVER_FROM
from sandbox.faults import Fault
from sandbox.journal import Call, Outcome
from sandbox.serve import Sandbox


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch, database_url: URL) -> Iterator[Sandbox]:
    """A sandbox that lists the demo's companies and offers nothing yet; the settings point to it."""
    with Sandbox((), DEMO_ADMINISTRATIONS) as running:
        settings = {
            **running.environment,
            "WAYBILL_DATABASE_URL": database_url.render_as_string(hide_password=False),
            "WAYBILL_DELIVER_FROM": DEMO_DELIVER_FROM.isoformat(),
            "WAYBILL_CLEARFACTS_MIN_INTERVAL_SECONDS": "0",
            "WAYBILL_CLEARFACTS_CONCURRENCY": "4",
            "WAYBILL_CHUNK_SIZE": "20",
            "WAYBILL_RETRY_WITHIN_SECONDS": "5",
            "WAYBILL_SOURCE_LOCK_WAIT_SECONDS": "1",
            "WAYBILL_CHECK_PROCESSES": "1",
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        yield running


@pytest.fixture
def rows(ledger: Ledger) -> Callable[..., list[dict[str, Any]]]:
    """Invoices of the ledger as programs read them."""

    def read(**wanted: Any) -> list[dict[str, Any]]:
        with ledger.reading() as connection:
            return list(invoices(connection, InvoiceFilter(**wanted)))

    return read


@pytest.fixture
def states(rows: Callable[..., list[dict[str, Any]]]) -> Callable[[], dict[str, int]]:
    """How many invoices are in each state."""
    return lambda: dict(Counter(row["state"] for row in rows()))


@pytest.fixture
def accepted(sandbox: Sandbox) -> Callable[[], list[str | None]]:
    """SHA-256 of every document that Clearfacts took, in order."""
    return lambda: [
        entry.sha256 for entry in sandbox.journal.entries(Call.UPLOAD) if entry.outcome is Outcome.ACCEPTED
    ]


@pytest.fixture
def fault(sandbox: Sandbox) -> Callable[..., Fault]:
    """Tells the sandbox to fail."""
    return lambda call, kind, **details: sandbox.faults.add(Fault(call=call, fault=kind, **details))
