"""Asking for runs: recorded in the ledger at once, done by the next run that takes requests."""

import hashlib
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Response

from api.envelope import Success, documented
from api.job_models import JobAsked, RetryBody, RunRequestBody
from api.problems import Conflict, Forbidden, InvalidRequest, NotFound, Problem
from api.visits import RequestsRuns, Visit
from db.job_views import job_view, not_seen, to_try_again
from db.requests import IdempotencyKeyReused, RunRequest, ask_for_run
from logs.correlation import correlation_id

router = APIRouter(tags=["runs"])


class KeyReused(Problem):
    """The `Idempotency-Key` was used for a request with another body: take a new key for a new request."""

    status = InvalidRequest.status
    code = "idempotency-key-reused"
    title = "The idempotency key stands for another request"


IdempotencyKey = Annotated[
    str | None,
    Header(
        pattern=r"^[\x21-\x7e]{1,255}$",
        description="The same key with the same body is the same request, however often it is sent.",
        examples=["month-end-2026-11"],
    ),
]


@router.post(
    "/invoices/process",
    operation_id="requestRun",
    summary="Ask for a run",
    status_code=202,
    responses=documented(Forbidden, NotFound, KeyReused),
)
async def process(
    body: RunRequestBody, visit: RequestsRuns, response: Response, idempotency_key: IdempotencyKey = None
) -> Success[JobAsked]:
    """Ask for a run of the main job: of the named invoices, or of everything there is to do.

    The request is in the ledger when this answers, so it is not lost whatever happens next. A burst of requests
    becomes one run. Follow it at `Location`.
    """
    if body.force_processing and body.invoice_ids is None:
        raise InvalidRequest("`force_processing` needs `invoice_ids`, so that nothing is forced by mistake.")
    await _insist_on_seeing(visit, body.invoice_ids)
    named = None if body.invoice_ids is None else tuple(dict.fromkeys(body.invoice_ids))
    sha256 = hashlib.sha256(body.model_dump_json().encode()).hexdigest()
    return await asked(
        visit,
        response,
        RunRequest(
            visit.caller.actor.name,
            correlation_id(),
            visit.caller.id,
            invoice_ids=named,
            force=body.force_processing,
            dry_run=body.dry_run,
            idempotency_key=idempotency_key,
            body_sha256=sha256 if idempotency_key else None,
        ),
    )


@router.post(
    "/jobs/{job_id}/retry",
    operation_id="retryJob",
    summary="Try a job's failed invoices again",
    status_code=202,
    responses=documented(NotFound, Conflict),
)
async def retry(job_id: UUID, body: RetryBody, visit: RequestsRuns, response: Response) -> Success[JobAsked]:
    """Ask for a run that checks a job's invalid invoices again and releases the failed ones.

    What was forwarded, what is held and what may have arrived is left alone: see `resolve`.
    """
    view = await visit.ask(job_view, job_id)
    if view is None:
        raise NotFound(f"There is no job {job_id}.")
    invoice_ids = await visit.ask(to_try_again, view)
    if not invoice_ids:
        raise Conflict(
            f"Job {job_id} left no invoice invalid, failed or unchecked: there is nothing to try again."
        )
    return await asked(
        visit,
        response,
        RunRequest(
            visit.caller.actor.name,
            correlation_id(),
            visit.caller.id,
            reason=body.reason,
            invoice_ids=invoice_ids,
            force=True,
        ),
    )


async def _insist_on_seeing(visit: Visit, invoice_ids: list[UUID] | None) -> None:
    if invoice_ids is None:
        if visit.caller.companies is not None:
            raise Forbidden("Name the invoices: a run of everything is for callers who see every company.")
        return
    if unknown := await visit.ask(not_seen, invoice_ids):
        raise NotFound(
            f"There is no invoice {unknown[0]}.", details=[{"invoice_id": str(each)} for each in unknown]
        )


async def asked(visit: Visit, response: Response, request: RunRequest) -> Success[JobAsked]:
    """Record the request, and say where to follow it."""
    try:
        job_id = await visit.ask(ask_for_run, request)
    except IdempotencyKeyReused:
        raise KeyReused("This `Idempotency-Key` came with another body before; use a new one.") from None
    response.headers["Location"] = status_url = f"/api/v1/jobs/{job_id}"
    return Success(
        data=JobAsked(job_id=job_id, state="requested", status_url=status_url),
        message="The request is recorded; a run takes it up.",
    )
