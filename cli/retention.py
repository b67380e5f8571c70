"""`waybill housekeeping`, and `waybill holds`: what has been kept long enough is erased, unless a hold says no."""

from typing import Annotated, Any
from uuid import UUID

import typer

from cli.configured import settings as checked_settings
from cli.ledger import ledger
from cli.options import Json
from cli.output import STDOUT, clear_errors, counted, print_json, print_rows
from cli.running import exit_code, ready, run_flow, say_aside, who
from db.ledger import Actor
from db.legal_holds import HoldRefused, LegalHold, holds, lift_hold, place_hold
from db.waypoints import Waypoint
from invoices.company import InvalidCompanyNumber, enterprise_number

_FLOW = "flows.housekeeping:housekeeping"

app = typer.Typer(help="Companies of which nothing is erased, however old.", no_args_is_help=True)


def _company(text: str) -> str:
    try:
        return enterprise_number(text)
    except InvalidCompanyNumber as invalid:
        raise typer.BadParameter(str(invalid)) from invalid


Reason = Annotated[str, typer.Option(help="Why; it stays in the ledger.")]


def housekeeping(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be erased; change nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Erase what has been kept long enough, and delete what nobody needs any more.

    What stays for how long: docs/retention.md. Exit codes: 0 it ran, 2 it failed.
    """
    with ready(checked_settings()):
        report = run_flow({"dry_run": dry_run, "requested_by": who("housekeeping")}, _FLOW)
    say_aside(report)
    if as_json:
        print_json({"job_id": str(report.job_id), "state": report.state, "counts": report.counts})
    else:
        would = "would be: " if dry_run else ""
        STDOUT.print(f"{report.state}: {would}{counted(report.counts) or 'nothing to do'}.", soft_wrap=True)
    raise typer.Exit(exit_code(report))


@app.command("add")
def add(
    company: Annotated[
        str, typer.Argument(parser=_company, metavar="COMPANY", help="Enterprise number, in any spelling.")
    ],
    reason: Reason,
) -> None:
    """Keep all of a company from being erased, from now on."""
    actor = who("holds")
    with (
        ledger() as opened,
        clear_errors(HoldRefused),
        opened.transaction(Actor(actor), Waypoint.HOLD_CHANGED) as connection,
    ):
        hold_id = place_hold(connection, company, actor, reason)
    STDOUT.print(
        f"Nothing of {company} is erased from now on; hold {hold_id}.", soft_wrap=True, highlight=False
    )


@app.command("remove")
def remove(
    hold: Annotated[UUID, typer.Argument(metavar="HOLD", help="Its id, as `waybill holds list` shows it.")],
    reason: Reason,
) -> None:
    """Lift a hold; other holds on the same company stay."""
    actor = who("holds")
    with (
        ledger() as opened,
        clear_errors(HoldRefused),
        opened.transaction(Actor(actor), Waypoint.HOLD_CHANGED) as connection,
    ):
        lift_hold(connection, hold, actor, reason)
    STDOUT.print("Lifted. What is old enough goes with the next housekeeping.")


@app.command("list")
def list_holds(
    everything: Annotated[bool, typer.Option("--all", help="Those that were lifted too.")] = False,
    as_json: Json = False,
) -> None:
    """List the holds in force: whose, since when, by whom and why."""
    with ledger() as opened, opened.reading() as connection:
        rows = [_row(each) for each in holds(connection, lifted=everything)]
    columns = {
        "hold": "Hold",
        "company_number": "Company",
        "placed_at": "Since",
        "placed_by": "By",
        "reason": "Why",
    }
    lifted = {"lifted_at": "Lifted", "lifted_by": "By"} if everything else {}
    print_rows(rows, columns | lifted, as_json=as_json)


def _row(hold: LegalHold) -> dict[str, Any]:
    return {
        "hold": str(hold.id),
        "company_number": hold.company_number,
        "placed_at": hold.placed_at.isoformat(timespec="seconds"),
        "placed_by": hold.placed_by,
        "reason": hold.reason,
        "lifted_at": hold.lifted_at and hold.lifted_at.isoformat(timespec="seconds"),
        "lifted_by": hold.lifted_by,
        "lifted_reason": hold.lifted_reason,
    }
