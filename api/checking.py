"""Checking documents for callers: in processes of their own, so many at a time, and no more waiting than may."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from uuid import uuid4

from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from api.problems import Problem, Unavailable
from artefacts.shelf import RulesUnusable, Shelf
from invoices.check import Checker
from invoices.findings import Checked
from settings import Settings
from tasks.check_pool import CheckPool

_WAITING_FOR_EACH_PROCESS = 3
_TRY_AGAIN_SECONDS = 2


class Busy(Problem):
    """As many documents are being checked, or wait for it, as the facade takes: try again after `Retry-After`."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "busy"
    title = "Too many at once"


class Checking:
    """Checks documents that are not stored; the rules are read and the processes started by the first of them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._places = settings.check_processes * (1 + _WAITING_FOR_EACH_PROCESS)
        self._threads = CapacityLimiter(settings.check_processes)
        self._opening = threading.Lock()
        self._pool: CheckPool | None = None

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place for one document, from before its bytes are read until it is checked.

        Raises:
            Busy: There is none.
        """
        if not self._places:
            raise Busy(
                "Too many documents are being checked: try again in a moment.",
                headers={"Retry-After": str(_TRY_AGAIN_SECONDS)},
            )
        self._places -= 1
        try:
            yield
        finally:
            self._places += 1

    async def check(self, document: bytes) -> Checked:
        """What the rules say; `could_not_check` where the process that checks hung or died.

        Raises:
            Unavailable: The rules that were added to this installation cannot be used.
        """
        return await run_sync(self._check, document, limiter=self._threads)

    def _check(self, document: bytes) -> Checked:
        key = uuid4()
        try:
            return self._opened().check({key: document})[key].checked
        except RulesUnusable as unusable:
            raise Unavailable(str(unusable)) from unusable

    def _opened(self) -> CheckPool:
        with self._opening:
            if self._pool is None:
                checker = Checker(Shelf(self._settings.data_dir).book())
                self._pool = CheckPool(
                    self._settings.check_processes, self._settings.check_timeout_seconds, checker
                )
            return self._pool

    async def close(self) -> None:
        """End the processes, at work or not."""
        if self._pool is not None:
            await asyncio.to_thread(self._pool.close)
