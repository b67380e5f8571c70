"""The main job: fetch, validate, dedupe, deliver."""

from collections.abc import Sequence
from uuid import UUID

from prefect import State, flow

from db.decisions import force as force_again
from db.waypoints import Waypoint
from flows.delivering import NOTHING, Delivery
from flows.feed import Feed
from flows.hooks import tell_slack
from flows.pipeline import count_as_touched
from flows.running import Job, Request, ended, run_job
from flows.watching import RunReport
from tasks.workbench import Workbench, open_workbench

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

    async def work(job: Job) -> RunReport:
        with open_workbench(job.settings, job.ledger, job.id, job.worker, dry_run=dry_run) as bench:
            if force:
                _force(bench, invoice_ids)
            delivery = await Delivery.begin(bench, invoice_ids)
            feed = Feed(bench, delivery.progress, delivery.problems, delivery.notes)
            await delivery.pipeline.run(feed.chunks(invoice_ids))
            return await delivery.end()

    parameters = {"invoice_ids": invoice_ids, "force": force, "dry_run": dry_run}
    report = await run_job(Request(FLOW_NAME, requested_by, parameters, NOTHING), work)
    return ended(
        report, well=f"{report.counts['sent']} forwarded.", person=f"{report.need_person} need a person."
    )


def _force(bench: Workbench, invoice_ids: Sequence[UUID] | None) -> None:
    with bench.ledger.transaction(bench.actor, Waypoint.FORCED) as connection:
        forced = force_again(connection, None if invoice_ids is None else list(invoice_ids))
    count_as_touched(bench, forced)
