"""A run of the main job in this process, and what it left behind for tests to look at."""

import asyncio
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import URL

from db.ledger import Ledger
from db.lookups import InvoiceFilter, attempts, invoices, rejected_records
from flows.process import process_invoices
from flows.watching import WATCHER, Progress, RunReport
from sandbox.demo import DEMO_ADMINISTRATIONS, DEMO_DELIVER_FROM
from sandbox.load import load_records
from sandbox.records import Administration, SandboxRecord

GOOD = tuple(load_records(24, seed=11))
"""Invoices that nothing is wrong with, to go among the hostile ones."""
LISTED = (
    *DEMO_ADMINISTRATIONS,
    *(
        Administration(number, "Made up")
        for number in sorted({"".join(filter(str.isdigit, each.company_number)) for each in GOOD})
    ),
)
SETTINGS = {
    "WAYBILL_DELIVER_FROM": DEMO_DELIVER_FROM.isoformat(),
    "WAYBILL_CLEARFACTS_MIN_INTERVAL_SECONDS": "0",
    "WAYBILL_CLEARFACTS_GIVE_UP_AFTER": "1000",
    "WAYBILL_CHUNK_SIZE": "100",
    "WAYBILL_CHECK_PROCESSES": "1",
}


@dataclass
class Ran:
    """What a run left behind.

    Attributes:
        report: The run's own words.
        rows: Invoices by the id of their record, as programs read them.
        rejected: Rejected records.
        attempts: What was tried to deliver, by the id of the invoice.
        logged: Every line that anybody logged.
        environment: The settings of the run.
    """

    report: RunReport
    rows: dict[str, dict[str, Any]]
    rejected: list[dict[str, Any]]
    attempts: dict[str, dict[str, Any]]
    logged: list[str]
    environment: Mapping[str, str] = field(repr=False)

    def state(self, source_id: str) -> str:
        """In which state the run left an invoice."""
        state: str = self.rows[source_id]["state"]
        return state


class _Keeping:
    report: RunReport | None = None

    def progressed(self, progress: Progress) -> None:
        """Look away."""

    def reported(self, report: RunReport) -> None:
        self.report = report


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@contextmanager
def _listening() -> Iterator[list[str]]:
    heard = _Lines()
    logging.getLogger().addHandler(heard)
    try:
        yield heard.lines
    finally:
        logging.getLogger().removeHandler(heard)


def run_job(database: URL, environment: Mapping[str, str]) -> Ran:
    """Run the main job with these settings, on this ledger."""
    settings = {
        **SETTINGS,
        "WAYBILL_DATABASE_URL": database.render_as_string(hide_password=False),
        **environment,
    }
    keeping = _Keeping()
    with pytest.MonkeyPatch.context() as patch, _listening() as logged:
        for name, value in settings.items():
            patch.setenv(name, value)
        token = WATCHER.set(keeping)
        try:
            asyncio.run(_finished())
        finally:
            WATCHER.reset(token)
    assert keeping.report is not None
    ledger = Ledger(database)
    with ledger.reading() as connection:
        rows = {row["source_id"]: row for row in invoices(connection, InvoiceFilter())}
        rejected = list(rejected_records(connection, unresolved=True, limit=None))
        tried = {row["invoice_id"]: row for row in attempts(connection, (), None)}
    ledger.close()
    return Ran(keeping.report, rows, rejected, tried, logged, settings)


async def _finished() -> None:
    await process_invoices(return_state=True)


def among_good(hostile: Iterator[SandboxRecord], every: int) -> Iterator[SandboxRecord]:
    """Hostile records with a good one before every so many; the rest of the good ones comes last."""
    good = iter(GOOD)
    for number, record in enumerate(hostile):
        if number % every == 0 and (friendly := next(good, None)) is not None:
            yield friendly
        yield record
    yield from good
