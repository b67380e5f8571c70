"""`waybill run`: the main job once, in this process."""

from typing import Annotated

import typer

from cli.configured import settings as checked_settings
from cli.options import Company, Json
from cli.output import fail, tell
from cli.running import exit_code, named, print_report, ready, run_flow, who
from db.ledger import Ledger
from db.routes import route_settings
from settings import Settings


def run(
    invoice_id: Annotated[
        list[str] | None,
        typer.Option(
            metavar="INVOICE",
            help="Only this invoice: its ledger id, or its number (see --company). May be repeated.",
        ),
    ] = None,
    company: Company = None,
    force: Annotated[
        bool, typer.Option("--force", help="Check invalid ones again and release failed ones.")
    ] = False,
    all_failed: Annotated[
        bool, typer.Option("--all-failed", help="With --force and no --invoice-id: all of them.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen to each invoice; change nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Fetch, validate, dedupe and deliver once.

    Exit codes: 0 all well, 1 some invoices need a person, 2 the run itself failed.
    """
    if force and not invoice_id and not all_failed:
        raise fail("--force needs --invoice-id or --all-failed, so that nothing is forced by mistake.")
    settings = checked_settings()
    with ready(settings) as ledger:
        ids = named(ledger, invoice_id, company)
        _say_what_is_assumed(ledger, settings)
        report = run_flow(
            {"invoice_ids": ids, "force": force, "dry_run": dry_run, "requested_by": who("run")}
        )
    print_report(report, dry_run=dry_run, as_json=as_json)
    raise typer.Exit(exit_code(report))


def _say_what_is_assumed(ledger: Ledger, settings: Settings) -> None:
    with ledger.reading() as connection:
        if route_settings(connection) or settings.deliver_from:
            return
    tell(
        f"No route is set: all companies' invoices issued from {ledger.created_on()} on are forwarded (the day this"
        " ledger was made); earlier ones are out of scope. Change it with WAYBILL_DELIVER_FROM or `waybill routes`."
    )
