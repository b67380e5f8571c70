"""Running a flow in this process: what it needs, its progress on stderr, its report and its exit code."""

import asyncio
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any
from uuid import UUID

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from cli.ledger import ledger as opened_ledger
from cli.names import invoices_named
from cli.output import STDERR, STDOUT, Exit, counted, fail, plain, print_json, print_rows, short, tell
from db.ledger import Ledger
from flows.interruption import INTERRUPTED
from flows.prefect_server import PrefectUnavailable, prefect_server
from flows.watching import WATCHER, Progress, RunReport
from settings import Settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

MAIN_JOB = "flows.process:process_invoices"
OUTCOME_COLUMNS = {
    "number": "Number",
    "company_number": "Company",
    "direction": "",
    "state": "State",
    "reason": "Why",
}


@contextmanager
def ready(settings: Settings) -> Iterator[Ledger]:
    """Ledger and Prefect server, started at the same time."""
    with ExitStack() as stack, ThreadPoolExecutor(1) as beside:
        server = beside.submit(stack.enter_context, prefect_server(settings.data_dir, tell))
        ledger = stack.enter_context(opened_ledger())
        try:
            server.result()
        except PrefectUnavailable as unavailable:
            raise fail(str(unavailable)) from unavailable
        yield ledger


def named(ledger: Ledger, names: list[str] | None, company: str | None) -> list[UUID] | None:
    """The ids of the invoices that a person names; None where they name none."""
    if not names:
        return None
    with ledger.reading() as connection:
        return invoices_named(connection, names, company)


def who(command: str) -> str:
    """Who runs this command, for the audit trail."""
    return f"{os.environ.get('USER') or os.environ.get('LOGNAME') or os.getuid()} (waybill {command})"


@dataclass(slots=True)
class _Watching:
    """Keeps a run's report, and shows its progress."""

    show: "Callable[[Progress], None]"
    report: RunReport | None = None

    def progressed(self, progress: Progress) -> None:
        self.show(progress)

    def reported(self, report: RunReport) -> None:
        self.report = report


def run_flow(parameters: dict[str, Any], flow: str = MAIN_JOB) -> RunReport:
    """Run a flow in this process, with its progress on stderr; a run that fails ends the command."""
    # Prefect writes whole tracebacks there; its own server keeps them, and the report says what a person needs.
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
    from prefect.logging.handlers import APILogWorker  # noqa: PLC0415 - it reads its environment when imported

    module, _, name = flow.partition(":")
    run = getattr(import_module(module), name)
    with _bars() as show:
        watching = _Watching(show)
        WATCHER.set(watching)
        try:
            asyncio.run(_finished(run(**parameters, return_state=True)))
        except (KeyboardInterrupt, asyncio.CancelledError):
            raise fail(INTERRUPTED) from None
        except Exception as error:
            what = str(error).strip().split("\n", 1)[0] or type(error).__name__
            raise fail(f"Prefect could not run it: {what} Check PREFECT_API_URL.") from error
        finally:
            APILogWorker.drain_all(timeout=5)  # while there is still a server to take the run's logs
    if watching.report is None:
        raise fail("The run failed; see `waybill jobs`.")
    return watching.report


async def _finished(run: "Awaitable[Any]") -> None:
    await run


@contextmanager
def _bars() -> "Iterator[Callable[[Progress], None]]":
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=STDERR, transient=True) as bars:
        checked = bars.add_task("checked", total=None)
        delivered = bars.add_task("forwarded", total=None)

        def show(progress: Progress) -> None:
            bars.update(checked, completed=progress.checked, total=progress.to_check)
            bars.update(delivered, completed=progress.delivered, total=progress.to_deliver)

        yield show


def exit_code(report: RunReport) -> Exit:
    """What a run's report means for its exit code."""
    return code_of(report.state)


def code_of(state: str) -> Exit:
    """What the state of a job means for an exit code."""
    return {"completed": Exit.WELL, "needs_person": Exit.NEEDS_PERSON}.get(state, Exit.FAILED)


def print_report(report: RunReport, *, dry_run: bool = False, as_json: bool) -> None:
    """What a run that delivers came to, for people or for programs."""
    say_aside(report)
    if as_json:
        summary = {"job_id": str(report.job_id), "state": report.state, "counts": report.counts}
        extra = {"outcomes": report.outcomes} if dry_run else {}
        print_json({**summary, "waiting": report.waiting, **extra})
        return
    if dry_run:
        STDOUT.print("[bold]What would happen[/] (ready: would be forwarded); nothing was changed:")
        print_rows(report.outcomes, OUTCOME_COLUMNS, as_json=False)
    result = counted(report.counts) or "nothing to do"
    STDOUT.print(f"{report.state.replace('_', ' ')}: {result}; {report.waiting} waiting.")
    if not dry_run:
        _say_where_to_look(report)


def say_aside(report: RunReport) -> None:
    """What a person should know of a run, on stderr."""
    for line in (*report.notes, *report.problems):
        tell(plain(line))


def _say_where_to_look(report: RunReport) -> None:
    rejected = report.counts["rejected_records"]
    if invoices := report.need_person - rejected:
        job = short(str(report.job_id))
        STDOUT.print(f"{invoices} need a person: waybill invoices --job {job} --needs-person", soft_wrap=True)
    if rejected:
        STDOUT.print(f"{rejected} records could not become invoices: waybill rejected")
