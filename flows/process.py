"""The main job: fetch, validate, dedupe, deliver."""

from uuid import UUID

from prefect import State, flow

from db.decisions import force as force_again
from db.waypoints import Waypoint
from flows.delivering import NOTHING, Delivery
from flows.feed import Feed
from flows.hooks import tell_slack
from flows.inbox import Inbox
from flows.pipeline import count_as_touched
from flows.running import Job, Request, ended, run_job
from flows.wanted import Wanted
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
    requests_only: bool = False,
    requested_by: str = "prefect",
    correlation_id: str | None = None,
) -> State[None]:
    """Take invoices from the source to Clearfacts, each once.

    A run of everything also does what open requests ask, and looks for more of them before it ends.

    Args:
        invoice_ids: Ledger ids; only these are worked on. None: all that can go on, and all that is new.
        force: Check invalid ones again and release failed ones; with `invoice_ids`, only those.
        dry_run: Say what would happen to each, with no upload, no acknowledgement and no change of state.
        requests_only: Do what open requests ask (with `dry_run`: the requests for a dry run), and nothing else.
        requested_by: Who asked for the run.
        correlation_id: The X-Request-ID of that call, for logs and calls to the outside. None: the job's id.
    """

    async def work(job: Job) -> RunReport:
        own = Wanted() if requests_only else Wanted.of(invoice_ids, force=force)
        takes_requests = requests_only or (own.everything and not dry_run)
        inbox = Inbox(job, dry_run) if takes_requests else None
        with open_workbench(job.settings, job.ledger, job.id, job.worker, dry_run=dry_run) as bench:
            return await _work(bench, own, inbox)

    parameters = {
        "invoice_ids": invoice_ids,
        "force": force,
        "dry_run": dry_run,
        "requests_only": requests_only,
    }
    report = await run_job(Request(FLOW_NAME, requested_by, parameters, NOTHING, correlation_id), work)
    return ended(
        report, well=f"{report.counts['sent']} forwarded.", person=f"{report.need_person} need a person."
    )


async def _work(bench: Workbench, own: Wanted, inbox: Inbox | None) -> RunReport:
    delivery = await Delivery.begin(bench)
    feed = Feed(bench, delivery.progress, delivery.problems, delivery.notes)
    wanted = own | inbox.take() if inbox else own
    while wanted:
        _force(bench, wanted)
        delivery.asks_for(None if wanted.everything else wanted.invoice_ids)
        await delivery.pipeline.run(feed.chunks(wanted))
        await delivery.last_rounds()
        if inbox is None:
            break
        inbox.done(not_had=feed.not_had)
        wanted = Wanted() if bench.stopping.is_set() else inbox.take()
    return await delivery.end()


def _force(bench: Workbench, wanted: Wanted) -> None:
    if not (wanted.force_all or wanted.forced):
        return
    with bench.ledger.transaction(bench.actor, Waypoint.FORCED) as connection:
        forced = force_again(connection, None if wanted.force_all else sorted(wanted.forced))
    count_as_touched(bench, forced)
