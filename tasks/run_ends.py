"""Run ends: what the end of a run means for people, from its job in the ledger or from Prefect's word alone."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from db.lookups import jobs
from db.notices import EndedJob, Trouble, note_job
from invoices.notices import problem_of, without_details
from logs.text import scrubbed

OF_INVOICES = ("process-invoices", "redeliver-invoices")
"""Flows for which people are needed until the invoices that their runs left behind have come right."""

RUN_TROUBLES = ("run_failed", "run_stopped", "run_cancelled")
"""Kinds of trouble that are over once a run of the flow has come to its end."""

_LONGEST_SAID = 500
_KINDS = {
    "failed": "run_failed",
    "crashed": "run_stopped",
    "cancelling": "run_cancelled",
    "cancelled": "run_cancelled",
}


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How Prefect says that a run ended: its state's type, such as `crashed`, and its message."""

    job_id: UUID
    flow_run_id: UUID
    flow: str
    state: str
    message: str | None


def note_end(connection: Connection, job: EndedJob, end: RunEnd | None) -> None:
    """Note what a job's end means; a dry run is watched by whoever asked for it, and nobody else is told."""
    if job.rehearsal:
        note_job(connection, job.id, job.flow, (), None)
        return
    ends: tuple[str, ...] = ()
    if job.state in {"completed", "needs_person"}:
        ends = RUN_TROUBLES
    if job.state == "completed" and job.flow not in OF_INVOICES:
        ends = (*ends, "people_needed")
    subject = f"{job.flow} {job.part}" if job.part else job.flow
    note_job(connection, job.id, subject, ends, _trouble_of(subject, job, end))


def trouble_without_job(end: RunEnd) -> Trouble | None:
    """What the end of a run is that has no job: it did not come to it, or the ledger cannot be asked."""
    kind = _KINDS.get(end.state)
    if kind is None:
        return None
    said = harmless(end.message)
    return Trouble(kind, end.flow, problem_of(said), said, flow_run_id=end.flow_run_id)


def is_of_invoices(subject: str) -> bool:
    """Whether trouble with this subject is of a flow whose runs leave invoices behind."""
    return subject.split(" ", 1)[0] in OF_INVOICES


def is_known(connection: Connection, end: RunEnd) -> bool:
    """Whether the run has a job in the ledger."""
    return any(jobs(connection, [end.job_id], None))


def harmless(said: str | None) -> str | None:
    """Words of a failure without personal data and secrets."""
    words = without_details(said)
    return scrubbed(words, _LONGEST_SAID) if words else None


def _trouble_of(subject: str, job: EndedJob, end: RunEnd | None) -> Trouble | None:
    if job.state == "completed":
        return None
    if job.state == "needs_person":
        return Trouble("people_needed", subject)
    kind = _KINDS.get(end.state, "run_failed") if end else "run_failed"
    if kind == "run_cancelled":
        return Trouble(kind, subject)
    if job.died:
        return Trouble("run_stopped", subject, "died")
    said = harmless(job.error or (end.message if end else None))
    return Trouble(kind, subject, problem_of(said), said)
