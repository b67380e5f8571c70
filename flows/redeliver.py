"""Redelivery: what is ready and due goes out, without a look at the source and without another check."""

from uuid import UUID

from prefect import State, flow

from db.waiting import due
from flows.delivering import NOTHING, Delivery
from flows.hooks import tell_slack
from flows.running import Job, Request, ended, run_job
from flows.watching import RunReport
from tasks.workbench import open_workbench

FLOW_NAME = "redeliver-invoices"


@flow(
    name=FLOW_NAME,
    validate_parameters=True,
    persist_result=False,
    on_completion=[tell_slack],
    on_failure=[tell_slack],
    on_crashed=[tell_slack],
)
async def redeliver_invoices(
    invoice_ids: list[UUID] | None = None, requested_by: str = "prefect"
) -> State[None]:
    """Deliver what is ready and due: released by a person, provably not delivered before, or freed.

    What failed, what is held and what has an unknown outcome waits for a person. A company that is listed now,
    and a blocker that went away, free what they kept back.

    Args:
        invoice_ids: Ledger ids; only these are delivered, and at once. None: all that is due.
        requested_by: Who asked for the run.
    """

    async def work(job: Job) -> RunReport:
        with open_workbench(job.settings, job.ledger, job.id, job.worker, dry_run=False) as bench:
            delivery = await Delivery.begin(bench)
            delivery.asks_for(invoice_ids)
            await delivery.straight(due(job.ledger, job.settings.chunk_size, invoice_ids))
            await delivery.last_rounds()
            return await delivery.end()

    request = Request(FLOW_NAME, requested_by, {"invoice_ids": invoice_ids}, NOTHING)
    report = await run_job(request, work)
    return ended(
        report, well=f"{report.counts['sent']} forwarded.", person=f"{report.need_person} need a person."
    )
