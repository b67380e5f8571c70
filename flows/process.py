"""The main job: fetch, validate, dedupe, deliver."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

from prefect import State, flow
from prefect.context import FlowRunContext
from prefect.states import Completed, Failed
from sqlalchemy.exc import SQLAlchemyError

from clients.errors import OutsideError
from db.decisions import force as force_again
from db.deliveries import sweep
from db.jobs import COUNTED, RunOf, count_states, count_waiting, end_job, start_job
from db.ledger import Actor, Ledger
from db.lookups import InvoiceFilter, invoices
from db.waiting import due_again, make_due
from db.waypoints import Waypoint
from flows.feed import Feed
from flows.hooks import tell_slack
from flows.interruption import INTERRUPTED, sigterm_cancels
from flows.pipeline import Pipeline, count_as_touched
from flows.watching import WATCHER, Progress, RunReport
from invoices.lifecycle import NEEDS_PERSON
from settings import Settings
from tasks.companies import listed_companies
from tasks.dedupe import free
from tasks.report import MOST_ROWS, ProgressReport, report_result
from tasks.workbench import Workbench, open_ledger, open_workbench

FLOW_NAME = "process-invoices"


@flow(
    name=FLOW_NAME,
    validate_parameters=True,
    persist_result=False,
    on_completion=[tell_slack],
    on_failure=[tell_slack],
    on_crashed=[tell_slack],
)
async def process_invoices(
    invoice_ids: list[UUID] | None = None,
    force: bool = False,
    dry_run: bool = False,
    requested_by: str = "prefect",
) -> State[None]:
    """Take invoices from the source to Clearfacts, each once.

    Args:
        invoice_ids: Ledger ids; only these are worked on. None: all that can go on, and all that is new.
        force: Check invalid ones again and release failed ones; with `invoice_ids`, only those.
        dry_run: Say what would happen to each, with no upload, no acknowledgement and no change of state.
        requested_by: Who asked for the run.
    """
    settings = Settings()
    parameters = {"invoice_ids": invoice_ids, "force": force, "dry_run": dry_run}
    with sigterm_cancels(), open_ledger(settings) as ledger:
        run = _this_run()
        with ledger.transaction(Actor(requested_by), Waypoint.JOB_STARTED) as connection:
            job_id = start_job(connection, run, FLOW_NAME, requested_by, parameters)
        try:
            report = await _work(settings, ledger, job_id, invoice_ids, force=force, dry_run=dry_run)
        except BaseException as failure:
            _broken_off(ledger, job_id, failure)
            raise
        _end(ledger, report)
    return _state(report)


def _this_run() -> RunOf:
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        raise RuntimeError("process_invoices must run as a Prefect flow")
    return RunOf(context.flow_run.id, context.flow_run.run_count)


async def _work(
    settings: Settings,
    ledger: Ledger,
    job_id: UUID,
    invoice_ids: Sequence[UUID] | None,
    *,
    force: bool,
    dry_run: bool,
) -> RunReport:
    with open_workbench(settings, ledger, job_id, dry_run=dry_run) as bench:
        count_as_touched(bench, sweep(bench.ledger, bench.actor))
        if invoice_ids is not None:
            _make_due(bench, invoice_ids)
        if force:
            _force(bench, invoice_ids)
        progress, artifact = Progress(), await ProgressReport.begin()
        feed = Feed(bench, progress)
        listed = await _listed(bench, feed.problems)
        free(bench, listed)
        pipeline = Pipeline(bench, listed, progress, artifact)
        await pipeline.run(feed.chunks(invoice_ids))
        await _last_rounds(bench, pipeline, listed)
        await pipeline.tell_rest()
        if bench.gate.closed_because:
            said = feed.notes if bench.gate.closed_by_request else feed.problems
            said.append(f"Delivery stopped early. {bench.gate.closed_because}")
        report = _report(bench, progress, feed)
        await report_result(report.counts, _needing_person(bench), report.problems)
        return report


def _force(bench: Workbench, invoice_ids: Sequence[UUID] | None) -> None:
    with bench.ledger.transaction(bench.actor, Waypoint.FORCED) as connection:
        forced = force_again(connection, None if invoice_ids is None else list(invoice_ids))
    count_as_touched(bench, forced)


def _make_due(bench: Workbench, invoice_ids: Sequence[UUID]) -> None:
    with bench.ledger.transaction(bench.actor, Waypoint.MADE_DUE) as connection:
        make_due(connection, invoice_ids)


async def _listed(bench: Workbench, problems: list[str]) -> frozenset[str] | None:
    try:
        return await listed_companies(bench)
    except OutsideError as error:
        problems.append(f"Clearfacts did not give its list of companies, so nothing was sent. {error}")
        return None


async def _last_rounds(bench: Workbench, pipeline: Pipeline, listed: frozenset[str] | None) -> None:
    """Once more for what was provably not delivered and is due soon, and for what was freed meanwhile."""
    for _ in range(bench.settings.retry_rounds):
        if bench.rehearsal or listed is None or bench.gate.closed_because or bench.stopping.is_set():
            return
        freed = free(bench, listed)
        with bench.ledger.reading() as connection:
            due, wait = due_again(connection, _job(bench), bench.settings.retry_within_seconds)
        if not due and not freed:
            return
        await asyncio.sleep(wait)
        await pipeline.again(due)


def _job(bench: Workbench) -> UUID:
    if bench.actor.job_id is None:
        raise RuntimeError("a run's workbench names its job")
    return bench.actor.job_id


def _report(bench: Workbench, progress: Progress, feed: Feed) -> RunReport:
    job_id = _job(bench)
    with bench.ledger.reading() as connection:
        states = count_states(connection, job_id)
        waiting = count_waiting(connection)
        outcomes = list(invoices(connection, InvoiceFilter(job_id=job_id))) if bench.rehearsal else []
    counts = {"fetched": progress.fetched, "rejected_records": progress.rejected_records, **states}
    report = RunReport(
        job_id, "completed", counts, waiting, tuple(feed.problems), tuple(feed.notes), outcomes
    )
    if report.problems:
        return report.ended("failed")
    return report.ended("needs_person" if report.need_person else "completed")


def _needing_person(bench: Workbench) -> list[dict[str, object]]:
    wanted = InvoiceFilter(job_id=_job(bench), states=sorted(NEEDS_PERSON), limit=MOST_ROWS)
    with bench.ledger.reading() as connection:
        return list(invoices(connection, wanted))


def _broken_off(ledger: Ledger, job_id: UUID, failure: BaseException) -> None:
    """Close the job of a run that raised; a ledger that is gone cannot hide why."""
    counts = {"fetched": 0, "rejected_records": 0} | {state.value: 0 for state in COUNTED}
    waiting = 0
    with suppress(SQLAlchemyError), ledger.reading() as connection:
        counts |= count_states(connection, job_id)
        waiting = count_waiting(connection)
    with suppress(SQLAlchemyError):
        _end(ledger, RunReport(job_id, "failed", counts, waiting, (_words(failure),)))


def _end(ledger: Ledger, report: RunReport) -> None:
    WATCHER.get().reported(report)
    with ledger.transaction(Actor(f"run {report.job_id}"), Waypoint.JOB_ENDED) as connection:
        error = " ".join(report.problems) or None
        end_job(connection, report.job_id, report.state, report.counts, report.waiting, error)


def _words(failure: BaseException) -> str:
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    if isinstance(failure, asyncio.CancelledError):
        return INTERRUPTED
    return f"{type(failure).__name__}: {failure}".split("\n", 1)[0][:500]


def _state(report: RunReport) -> State[None]:
    if report.state == "failed":
        return Failed(message=" ".join(report.problems))
    if report.state == "needs_person":
        return Completed(name="NeedsPerson", message=f"{report.need_person} need a person.")
    return Completed(message=f"{report.counts['sent']} forwarded.")
