"""Opening the ledger for a command, with errors in words."""

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import ValidationError
from sqlalchemy.exc import OperationalError

from cli.output import fail
from db.embedded import EmbeddedUnavailable
from db.ledger import Ledger
from settings import Settings
from tasks.workbench import open_ledger


def settings() -> Settings:
    """The settings; what is wrong with them ends the command."""
    try:
        return Settings()
    except ValidationError as errors:
        lines = [
            f"WAYBILL_{'_'.join(str(part) for part in error['loc']).upper()}: {error['msg']}"
            if error["loc"]
            else error["msg"]
            for error in errors.errors(include_url=False, include_input=False)
        ]
        raise fail("A setting is not usable. " + "; ".join(lines)) from None


@contextmanager
def ledger() -> Iterator[Ledger]:
    """The ledger of the settings; that it cannot be opened ends the command."""
    try:
        with open_ledger(settings()) as opened:
            yield opened
    except EmbeddedUnavailable as unavailable:
        raise fail(str(unavailable)) from unavailable
    except OperationalError as error:
        first_line = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else "no connection"
        raise fail(
            f"The ledger's database cannot be used: {first_line}. Check WAYBILL_DATABASE_URL."
        ) from None
