"""Running checks for `waybill check`: in this process, or spread over others; results in order, memory flat."""

import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import FrameType
from typing import TYPE_CHECKING
from uuid import uuid4

from cli.check_files import Input
from cli.check_reading import NotRead
from invoices.check import Checker, could_not_check
from invoices.findings import Checked
from invoices.legible import legible

if TYPE_CHECKING:
    from tasks.check_pool import CheckPool

MANY = 50
"""More files than this are spread over processes, if nobody says otherwise."""
_TOGETHER = 25
_BYTES_TOGETHER = 4_000_000


@dataclass(frozen=True, slots=True)
class Result:
    """What the rules say of a file; `content` is None where it was not read."""

    name: str
    content: bytes | None
    checked: Checked


def processes(files: int, jobs: int | None) -> int:
    """Over how many processes to spread so many files; 0: this one checks them."""
    return jobs or (0 if files <= MANY else os.cpu_count() or 1)


def results(inputs: Iterable[Input], checker: Checker, jobs: int, timeout_seconds: float) -> Iterator[Result]:
    """The result of each file, in their order; what hangs or dies could not be checked, the others are."""
    if jobs:
        return _spread(_read(inputs), checker, jobs, timeout_seconds)
    return (_check_here(each, checker, timeout_seconds) for each in _read(inputs))


def _read(inputs: Iterable[Input]) -> Iterator[Result]:
    """Each file, still to be checked if it could be read."""
    for each in inputs:
        try:
            yield Result(each.name, each.read(), could_not_check("it was not asked").checked)
        except NotRead as problem:
            yield Result(each.name, None, problem.checked)
        except Exception as error:  # whatever it is, the other files are checked
            reason = NotRead("WB-FILE", legible(f"{type(error).__name__}: {error}", 120))
            yield Result(each.name, None, reason.checked)


class _OutOfTime(BaseException):
    """Raised into a check by the clock; no rule takes it for an error of its own."""


def _check_here(result: Result, checker: Checker, timeout_seconds: float) -> Result:
    if result.content is None:
        return result
    try:
        with _limit(timeout_seconds):
            checked = checker.check(result.content)
    except _OutOfTime:
        checked = could_not_check(f"it did not end within {timeout_seconds:g} seconds")
    return replace(result, checked=checked.checked)


@contextmanager
def _limit(seconds: float) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():  # others cannot be interrupted
        yield
        return

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise _OutOfTime

    handler = signal.signal(signal.SIGALRM, stop)
    timer = signal.setitimer(signal.ITIMER_REAL, seconds, 1)  # again, should something swallow it
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, *timer)


def _spread(files: Iterable[Result], checker: Checker, jobs: int, timeout_seconds: float) -> Iterator[Result]:
    from tasks.check_pool import CheckPool  # noqa: PLC0415 - only where there are processes to start

    pool = CheckPool(jobs, timeout_seconds, checker)
    threads = ThreadPoolExecutor(jobs)
    waiting: deque[Future[list[Result]]] = deque()
    try:
        for group in _groups(files):
            waiting.append(threads.submit(_check_there, group, pool))
            if len(waiting) > 2 * jobs:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
    finally:
        pool.close()
        threads.shutdown(cancel_futures=True)


def _check_there(group: list[Result], pool: "CheckPool") -> list[Result]:
    keys = [uuid4() for _ in group]
    contents = {key: each.content for key, each in zip(keys, group, strict=True) if each.content is not None}
    checked = pool.check(contents)
    return [
        replace(each, checked=checked[key].checked) if key in checked else each
        for key, each in zip(keys, group, strict=True)
    ]


def _groups(files: Iterable[Result]) -> Iterator[list[Result]]:
    group: list[Result] = []
    size = 0
    for file in files:
        group.append(file)
        size += len(file.content or b"")
        if len(group) == _TOGETHER or size > _BYTES_TOGETHER:
            yield group
            group, size = [], 0
    if group:
        yield group
