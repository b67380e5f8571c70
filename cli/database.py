"""`waybill db`: the ledger's schema, up and down."""

from typing import Annotated

import typer
from alembic.util import CommandError
from sqlalchemy import create_engine

from cli.ledger import ledger
from cli.output import STDOUT, clear_errors, fail
from db import migrate

app = typer.Typer(help="The ledger's schema, up and down.", no_args_is_help=True)


@app.command()
def upgrade() -> None:
    """Create the ledger or bring it up to date; every command that opens it does so by itself."""
    with ledger() as opened, opened.reading() as connection:
        STDOUT.print(f"The ledger is at revision {migrate.current(connection)}.")


@app.command()
def downgrade(
    revision: Annotated[str, typer.Argument(help="Revision to go back to; `base` removes everything.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Take the schema back; what later revisions hold is lost."""
    if not yes and not typer.confirm(
        f"Take the ledger back to {revision}? What later revisions hold is lost."
    ):
        raise fail("Nothing was changed.")
    with ledger() as opened, clear_errors(CommandError):
        owner = create_engine(opened.url)
        try:
            with owner.begin() as connection:
                migrate.downgrade(connection, revision)
        finally:
            owner.dispose()
    STDOUT.print(f"The ledger is at revision {revision}.")
