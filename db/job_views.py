"""Jobs as the facade shows them: a request from the moment it was asked for, and the run that took it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from invoices.lifecycle import NEEDS_PERSON, State

MOST_ERRORS = 100
"""Invoices of a job that are told one by one."""


@dataclass(frozen=True, slots=True)
class JobView:
    """A request with its run, or a run that nobody requested (a schedule, the command line).

    Attributes:
        id: The request's id, else the run's.
        run_id: The run that took it, once one did.
        flow_run_id: Prefect's id of that run, or of the one that was asked for.
        state: requested, running, completed, needs_person or failed.
        named: The invoices that the request names; None where it names none.
        counts: As stored when the run ended; None before, and for runs that did not end well enough to count.
    """

    id: UUID
    run_id: UUID | None
    flow_run_id: UUID | None
    state: str
    flow: str
    requested_by: str
    reason: str | None
    parameters: Mapping[str, Any]
    named: tuple[UUID, ...] | None
    requested_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    next_try_at: datetime | None
    counts: Mapping[str, int] | None
    error: str | None
    outcomes: Sequence[Mapping[str, Any]] | None

    @property
    def duration(self) -> timedelta | None:
        """How long the run took, once it has ended."""
        return self.ended_at - self.started_at if self.started_at and self.ended_at else None


_COLUMNS = """
r.id AS request_id, r.requested_by AS asked_by_name, r.reason, r.invoice_ids, r.source_ids, r.force, r.dry_run,
r.created_at AS requested_at, r.done_at, r.not_before, r.flow_run_id AS asked_flow_run_id,
j.id AS run_id, j.flow_run_id, j.state, j.flow, j.requested_by, j.parameters, j.created_at AS started_at,
j.ended_at, j.counts, j.error, j.outcomes
"""

_ONE = text(f"""
SELECT {_COLUMNS} FROM run_request r LEFT JOIN job j ON j.id = r.job_id WHERE r.id = :id
UNION ALL
SELECT {_COLUMNS} FROM job j LEFT JOIN run_request r ON false WHERE j.id = :id
LIMIT 1
""")

# Requests that a run took are told with the run, so that a burst of them is one job.
_PAGE = text(f"""
SELECT * FROM (
    (SELECT {_COLUMNS}, j.created_at AS at, j.id AS id FROM job j LEFT JOIN run_request r ON false
     WHERE :state IN ('', j.state) AND (j.created_at, j.id) < (:before_at, :before_id)
     ORDER BY j.created_at DESC, j.id DESC LIMIT :limit)
    UNION ALL
    (SELECT {_COLUMNS}, r.created_at AS at, r.id AS id FROM run_request r LEFT JOIN job j ON false
     WHERE :state IN ('', 'requested') AND r.job_id IS NULL AND r.done_at IS NULL
       AND (r.created_at, r.id) < (:before_at, :before_id)
     ORDER BY r.created_at DESC, r.id DESC LIMIT :limit)
) AS either
ORDER BY at DESC, id DESC LIMIT :limit
""")

_LAST_ID = UUID(int=2**128 - 1)


def job_view(connection: Connection, job_id: UUID) -> JobView | None:
    """A job by the id of its request or of its run; None where there is none that the caller may see."""
    row = connection.execute(_ONE, {"id": job_id}).one_or_none()
    return None if row is None else _view(row)


def job_views(
    connection: Connection, limit: int, before: tuple[datetime, UUID] | None = None, state: str = ""
) -> list[JobView]:
    """Jobs, newest first: at most `limit`, those before `before` (when it was asked or begun, and its id)."""
    before_at, before_id = before or ("infinity", _LAST_ID)
    rows = connection.execute(
        _PAGE, {"limit": limit, "before_at": before_at, "before_id": before_id, "state": state}
    )
    return [_view(row) for row in rows]


def _view(row: Row[Any]) -> JobView:
    return _run(row) if row.request_id is None else _request(row)


def _run(row: Row[Any]) -> JobView:
    return JobView(
        id=row.run_id,
        run_id=row.run_id,
        flow_run_id=row.flow_run_id,
        state=row.state,
        flow=row.flow,
        requested_by=row.requested_by,
        reason=None,
        parameters=row.parameters,
        named=None,
        requested_at=row.started_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        next_try_at=None,
        counts=row.counts,
        error=row.error,
        outcomes=row.outcomes,
    )


def _request(row: Row[Any]) -> JobView:
    is_waiting = row.done_at is None and row.state != "running"
    return JobView(
        id=row.request_id,
        run_id=row.run_id,
        flow_run_id=row.flow_run_id or row.asked_flow_run_id,
        state="requested" if is_waiting else row.state,
        flow=row.flow or "process-invoices",
        requested_by=row.asked_by_name,
        reason=row.reason,
        parameters={"force": row.force, "dry_run": row.dry_run, "source_ids": row.source_ids},
        named=None if row.invoice_ids is None else tuple(row.invoice_ids),
        requested_at=row.requested_at,
        started_at=row.started_at,
        ended_at=None if is_waiting else row.ended_at,
        next_try_at=row.not_before if is_waiting and row.run_id else None,
        counts=row.counts,
        error=row.error,
        outcomes=row.outcomes,
    )


_ERRORS = text("""
SELECT i.id, coalesce(i.number, i.stated_number) AS number, i.company_number, i.direction, i.state, i.reason,
       coalesce(v.findings, '[]') || i.findings AS findings
