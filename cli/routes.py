"""`waybill routes`: which company's invoices are delivered, from when, and by which policy."""

from datetime import datetime
from typing import Annotated

import typer

from cli.configured import settings
from cli.ledger import ledger
from cli.options import DAY, Company, Json
from cli.output import STDOUT, fail, print_rows
from db import routes as ledger_routes
from db.ledger import Actor
from db.waypoints import Waypoint
from invoices.policy import Preset
from invoices.routes import RouteSetting
from invoices.source import Direction

app = typer.Typer(help="Which company's invoices are delivered, from when, and by which policy.")

_ON: dict[object, str] = {True: "yes", False: "no", None: ""}

Way = Annotated[Direction | None, typer.Option(case_sensitive=False, help="Only sales or only purchases.")]


@app.callback(invoke_without_command=True)
def show(
    context: typer.Context,
    as_json: Json = False,
) -> None:
    """Show the routes that are set, after what holds for all others."""
    if context.invoked_subcommand is not None:
        return
    current = settings()
    with ledger() as opened, opened.reading() as connection:
        routes = ledger_routes.routes(connection, current.deliver_from, current.policy)
    default = routes.defaults
    everyone = RouteSetting(None, None, default.enabled, default.deliver_from, default.preset)
    rows = [_row(setting) for setting in (everyone, *routes.settings)]
    columns = {
        "company_number": "Company",
        "direction": "Direction",
        "enabled": "On",
        "deliver_from": "Issued from",
        "policy": "Policy",
    }
    print_rows(rows if as_json else map(_in_words, rows), columns, as_json=as_json)


def _in_words(row: dict[str, object]) -> dict[str, object]:
    return {
        **row,
        "company_number": row["company_number"] or "all",
        "direction": row["direction"] or "both",
        "enabled": _ON[row["enabled"]],
    }


def _row(setting: RouteSetting) -> dict[str, object]:
    return {
        "company_number": setting.company_number,
        "direction": setting.direction,
        "enabled": setting.enabled,
        "deliver_from": setting.deliver_from,
        "policy": setting.preset,
    }


@app.command("set")
def set_route(
    company: Company = None,
    direction: Way = None,
    on: Annotated[bool | None, typer.Option("--on/--off", help="Whether they are delivered at all.")] = None,
    deliver_from: Annotated[
        datetime | None, typer.Option(**DAY, help="Only those issued from this day.")
    ] = None,
    policy: Annotated[
        Preset | None,
        typer.Option(metavar="PRESET", help="What is done about findings: balanced, strict or lenient."),
    ] = None,
) -> None:
    """Set a route; what is not said stays as it was."""
    if on is None and deliver_from is None and policy is None:
        raise fail("Say what to set: --on or --off, --deliver-from, --policy.")
    setting = RouteSetting(company, direction, on, deliver_from.date() if deliver_from else None, policy)
    with (
        ledger() as opened,
        opened.transaction(Actor("waybill routes"), Waypoint.ROUTE_CHANGED) as connection,
    ):
        ledger_routes.set_route(connection, setting)
    STDOUT.print("Set. It holds from the next run on; `waybill routes` shows all.")


@app.command("forget")
def forget_route(company: Company = None, direction: Way = None) -> None:
    """Take back what was set for exactly this company and direction."""
    with (
        ledger() as opened,
        opened.transaction(Actor("waybill routes"), Waypoint.ROUTE_CHANGED) as connection,
    ):
        if not ledger_routes.forget_route(connection, company, direction):
            raise fail(
                "Nothing was set for exactly this company and direction; `waybill routes` shows what is."
            )
    STDOUT.print("Forgotten.")
