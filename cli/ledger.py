"""Opening the ledger for a command, with errors in words."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import InternalError, OperationalError, ProgrammingError

from cli.configured import settings
from cli.output import fail
from db.away import in_words, is_away
from db.embedded import EmbeddedUnavailable
from db.ledger import Ledger
from tasks.workbench import open_ledger


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
    except InternalError as error:
        if not is_away(error):
            raise
        raise fail(in_words(error)) from None
