"""Jobs: one row per run of a flow, with who asked for it and what became of the invoices it touched."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, text

from invoices.lifecycle import State

COUNTED = (
    State.READY,
    State.SENT,
    State.DUPLICATE,
    State.HELD,
    State.INVALID,
    State.COULD_NOT_CHECK,
    State.FAILED,
    State.OUTCOME_UNKNOWN,
    State.SUPERSEDED,
    State.OUT_OF_SCOPE,
)
"""The states that a run's counts name, in their order."""


@dataclass(frozen=True, slots=True)
class RunOf:
    """What a job is keyed by: a flow run and how often it was started."""

    flow_run_id: UUID
    run_count: int

    @property
    def job_id(self) -> UUID:
        """The flow run's own id for its first start; another for each start after it."""
        if self.run_count <= 1:
            return self.flow_run_id
        return uuid5(self.flow_run_id, str(self.run_count))


def start_job(
    connection: Connection,
    run: RunOf,
    worker: int,
    flow: str,
    requested_by: str,
    parameters: Mapping[str, Any],
) -> UUID:
    """Open the job of a run, which lives as long as its worker; opening it twice is opening it once."""
    connection.execute(
        text(
            "INSERT INTO job (id, flow_run_id, run_count, worker, flow, requested_by, parameters)"
            " VALUES (:id, :flow_run_id, :run_count, :worker, :flow, :requested_by, CAST(:parameters AS jsonb))"
            " ON CONFLICT DO NOTHING"
        ),
        {
            "id": run.job_id,
            "worker": worker,
            "flow_run_id": run.flow_run_id,
            "run_count": run.run_count,
            "flow": flow,
            "requested_by": requested_by,
            "parameters": json.dumps(dict(parameters), default=str),
        },
    )
    return run.job_id


def close_dead_jobs(connection: Connection) -> int:
    """Close the jobs of runs that ended without a word: killed, or cut off from the ledger; returns how many."""
    closed: int = connection.execute(
        text("SELECT close_dead_jobs(:words)"),
        {"words": "The run was killed, or lost the ledger. A later run goes on with what it left."},
    ).scalar_one()
    return closed


def count_states(connection: Connection, job_id: UUID) -> dict[str, int]:
    """How many of the invoices that the job touched are in each state now."""
    rows = connection.execute(
        text(
            "SELECT i.state, count(*) AS invoices FROM job_invoice j JOIN invoice i ON i.id = j.invoice_id"
            " WHERE j.job_id = :job_id GROUP BY i.state"
        ),
        {"job_id": job_id},
    ).all()
    found = {row.state: row.invoices for row in rows}
    return {state.value: found.get(state.value, 0) for state in COUNTED}


def count_waiting(connection: Connection) -> int:
    """How many invoices of the whole ledger are ready to be delivered."""
    waiting: int = connection.execute(text("SELECT count(*) FROM invoice WHERE state = 'ready'")).scalar_one()
    return waiting


@dataclass(frozen=True, slots=True)
class End:
    """How a job ended: completed, needs_person or failed, with its counts and what went wrong.

    `outcomes` are what a dry run foretold, one object an invoice.
    """

    state: str
    counts: Mapping[str, int]
    waiting: int
    error: str | None
    outcomes: Sequence[Mapping[str, Any]] = ()


def end_job(connection: Connection, job_id: UUID, end: End) -> None:
    """Close the job."""
    connection.execute(
        text(
            "UPDATE job SET state = :state, counts = CAST(:counts AS jsonb), waiting = :waiting, error = :error,"
            " outcomes = CAST(:outcomes AS jsonb), ended_at = now() WHERE id = :id AND state = 'running'"
        ),
        {
            "id": job_id,
            "state": end.state,
            "counts": json.dumps(end.counts),
            "waiting": end.waiting,
            "error": end.error,
            "outcomes": json.dumps(list(end.outcomes)) if end.outcomes else None,
        },
    )
