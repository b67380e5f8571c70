"""Jobs: what was asked for, how it stands, and what came of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.envelope import Success, documented
from api.job_models import (
    Counts,
    JobDetail,
    JobError,
    JobPage,
    JobState,
    JobSummary,
    PrefectRun,
    summarised,
)
from api.paging import Bookmarks, CursorParameter, InvalidCursor, Limit
from api.problems import NotFound
from api.visits import ReadsJobs, Visit
from clients.errors import OutsideError
from db.job_views import JobView, errors_of, job_view, job_views, states_of

router = APIRouter(tags=["jobs"])


@router.get("/jobs", operation_id="listJobs", summary="Jobs", responses=documented(InvalidCursor))
async def jobs(
    visit: ReadsJobs,
    state: Annotated[JobState | None, Query(description="Only jobs in this state.")] = None,
    limit: Annotated[Limit, Query(description="How many at most.")] = 50,
    cursor: Annotated[CursorParameter, Query(description="`next_cursor` of the page before.")] = None,
) -> Success[JobPage]:
    """Jobs, newest first: runs, and requests that wait for one; a burst of requests is told as the run that took it.

    A caller who is limited to companies sees what they asked for themselves.
    """
    bookmarks = Bookmarks(("jobs", visit.caller.id, state))
    found = await visit.ask(job_views, limit + 1, _place(bookmarks, cursor), state or "")
    page = found[:limit]
    more = (
        bookmarks.cursor([page[-1].requested_at.isoformat(), str(page[-1].id)])
        if len(found) > limit
        else None
    )
    data = JobPage(jobs=[JobSummary.of(each) for each in page], next_cursor=more)
    return Success(data=data, message=f"{len(page)} jobs.")


def _place(bookmarks: Bookmarks, cursor: str | None) -> tuple[datetime, UUID] | None:
    if cursor is None:
        return None
    try:
        at, job_id = bookmarks.place(cursor)
        return datetime.fromisoformat(str(at)), UUID(str(job_id))
    except ValueError:
        raise InvalidCursor from None


@router.get("/jobs/{job_id}", operation_id="readJob", summary="One job", responses=documented(NotFound))
@router.get(
    "/invoices/status/{job_id}",
    operation_id="readStatus",
    summary="One job, by the path of the older contract",
    responses=documented(NotFound),
)
async def job(job_id: UUID, visit: ReadsJobs) -> Success[JobDetail]:
    """How a job stands: its state, what became of its invoices, which need a person and why, and its run in Prefect.

    Counts and errors are of the invoices that the caller may see, as they are now.
    """
    view = await visit.ask(job_view, job_id)
    if view is None:
        raise NotFound(f"There is no job {job_id}.")
    states = await visit.ask(states_of, view)
    errors = await visit.ask(errors_of, view)
    sees_all = visit.caller.companies is None
    detail = JobDetail(
        **summarised(view),
        counts=Counts.of(states),
        fetched=_for_all(visit, view, "fetched"),
        rejected_records=_for_all(visit, view, "rejected_records"),
        errors=[JobError.of(each, all_seen=sees_all) for each in errors],
        outcomes=_outcomes(visit, view),
        prefect=await _prefect(visit, view),
    )
    return Success(data=detail, message=_in_words(view))


def _for_all(visit: Visit, view: JobView, name: str) -> int | None:
    """A count of the whole run, which tells of every company."""
    return None if visit.caller.companies is not None or view.counts is None else view.counts.get(name)


def _outcomes(visit: Visit, view: JobView) -> Sequence[dict[str, object]] | None:
    """What a dry run foretold of the invoices that were named; of all of them, to those who see every company."""
    if view.outcomes is None:
        return None
    named = None if view.named is None else {str(each) for each in view.named}
    if named is None and visit.caller.companies is not None:
        return []
    return [dict(each) for each in view.outcomes if named is None or each["id"] in named]


async def _prefect(visit: Visit, view: JobView) -> PrefectRun | None:
    if view.flow_run_id is None:
        return None
    try:
        now = await visit.facade.orchestrator.now(view.flow_run_id)
    except OutsideError:
        now = None
    return PrefectRun.of(view.flow_run_id, now)


def _in_words(view: JobView) -> str:
    if view.state == "requested":
        return (
            "Waits for a run."
            if view.next_try_at is None
            else f"Will be tried again from {view.next_try_at}."
        )
    return {
        "running": "Is running.",
        "completed": "Came to its end; nobody is needed.",
        "needs_person": "Came to its end; people are needed.",
        "failed": "Did not do all its work; see `error`.",
    }[view.state]