FROM job_invoice ji JOIN invoice i ON i.id = ji.invoice_id LEFT JOIN verdict v ON v.id = i.verdict_id
WHERE ji.job_id = :run_id AND i.state = ANY(:states) AND (CAST(:named AS uuid[]) IS NULL OR i.id = ANY(:named))
ORDER BY i.arrival LIMIT :limit
""")


def errors_of(connection: Connection, view: JobView) -> list[Row[Any]]:
    """The invoices of a job that need a person, first come first: at most `MOST_ERRORS`, each with its findings."""
    wanted = {
        "run_id": view.run_id,
        "states": sorted(NEEDS_PERSON),
        "named": None if view.named is None else list(view.named),
        "limit": MOST_ERRORS,
    }
    return list(connection.execute(_ERRORS, wanted))


_STATES = text("""
SELECT i.state, count(*) AS invoices FROM job_invoice ji JOIN invoice i ON i.id = ji.invoice_id
WHERE ji.job_id = :run_id AND (CAST(:named AS uuid[]) IS NULL OR i.id = ANY(:named))
GROUP BY i.state
""")


def states_of(connection: Connection, view: JobView) -> dict[State, int]:
    """In which states a job's invoices are now, as far as the caller may see them."""
    named = None if view.named is None else list(view.named)
    rows = connection.execute(_STATES, {"run_id": view.run_id, "named": named})
    return {State(row.state): row.invoices for row in rows}


def to_try_again(connection: Connection, view: JobView) -> list[UUID]:
    """The invoices of a job that a forced run would take up: invalid and failed ones, as far as they are seen."""
    query = text(
        "SELECT i.id FROM job_invoice ji JOIN invoice i ON i.id = ji.invoice_id WHERE ji.job_id = :run_id"
        " AND i.state IN ('invalid', 'failed', 'could_not_check')"
        " AND (CAST(:named AS uuid[]) IS NULL OR i.id = ANY(:named)) ORDER BY i.arrival"
    )
    named = None if view.named is None else list(view.named)
    return list(connection.execute(query, {"run_id": view.run_id, "named": named}).scalars())


def not_seen(connection: Connection, invoice_ids: Sequence[UUID]) -> list[UUID]:
    """Those of the ids that stand for no invoice that the caller may see."""
    query = text("SELECT wanted.id FROM unnest(CAST(:ids AS uuid[])) AS wanted (id) WHERE NOT EXISTS"
                 " (SELECT FROM invoice WHERE invoice.id = wanted.id)")  # fmt: skip
    return list(connection.execute(query, {"ids": list(invoice_ids)}).scalars())
