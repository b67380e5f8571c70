"""Redelivery: what is ready and due goes out, without a look at the source and without another check."""

from importlib.metadata import version

from prefect import State, flow

from db.waiting import due
from flows.asking import who_asked
from flows.delivering import NOTHING, Delivery
from flows.hooks import tell_people
from flows.parameters import InvoiceIds, PartOfCompanies, RequestedBy
from flows.run_names import run_name
from flows.running import Job, Request, ended, run_job
from flows.watching import RunReport
from invoices.parts import WHOLE, Part
from tasks.workbench import open_workbench

FLOW_NAME = "redeliver-invoices"


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
async def redeliver_invoices(
    invoice_ids: InvoiceIds = None,
    part: PartOfCompanies = None,
    requested_by: RequestedBy = None,
) -> State[None]:
    """Deliver what is ready and due: released by a person, provably not delivered before, or freed.

    What failed, what is held and what has an unknown outcome waits for a person. A company that is listed now,
    and a blocker that went away, free what they kept back.

    Args:
        invoice_ids: Ledger ids; only these are delivered, and at once. Left out: all that is due.
        part: Only this part of the companies, such as 2/4, while other runs work on the others.
        requested_by: Who asks for the run, for its job and the audit trail. Left out: where Prefect has it from.
    """
    companies = Part.parse(part) if part else WHOLE

    async def work(job: Job) -> RunReport:
        with open_workbench(
            job.settings, job.ledger, job.id, job.worker, dry_run=False, part=companies
        ) as bench:
            delivery = await Delivery.begin(bench)
            delivery.asks_for(invoice_ids)
            await delivery.straight(due(job.ledger, job.settings.chunk_size, invoice_ids, companies))
            await delivery.last_rounds()
            return await delivery.end()

    request = Request(FLOW_NAME, who_asked(requested_by), {"invoice_ids": invoice_ids, "part": part}, NOTHING)
    report = await run_job(request, work)
    return ended(
        report, well=f"{report.counts['sent']} forwarded.", person=f"{report.need_person} need a person."
    )
