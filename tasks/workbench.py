"""The workbench: what the stages of one run work with, opened at its start and given back at its end."""

import re
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from artefacts.shelf import Shelf
from clients.answers import OperatorRow, Outcome
from clients.clearfacts import Clearfacts
from clients.folder import DropFolder
from clients.java_backend import JavaBackend
from clients.limits import PageLimits
from clients.transport import Budget
from db.embedded import embedded_postgres
from db.ledger import Actor, Ledger, RehearsalLedger
from db.pace import pause_left
from db.routes import Routes, routes
from invoices.check import Checker
from invoices.source import Source
from settings import AnswerRow, Settings
from tasks.check_pool import CheckPool
from tasks.upload_gate import UploadGate


@dataclass(eq=False, slots=True)
class Workbench:
    """Ledger, source, destination and checking processes of one run, and who it works for.

    `rules_key` names all rule sets in force, with their versions.
    """

    settings: Settings
    ledger: Ledger
    source: Source
    destination: Clearfacts
    checks: CheckPool
    rules_key: str
    actor: Actor
    worker: int
    gate: UploadGate
    rehearsal: bool = False
    """A dry run: nothing is uploaded, acknowledged or moved, and the ledger forgets it all."""
    stopping: threading.Event = field(default_factory=threading.Event)
    """Set when the run is asked to end: no upload is begun any more."""
    paused: threading.Event = field(default_factory=threading.Event)
    """Set once the destination asked to slow down: from then on each upload waits for its turn."""

    def routes(self) -> Routes:
        """The routes in force now."""
        with self.ledger.reading() as connection:
            return routes(connection, self.settings.deliver_from, self.settings.policy)


@contextmanager
def open_ledger(settings: Settings) -> Iterator[Ledger]:
    """The ledger of the settings, its schema up to date; the embedded PostgreSQL runs as long as it is open."""
    with ExitStack() as stack:
        if settings.database_url is None:
            url = stack.enter_context(embedded_postgres(settings.data_dir))
        else:
            url = with_psycopg(settings.database_url.get_secret_value())
        ledger = Ledger(url, pool_size=settings.clearfacts_concurrency + 8)
        stack.callback(ledger.close)
        ledger.prepare()
        yield ledger


@contextmanager
def open_workbench(settings: Settings, ledger: Ledger, job_id: UUID, *, dry_run: bool) -> Iterator[Workbench]:
    """A workbench for one run; a dry run's ledger forgets everything at the end."""
    with ExitStack() as stack:
        source = open_source(settings)
        stack.callback(source.close)
        destination = open_destination(settings)
        stack.callback(destination.close)
        checker = Checker(Shelf(settings.data_dir).book())
        checks = CheckPool(settings.check_processes, settings.check_timeout_seconds, checker)
        stack.callback(checks.close)
        worker = stack.enter_context(ledger.worker())
        if dry_run:
            ledger = RehearsalLedger(ledger)
            stack.enter_context(ledger.rehearsing())
        bench = Workbench(
            settings,
            ledger,
            source,
            destination,
            checks,
            checker.key,
            Actor(f"run {job_id}", job_id),
            worker,
            UploadGate(settings.clearfacts_give_up_after),
            rehearsal=dry_run,
        )
        if pause_left(ledger):
            bench.paused.set()
        stack.callback(bench.stopping.set)
        yield bench


def open_source(settings: Settings) -> Source:
    """The source that the settings name."""
    limits = PageLimits(records=settings.chunk_size)
    if settings.source == "folder":
        return DropFolder(
            settings.folder_path or Path(), settle_seconds=settings.folder_settle_seconds, limits=limits
        )
    return JavaBackend(
        settings.java_backend_url, settings.java_backend_token.get_secret_value(), limits=limits
    )


def open_destination(settings: Settings) -> Clearfacts:
    """Clearfacts as the settings describe it."""
    total = settings.clearfacts_timeout_seconds
    return Clearfacts(
        settings.clearfacts_url,
        settings.clearfacts_login_url,
        settings.clearfacts_token.get_secret_value(),
        budget=Budget(read=total, write=total, total=total),
        operator_rows=[_operator_row(row) for row in settings.clearfacts_answers],
    )


def _operator_row(row: AnswerRow) -> OperatorRow:
    return OperatorRow(
        outcome=Outcome(row.outcome), status=row.status, message=row.message, retry_after=row.retry_after
    )


def with_psycopg(url: str) -> str:
    """A PostgreSQL URL in any usual spelling, for the driver that we use."""
    return re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql+psycopg://", url)
