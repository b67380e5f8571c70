"""Running: the frame of every flow, from its settings and its job in the ledger to the words of how it ended."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from prefect import State
from prefect.context import FlowRunContext
from prefect.states import Completed, Failed
from sqlalchemy.exc import SQLAlchemyError

from db.away import in_words, is_away
from db.jobs import RunOf, close_dead_jobs, count_states, count_waiting, end_job, start_job
from db.ledger import Actor, Ledger
from db.seals import seal_all
from db.waypoints import Waypoint
from flows.interruption import INTERRUPTED, sigterm_cancels
from flows.watching import WATCHER, RunReport
from settings import Settings
from tasks.workbench import open_ledger


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a flow, and by whom; `nothing` are the counts of a run that did nothing."""

    flow: str
    requested_by: str
    parameters: Mapping[str, Any]
    nothing: Mapping[str, int]


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
    with sigterm_cancels(), open_ledger(settings) as ledger, ledger.worker() as worker:
        run, asked_by = _this_run(), Actor(request.requested_by)
        with ledger.transaction(asked_by, Waypoint.JOB_STARTED) as connection:
            close_dead_jobs(connection)
            start_job(connection, run, worker, request.flow, request.requested_by, request.parameters)
        job = Job(run.job_id, worker, settings, ledger)
        try:
            report = await work(job)
        except BaseException as failure:
            _broken_off(job, request, failure)
            raise
        _end(job, report)
    return report


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
        end_job(connection, job.id, report.state, report.counts, report.waiting, error)
    seal_all(job.ledger, job.actor)


def _words(failure: BaseException) -> str:
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    if isinstance(failure, asyncio.CancelledError):
        return INTERRUPTED
    if is_away(failure):
        return in_words(failure)
    return f"{type(failure).__name__}: {failure}".split("\n", 1)[0][:500]
