"""When the ledger's database goes away in the middle of work: how to tell, how long to wait, what to say."""

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, DisconnectionError, SQLAlchemyError

T = TypeVar("T")

_PAUSES_SECONDS = (0.2, 0.5, 1.0, 2.0, 4.0)
"""Between one try and the next; the last again and again."""

_WORDS = {
    "53100": "it has no disk space left",
    "53200": "it has no memory left",
    "53300": "it takes no more connections",
    "25006": "it is read-only",
    "57P01": "it was shut down, or ended the connection",
    "57P02": "it crashed",
    "57P03": "it is starting up or shutting down",
    "40P01": "two transactions waited for each other",
    "40001": "another transaction came first",
}
"""By SQLSTATE: what is wrong, where waiting may help."""

_LOST = "the connection to it was lost"


def is_away(error: BaseException) -> bool:
    """Whether `error` says that the database cannot be used just now, and the same work may succeed later."""
    return _trouble(error) is not None


def in_words(error: BaseException) -> str:
    """A sentence for people about an error for which `is_away` is true."""
    return (
        f"The ledger's database cannot be used: {_trouble(error)}. Once it is back, run again:"
        " what was under way is in the ledger."
    )


def _trouble(error: BaseException) -> str | None:
    if isinstance(error, DisconnectionError):
        return _LOST
    if not isinstance(error, DBAPIError):
        return None
    state = getattr(error.orig, "sqlstate", None)
    if state is None or state.startswith("08"):
        # An error without a state did not come from the server: the connection broke, or there was none.
        return _LOST if error.connection_invalidated or _is_connection_trouble(error) else None
    return _WORDS.get(state)


def _is_connection_trouble(error: DBAPIError) -> bool:
    return type(error.orig).__name__ in {"OperationalError", "InterfaceError", "ConnectionTimeout"}


def patiently(work: Callable[[], T], seconds: float) -> T:
    """What `work` returns; tried again for `seconds` while the database is away.

    Raises:
        SQLAlchemyError: The database stayed away, or the error is another one.
    """
    pauses, waited = _pauses(), 0.0
    while True:
        try:
            return work()
        except SQLAlchemyError as error:
            pause = next(pauses)
            if waited + pause > seconds or not is_away(error):
                raise
            waited += pause
        time.sleep(pause)


def _pauses() -> Iterator[float]:
    yield from _PAUSES_SECONDS
    while True:
        yield _PAUSES_SECONDS[-1]
