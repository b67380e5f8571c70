"""`waybill reconcile`: what was forwarded, compared with what Clearfacts shows."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from cli.configured import settings as checked_settings
from cli.ledger import ledger
from cli.options import Json
from cli.output import STDOUT, counted, fail, moment, plain, print_json, tell
from cli.running import code_of, ready, run_flow, say_aside, who
from db.reconciliations import reconciliation

_FLOW = "flows.reconcile:reconcile_deliveries"
_COUNTS = ("confirmed", "different", "not_checked", "unverified")


def reconcile(
    days: Annotated[
        int | None,
        typer.Option(min=1, max=366, metavar="N", help="How far back; else WAYBILL_RECONCILE_DAYS."),
    ] = None,
    last: Annotated[bool, typer.Option("--last", help="Show the last report; ask nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Read the receipts of the last days back from Clearfacts, and compare monthly counts.

    No invoice's state changes. Exit codes: 0 nothing found, 1 findings, 2 the run itself failed.
    """
    if last and days is not None:
        raise fail("--days goes with a new reconciliation, not with --last.")
    report = _last() if last else _new(days)
    if as_json:
        print_json(report)
    else:
        _show(report)
    raise typer.Exit(code_of(report["state"]))


def _last() -> dict[str, Any]:
    with ledger() as opened, opened.reading() as connection:
        report = reconciliation(connection)
    if report is None:
        raise fail("Nothing has been reconciled yet: run `waybill reconcile`.")
    return report


def _new(days: int | None) -> dict[str, Any]:
    with ready(checked_settings()) as opened:
        run = run_flow({"days": days, "requested_by": who("reconcile")}, _FLOW)
        with opened.reading() as connection:
            report = reconciliation(connection, run.job_id)
    if report is None:
        say_aside(run)
        raise fail("It broke off, so there is no report.")
    return report


def _show(report: Mapping[str, Any]) -> None:
    for line in (*report["notes"], *filter(None, [report["error"]])):
        tell(plain(line))
    for found in report["findings"]:
        STDOUT.print(f"{plain(found['message'])} [dim]\\[{plain(found['code'])}][/]", soft_wrap=True)
        STDOUT.print(f"  {plain(found['fix'])}", soft_wrap=True)
    if left_out := report["findings_left_out"]:
        STDOUT.print(f"... and {left_out} more findings, not listed.")
    result = counted({name: report[name] for name in _COUNTS}) or "none"
    period = f"{moment(report['from'])} to {moment(report['until'])} UTC"
    STDOUT.print(
        f"{report['state'].replace('_', ' ')}: {report['receipts']} receipts from {period}: {result}.",
        soft_wrap=True,
    )
    _show_months(report["statistics"])


def _show_months(statistics: Mapping[str, int] | None) -> None:
    if statistics is None:
        STDOUT.print("Monthly counts: not compared.")
        return
    STDOUT.print(
        f"Monthly counts of companies: {statistics['compared']} compared, {statistics['fewer']} with fewer in"
        " Clearfacts than were forwarded.",
        soft_wrap=True,
    )
