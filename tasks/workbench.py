"""The workbench: what the stages of one run work with, opened at its start and given back at its end."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from artefacts.shelf import Shelf
from clients.answers import OperatorRow, Outcome
from clients.clearfacts import Clearfacts
from clients.folder import DropFolder
from clients.java_backend import JavaBackend
from clients.limits import PageLimits
from clients.transport import Budget
from db.away import patiently
from db.breaker import Permission, Terms
from db.embedded import embedded_postgres
from db.jobs import count_waiting
from db.ledger import Actor, Ledger, RehearsalLedger
from db.pace import pause_left
from db.routes import Routes, routes
from db.vault import Vault
from invoices.check import Checker
from invoices.parts import WHOLE, Part
from invoices.source import Source
from settings import AnswerRow, Settings
from tasks.breaker import Breaker
from tasks.check_pool import CheckPool
from tasks.upload_gate import UploadGate

T = TypeVar("T")

# A probe is an upload, or all pages of a question; claiming and settling take their time as well.
_AROUND_A_PROBE_SECONDS = 30
# A page may come with a call for each of its documents.
_PROBE_OF_A_PAGE_SECONDS = 600


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
    source_breaker: Breaker
    destination_breaker: Breaker
    rehearsal: bool = False
    """A dry run: nothing is uploaded, acknowledged or moved, and the ledger forgets it all."""
    part: Part = WHOLE
    """The companies that the run works for; what it reads from the source is everybody's."""
    locked: set[str] = field(default_factory=set)
    """Why documents could not be decrypted, for the report."""
    stopping: threading.Event = field(default_factory=threading.Event)
    """Set when the run is asked to end: no upload is begun any more."""
    paused: threading.Event = field(default_factory=threading.Event)
    """Set once the destination asked to slow down: from then on each upload waits for its turn."""

    def routes(self) -> Routes:
        """The routes in force now."""
        with self.ledger.reading() as connection:
            return routes(connection, self.settings.deliver_from, self.settings.policy)

    def patiently(self, work: Callable[[], T]) -> T:
        """What `work` returns, tried again for a while when the ledger's database is away.

        Raises:
            SQLAlchemyError: It stayed away, or the error is another one.
        """
        return patiently(work, self.settings.ledger_patience_seconds)

    def leave_destination_alone(self, refused: Permission) -> None:
        """Upload no more in this run, because the destination's breaker is not closed."""
        with self.ledger.reading() as connection:
            waiting = count_waiting(connection)
        said = self.destination_breaker.in_words(refused)
        self.gate.close(f"{said} Ready to be forwarded: {waiting:,}.", by_request=True)


def open_vault(settings: Settings) -> Vault:
    """The vault with the keys of the settings."""
    keys = settings.encryption_keys
    return Vault(keys.get_secret_value().split(",") if keys else ())


@contextmanager
def open_ledger(settings: Settings) -> Iterator[Ledger]:
    """The ledger of the settings, its schema up to date; the embedded PostgreSQL runs as long as it is open."""
    with ExitStack() as stack:
        if settings.database_url is None:
            url = stack.enter_context(embedded_postgres(settings.data_dir))
        else:
            url = with_psycopg(settings.database_url.get_secret_value())
        ledger = Ledger(url, pool_size=settings.clearfacts_concurrency + 8, vault=open_vault(settings))
        stack.callback(ledger.close)
        ledger.prepare()
        yield ledger


@contextmanager
def open_workbench(
    settings: Settings, ledger: Ledger, job_id: UUID, worker: int, *, dry_run: bool, part: Part = WHOLE
) -> Iterator[Workbench]:
    """A workbench for one run; a dry run's ledger forgets everything at the end."""
    with ExitStack() as stack:
        source = open_source(settings)
        stack.callback(source.close)
        destination = open_destination(settings)
        stack.callback(destination.close)
        checker = Checker(Shelf(settings.data_dir).book())
        checks = CheckPool(settings.check_processes, settings.check_timeout_seconds, checker)
        stack.callback(checks.close)
        if dry_run:
            ledger = RehearsalLedger(ledger)
            stack.enter_context(ledger.rehearsing())
        actor = Actor(f"run {job_id}", job_id)
        source_breaker, destination_breaker = (
            Breaker(ledger, actor, worker, neighbour, name, terms, rehearsal=dry_run)
            for neighbour, name, terms in (
                (source.name, f"The source ({source.name})", _source_terms(settings)),
                (ledger.destination, "Clearfacts", _destination_terms(settings)),
            )
        )
        bench = Workbench(
            settings,
            ledger,
            source,
            destination,
            checks,
            checker.key,
            actor,
            worker,
            UploadGate(),
            source_breaker,
            destination_breaker,
            rehearsal=dry_run,
            part=part,
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
    total = settings.java_backend_timeout_seconds
    return JavaBackend(
        settings.java_backend_url,
        settings.java_backend_token.get_secret_value(),
        limits=limits,
        budget=Budget(read=total, write=total, total=total),
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


def _destination_terms(settings: Settings) -> Terms:
    return Terms(
        settings.clearfacts_give_up_after,
        settings.breaker_open_seconds,
        settings.breaker_longest_seconds,
        settings.clearfacts_timeout_seconds + _AROUND_A_PROBE_SECONDS,
    )


def _source_terms(settings: Settings) -> Terms:
    return Terms(
        settings.source_give_up_after,
        settings.breaker_open_seconds,
        settings.breaker_longest_seconds,
        _PROBE_OF_A_PAGE_SECONDS,
    )


def _operator_row(row: AnswerRow) -> OperatorRow:
    return OperatorRow(
        outcome=Outcome(row.outcome), status=row.status, message=row.message, retry_after=row.retry_after
    )


def with_psycopg(url: str) -> str:
    """A PostgreSQL URL in any usual spelling, for the driver that we use."""
    return re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql+psycopg://", url)
