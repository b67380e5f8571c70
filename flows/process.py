"""The main job: fetch, validate, dedupe, deliver."""

from contextlib import aclosing
from importlib.metadata import version

from prefect import State, flow

from db.decisions import force as force_again
from db.waypoints import Waypoint
from flows.asking import who_asked
from flows.delivering import NOTHING, Delivery
from flows.feed import Feed
from flows.hooks import tell_people
from flows.inbox import Inbox
from flows.parameters import (
    CorrelationId,
    DryRun,
    Force,
    InvoiceIds,
    PartOfCompanies,
    RequestedBy,
    RequestsOnly,
)
from flows.pipeline import count_as_touched
from flows.run_names import run_name
from flows.running import Job, Request, ended, run_job
from flows.wanted import Wanted
from flows.watching import RunReport
from invoices.parts import WHOLE, Part
from tasks.workbench import Workbench, open_workbench

FLOW_NAME = "process-invoices"


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
async def process_invoices(
    invoice_ids: InvoiceIds = None,
    force: Force = False,
    dry_run: DryRun = False,
    part: PartOfCompanies = None,
    requested_by: RequestedBy = None,
    *,
    requests_only: RequestsOnly = False,
    correlation_id: CorrelationId = None,
) -> State[None]:
    """Take invoices from the source to Clearfacts, each once.

    A run of everything also does what open requests ask, and looks for more of them before it ends.

    Args:
        invoice_ids: Ledger ids; only these are worked on. Left out: all that can go on, and all that is new.
        force: Check invalid ones again and release failed ones; with `invoice_ids`, only those.
        dry_run: Say what would happen to each, with no upload, no acknowledgement and no change of state.
        part: Only this part of the companies, such as 2/4, while other runs work on the others. It goes with no other
            choice; requests are left to runs of everything.
        requested_by: Who asks for the run, for its job and the audit trail. Left out: where Prefect has it from.
        requests_only: For programs: do what open requests ask (with `dry_run`: the requests for a dry run), and
            nothing else.
        correlation_id: For programs: the X-Request-ID of the call that asked, for logs and calls to the outside.
            Left out: the job's id.
    """
    companies = _companies(part, alone=invoice_ids is None and not (force or dry_run or requests_only))

    async def work(job: Job) -> RunReport:
        own = Wanted() if requests_only else Wanted.of(invoice_ids, force=force)
        takes_requests = requests_only or (own.everything and not dry_run and companies == WHOLE)
        inbox = Inbox(job, dry_run) if takes_requests else None
        with open_workbench(
            job.settings, job.ledger, job.id, job.worker, dry_run=dry_run, part=companies
        ) as bench:
            return await _work(bench, own, inbox)

    parameters = {
        "invoice_ids": invoice_ids,
        "force": force,
        "dry_run": dry_run,
        "requests_only": requests_only,
        "part": part,
    }
    report = await run_job(
        Request(FLOW_NAME, who_asked(requested_by), parameters, NOTHING, correlation_id), work
    )
    return ended(
        report, well=f"{report.counts['sent']} forwarded.", person=f"{report.need_person} need a person."
    )


def _companies(part: str | None, *, alone: bool) -> Part:
    companies = Part.parse(part) if part else WHOLE
    if companies != WHOLE and not alone:
        raise ValueError(
            f"part is {part}, so the run works on all that its companies have:"
            " leave out invoice_ids, force, dry_run and requests_only, or leave out part"
        )
    return companies


async def _work(bench: Workbench, own: Wanted, inbox: Inbox | None) -> RunReport:
    delivery = await Delivery.begin(bench)
    feed = Feed(bench, delivery.progress, delivery.problems, delivery.notes)
    wanted = own | inbox.take() if inbox else own
    while wanted:
        _force(bench, wanted)
        delivery.asks_for(None if wanted.everything else wanted.invoice_ids)
        async with aclosing(feed.chunks(wanted)) as chunks:
            await delivery.pipeline.run(chunks)
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
