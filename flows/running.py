"""Running: the frame of every flow, from its settings and its job in the ledger to the words of how it ended."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from prefect import State
from prefect.context import FlowRunContext
from prefect.states import Completed, Failed
from sqlalchemy.exc import SQLAlchemyError

from db.away import in_words, is_away
from db.jobs import End, RunOf, close_dead_jobs, count_states, count_waiting, end_job, start_job
from db.ledger import Actor, Ledger
from db.seals import seal_all
from db.waypoints import Waypoint
from flows.interruption import INTERRUPTED, sigterm_cancels
from flows.watching import WATCHER, RunReport
from logs.correlation import correlated
from logs.setup import configure, is_configured
from logs.tracing import Span, begin_tracing, flush_traces, span
from settings import Settings
from tasks.announce import announce_at_the_end, begin_announcing
from tasks.notify import notify_of_the_dead
from tasks.publish import begin_publishing, publish_at_the_end
from tasks.workbench import open_ledger

_MOST_OUTCOMES = 1000
"""Invoices of which a dry run's job keeps what would happen to them."""

_TRACES_WAIT_SECONDS = 2.0
"""How long the end of a run waits for a collector of traces that is slow, or down."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a flow, and by whom; `nothing` are the counts of a run that did nothing.

    What the run logs and calls outside goes under `correlation_id`, or under the job's id.
    """

    flow: str
    requested_by: str
    parameters: Mapping[str, Any]
    nothing: Mapping[str, int]
    correlation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One run of a flow, opened in the ledger."""

    id: UUID
    worker: int
    settings: Settings
    ledger: Ledger

    @property
    def actor(self) -> Actor:
        """Who the audit trail names for what the run does."""
        return Actor(f"run {self.id}", self.id)


async def run_job(request: Request, work: Callable[[Job], Awaitable[RunReport]]) -> RunReport:
    """Open a job, do its work and close it with the report, also where the work breaks off."""
    settings = Settings()
    log_where_wanted(settings)
    run, asked_by = _this_run(), Actor(request.requested_by)
    named = correlated(request.correlation_id or str(run.job_id))
    with (
        named,
        _traced(settings, request, run) as traced,
        sigterm_cancels(),
        open_ledger(settings) as ledger,
        ledger.worker() as worker,
    ):
        rehearses = bool(request.parameters.get("dry_run"))
        if not rehearses:
            begin_announcing(ledger, settings)
            begin_publishing(ledger, settings)
        with ledger.transaction(asked_by, Waypoint.JOB_STARTED) as connection:
            died = close_dead_jobs(connection)
            start_job(connection, run, worker, request.flow, request.requested_by, request.parameters)
        job = Job(run.job_id, worker, settings, ledger)
        try:
            if died:
                await asyncio.to_thread(notify_of_the_dead, ledger, settings)
            report = await work(job)
        except BaseException as failure:
            _broken_off(job, request, failure)
            raise
        _end(job, report)
        traced.note("waybill.state", report.state)
        if not rehearses:
            await asyncio.to_thread(announce_at_the_end, ledger, settings)
            await asyncio.to_thread(publish_at_the_end, ledger, settings)
    return report


@contextmanager
def _traced(settings: Settings, request: Request, run: RunOf) -> Iterator[Span]:
    """The run as the outermost span of its process; handed over before the process may end."""
    begin_tracing(settings.otlp_endpoint, "waybill")
    try:
        with span(request.flow, attributes={"waybill.job_id": str(run.job_id)}) as begun:
            yield begun
    finally:
        flush_traces(_TRACES_WAIT_SECONDS)


def log_where_wanted(settings: Settings) -> None:
    """Write logs to standard error, as a command does: where a level is set."""
    if "log_level" in settings.model_fields_set and not is_configured():
        configure(sys.stderr, settings.log_level, settings.log_format)


def ended(report: RunReport, *, well: str, person: str) -> State[None]:
    """How Prefect shows the end of a run: what it came to when all is well, or when a person is needed."""
    if report.state == "failed":
        return Failed(message=" ".join(report.problems))
    if report.state == "needs_person":
        return Completed(name="NeedsPerson", message=person)
    return Completed(message=well)


def _this_run() -> RunOf:
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        raise RuntimeError("a job must run as a Prefect flow")
    return RunOf(context.flow_run.id, context.flow_run.run_count)


def _broken_off(job: Job, request: Request, failure: BaseException) -> None:
    """Close the job of a run that raised; a ledger that is gone cannot hide why."""
    found: Mapping[str, int] = {}
    waiting = 0
    with suppress(SQLAlchemyError), job.ledger.reading() as connection:
        found = count_states(connection, job.id)
        waiting = count_waiting(connection)
    counts = {name: found.get(name, count) for name, count in request.nothing.items()}
    with suppress(SQLAlchemyError):
        _end(job, RunReport(job.id, "failed", counts, waiting, (_words(failure),)))


def _end(job: Job, report: RunReport) -> None:
    """What every run does at its end, however it ended."""
    WATCHER.get().reported(report)
    with job.ledger.transaction(job.actor, Waypoint.JOB_ENDED) as connection:
        error = " ".join(report.problems) or None
        outcomes = report.outcomes[:_MOST_OUTCOMES]
        end_job(connection, job.id, End(report.state, report.counts, report.waiting, error, outcomes))
    seal_all(job.ledger, job.actor)


def _words(failure: BaseException) -> str:
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    if isinstance(failure, asyncio.CancelledError):
        return INTERRUPTED
    if is_away(failure):
        return in_words(failure)
    return f"{type(failure).__name__}: {failure}".split("\n", 1)[0][:500]
