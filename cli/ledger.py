"""Opening the ledger for a command, with errors in words."""

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsError
from sqlalchemy.exc import OperationalError, ProgrammingError

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
        raise fail("A setting is not usable. " + "; ".join(map(_words, errors.errors()))) from None
    except SettingsError as error:
        raise fail(f"A setting is not usable: {error} must be JSON; see docs/settings.md.") from None


def _words(error: ErrorDetails) -> str:
    message = error["msg"].removeprefix("Value error, ")
    if not error["loc"]:
        return message
    name, *inside = error["loc"]
    where = "".join(f", {part}" for part in inside)
    return f"WAYBILL_{str(name).upper()}{where}: {message}"


@contextmanager
def ledger() -> Iterator[Ledger]:
    """The ledger of the settings; that it cannot be opened ends the command."""
    try:
        with open_ledger(settings()) as opened:
            yield opened
    except EmbeddedUnavailable as unavailable:
        raise fail(str(unavailable)) from unavailable
    except (OperationalError, ProgrammingError) as error:
        first_line = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else "no connection"
        raise fail(
            f"The ledger's database cannot be used: {first_line}. Check WAYBILL_DATABASE_URL."
        ) from None
