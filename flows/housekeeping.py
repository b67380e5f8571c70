"""Housekeeping: what has been kept long enough is erased, and what nobody needs any more is deleted."""

import threading
from importlib.metadata import version

from prefect import State, flow

from db.jobs import count_waiting
from db.retention import Rules
from flows.asking import who_asked
from flows.hooks import tell_people
from flows.parameters import DryRun, RequestedBy
from flows.run_names import run_name
from flows.running import Job, Request, ended, run_job
from flows.watching import RunReport
from tasks.housekeeping import Chores, Done, delete_old, erase_old, show
from tasks.prefect_history import history_note

FLOW_NAME = "housekeeping"

NOTHING = Done().counts
"""The counts of a run that erased nothing."""


@flow(
    name=FLOW_NAME,
    version=version("waybill"),
    flow_run_name=run_name,
    validate_parameters=True,
    persist_result=False,
    on_completion=[tell_people],
    on_failure=[tell_people],
    on_crashed=[tell_people],
    on_cancellation=[tell_people],
)
async def housekeeping(dry_run: DryRun = False, requested_by: RequestedBy = None) -> State[None]:
    """Erase documents and what was read of them once their years are over, and delete what nobody needs any more.

    A company under a legal hold keeps everything, and so does an invoice that still waits for somebody.

    Args:
        dry_run: Say what would be erased, and erase nothing.
        requested_by: Who asks for it, for its job. Left out: where Prefect has it from.
    """

    async def work(job: Job) -> RunReport:
        rules = Rules(job.settings.retention_years, pretend=dry_run)
        chores = Chores(job.ledger, job.actor, rules, threading.Event())
        done = Done()
        await erase_old(chores, done)
        await delete_old(chores, done)
        notes = [*done.notes, *filter(None, [await history_note()])]
        await show(done, notes, dry_run=dry_run)
        with job.ledger.reading() as connection:
            waiting = count_waiting(connection)
        return RunReport(job.id, "completed", done.counts, waiting, (), tuple(notes))

    request = Request(FLOW_NAME, who_asked(requested_by), {"dry_run": dry_run}, NOTHING)
    report = await run_job(request, work)
    would = "would be " if dry_run else ""
    said = f"{report.counts['erased']} documents {would}erased, {report.counts['deleted']} old rows {would}deleted."
    return ended(report, well=said, person=said)
