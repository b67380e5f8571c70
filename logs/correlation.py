"""The correlation id: one name for all that follows from one call or one run, in logs and in calls to the outside."""

import re
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar

from logs.tracing import Span, continue_span, current_span

_USABLE = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_current: ContextVar[str | None] = ContextVar("correlation_id", default=None)


def usable_request_id(wanted: str | None = None) -> str:
    """An X-Request-ID: the wanted one where it is fit for a header and a log, else a new one."""
    return wanted if wanted is not None and _USABLE.fullmatch(wanted) else str(uuid.uuid4())


def current_id() -> str | None:
    """The id of what is being done now, where something gave it one."""
    return _current.get()


def correlation_id() -> str:
    """The id of what is being done now; a new one where nothing gave it one."""
    return current_id() or usable_request_id()


@contextmanager
def correlated(wanted: str | None) -> Iterator[str]:
    """Give what happens inside the block the id that is wanted, where it is usable, else a new one."""
    name = usable_request_id(wanted)
    token = _current.set(name)
    try:
        yield name
    finally:
        _current.reset(token)


class CorrelatedThreads(ThreadPoolExecutor):
    """Threads that go on with what is being done where the pool is made: others start without an id and a trace."""

    def __init__(self, most: int, thread_name_prefix: str = "") -> None:
        doing = current_id(), current_span()
        super().__init__(most, thread_name_prefix, initializer=_go_on_with, initargs=doing)


def _go_on_with(name: str | None, within: Span | None) -> None:
    _current.set(name)
    continue_span(within)
