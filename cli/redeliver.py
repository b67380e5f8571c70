"""`waybill redeliver`: what is ready and due goes out, in this process."""

from typing import Annotated

import typer

from cli.configured import settings as checked_settings
from cli.options import Company, Json
from cli.running import exit_code, named, print_report, ready, run_flow, who

_FLOW = "flows.redeliver:redeliver_invoices"


def redeliver(
    invoice_id: Annotated[
        list[str] | None,
        typer.Option(
            metavar="INVOICE",
            help="Only this invoice, at once: its ledger id, or its number (see --company). May be repeated.",
        ),
    ] = None,
    company: Company = None,
    as_json: Json = False,
) -> None:
    """Deliver what is ready and due: released by a person, or provably not delivered before.

    The source is not read and nothing is checked again. What failed, is held or has an unknown outcome waits for
    a person. Exit codes: 0 all well, 1 some invoices need a person, 2 the run itself failed.
    """
    with ready(checked_settings()) as ledger:
        ids = named(ledger, invoice_id, company)
        report = run_flow({"invoice_ids": ids, "requested_by": who("redeliver")}, _FLOW)
    print_report(report, as_json=as_json)
    raise typer.Exit(exit_code(report))
