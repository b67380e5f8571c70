"""Jobs in the shapes that callers send and get."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Row

from clients.orchestrator import RunNow
from db.details import TELLS_OF_OTHERS
from db.job_views import JobView
from invoices.lifecycle import State

JobState = Literal["requested", "running", "completed", "needs_person", "failed"]

_AHEAD = frozenset({State.RECEIVED, State.COULD_NOT_CHECK, State.READY, State.SENDING})
_FINDINGS_TOLD = 3


class RunRequestBody(BaseModel):
    """Which run is asked for."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"dry_run": True}, {"invoice_ids": ["3f0d5b52-6c0b-4a53-9d1e-6d4d3a1f8a10"]}]
        },
    )

    invoice_ids: list[UUID] | None = Field(
        None,
        min_length=1,
        max_length=1000,
        description="Ledger ids; without them, everything there is to do.",
    )
    force_processing: bool = Field(
        False, description="Check the named invoices again where invalid, and release them where failed."
    )
    dry_run: bool = Field(False, description="Say what would happen to each invoice; change nothing.")


class RetryBody(BaseModel):
    """Why a job is tried again."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(
        min_length=3, max_length=1000, pattern=r"\S", description="Why; kept with the request.",
        examples=["Clearfacts had an outage."],
    )  # fmt: skip


class JobAsked(BaseModel):
    """A job that was asked for."""

    job_id: UUID
    state: JobState
    status_url: str = Field(examples=["/api/v1/jobs/3f0d5b52-6c0b-4a53-9d1e-6d4d3a1f8a10"])


class Counts(BaseModel):
    """What became of a job's invoices, as far as the caller may see them.

    `total` are all that it touched; `processed` those for which nothing is left to do by itself.
    """

    total: int
    processed: int
    sent: int
    failed: int = Field(description="Refused by the destination, or invalid.")
    duplicates: int
    held: int
    unknown: int = Field(description="May have arrived: a person decides.")
    by_state: dict[str, int]

    @classmethod
    def of(cls, states: Mapping[State, int]) -> Self:
        """The counts of invoices by state."""
        return cls(
            total=sum(states.values()),
            processed=sum(number for state, number in states.items() if state not in _AHEAD),
            sent=states.get(State.SENT, 0),
            failed=states.get(State.FAILED, 0) + states.get(State.INVALID, 0),
            duplicates=states.get(State.DUPLICATE, 0),
            held=states.get(State.HELD, 0),
            unknown=states.get(State.OUTCOME_UNKNOWN, 0),
            by_state={state.value: states[state] for state in State if state in states},
        )


class JobFinding(BaseModel):
    """One broken rule of an invoice."""

    code: str
    message: str


class JobError(BaseModel):
    """An invoice of a job that needs a person."""

    invoice_id: UUID
    number: str | None
    company_number: str | None
    direction: str | None
    state: str
    reason: str | None
    findings: list[JobFinding]

    @classmethod
    def of(cls, row: Row[Any], *, all_seen: bool) -> Self:
        """One row of `db.job_views.errors_of`; unless `all_seen`, without what tells of other invoices."""
        told = [
            JobFinding(code=each["code"], message=each["message"])
            for each in row.findings
            if all_seen or each["code"] not in TELLS_OF_OTHERS
        ]
        return cls(
            invoice_id=row.id,
            number=row.number,
            company_number=row.company_number,
            direction=row.direction,
            state=row.state,
            reason=row.reason,
            findings=told[:_FINDINGS_TOLD],
        )


class PrefectRun(BaseModel):
    """The job's run as Prefect has it at this moment."""

    flow_run_id: UUID
    state: str | None = Field(description="Prefect's own word; null where Prefect could not be asked.")
    name: str | None
    url: str | None = Field(description="Where the run is in Prefect's user interface.")

    @classmethod
    def of(cls, flow_run_id: UUID, now: RunNow | None) -> Self:
        """The run, with what Prefect said of it."""
        if now is None:
            return cls(flow_run_id=flow_run_id, state=None, name=None, url=None)
        return cls(flow_run_id=flow_run_id, state=now.state, name=now.name, url=now.url)


class JobSummary(BaseModel):
    """A job: a run, or a request that waits for one."""

    job_id: UUID
    state: JobState
    flow: str = Field(examples=["process-invoices"])
    requested_by: str
    reason: str | None
    parameters: dict[str, Any]
    requested_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    duration_seconds: float | None
    next_try_at: datetime | None = Field(description="When a run may take the request up again.")
    error: str | None = Field(description="What kept the run from its work, in words.")

    @classmethod
    def of(cls, view: JobView) -> Self:
        """The job as the ledger has it."""
        return cls(**summarised(view))


class JobPage(BaseModel):
    """Some jobs, and where the next ones begin."""

    jobs: list[JobSummary]
    next_cursor: str | None = Field(description="For `cursor` of the next page; null: there are no more.")


class JobDetail(JobSummary):
    """A job with what became of its invoices."""

    counts: Counts
    fetched: int | None = Field(
        description="Records that the source gave; for callers who see all companies."
    )
    rejected_records: int | None
    errors: list[JobError] = Field(description="The first 100 invoices that need a person.")
    outcomes: list[dict[str, Any]] | None = Field(
        description="Of a dry run: each invoice as it would be left."
    )
    prefect: PrefectRun | None


def summarised(view: JobView) -> dict[str, Any]:
    """The fields that a summary and a detail have in common."""
    return {
        "job_id": view.id,
        "state": view.state,
        "flow": view.flow,
        "requested_by": view.requested_by,
        "reason": view.reason,
        "parameters": {name: value for name, value in view.parameters.items() if value is not None},
        "requested_at": view.requested_at,
        "started_at": view.started_at,
        "ended_at": view.ended_at,
        "duration_seconds": None if view.duration is None else view.duration.total_seconds(),
        "next_try_at": view.next_try_at,
        "error": view.error,
    }
