"""The `waybill` command and its sub-commands."""

from importlib.metadata import version
from typing import Annotated

import typer

from cli import check, database, demo, lookups, resolve, routes, run, sandbox

app = typer.Typer(
    name="waybill",
    help="Invoices from a company's ERP into its accountant's books, never lost and never booked twice.",
    epilog="Settings are environment variables: see docs/settings.md. Exit codes: 0 all well, 1 some invoices"
    " need a person, 2 the command failed.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"waybill {version('waybill')}")  # noqa: T201
        raise typer.Exit


@app.callback()
def waybill(
    _version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Invoices from a company's ERP into its accountant's books, never lost and never booked twice."""


app.command()(demo.demo)
app.command()(run.run)
app.command()(check.check)
app.command()(resolve.resolve)
app.command()(lookups.invoices)
app.command()(lookups.attempts)
app.command()(lookups.jobs)
app.command()(lookups.rejected)
app.command()(sandbox.sandbox)
app.add_typer(routes.app, name="routes")
app.add_typer(database.app, name="db")
