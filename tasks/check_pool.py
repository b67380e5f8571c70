"""A pool of processes that validate documents: one that hangs or dies takes no other document with it."""

import multiprocessing
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TookTooLong
from concurrent.futures.process import BrokenProcessPool
from typing import Any
from uuid import UUID

from pebble import ProcessExpired, ProcessPool

from invoices.check import CheckedDocument, could_not_check
from invoices.worker import check_all, end_with_parent

Work = Callable[[Sequence[bytes]], list[CheckedDocument]]

_DOCUMENTS_AT_ONCE = 25
_BYTES_AT_ONCE = 4 * 1024 * 1024


class CheckPool:
    """Checks documents in processes of its own, started afresh (a forked one would hold our connections).

    `work` is what they run on a group of documents; a function that they can import.
    """

    def __init__(self, processes: int, timeout_seconds: float, work: Work = check_all) -> None:
        self._processes = processes
        self._timeout = timeout_seconds
        self._work = work
        self._pool = self._new_pool()
        self._closed = False

    def check(self, contents: Mapping[UUID, bytes]) -> dict[UUID, CheckedDocument]:
        """The verdict on each document; `could_not_check` for one whose process hung or died.

        A group of documents that is lost with its process is checked again one by one.

        Raises:
            BrokenProcessPool: The pool was closed meanwhile.
        """
        results: dict[UUID, CheckedDocument] = {}
        lost: list[UUID] = []
        groups = [(group, self._submit([contents[each] for each in group])) for group in _groups(contents)]
        for group, future in groups:
            try:
                results |= dict(zip(group, future.result(), strict=True))
            except (TookTooLong, ProcessExpired, BrokenProcessPool):
                lost += group
        return results | {document: self._check_alone(contents[document]) for document in lost}

    def _new_pool(self) -> ProcessPool:
        return ProcessPool(
            max_workers=self._processes,
            context=multiprocessing.get_context("spawn"),
            initializer=end_with_parent,
        )

    def _submit(self, contents: Sequence[bytes]) -> Future[Any]:
        if self._closed:
            raise BrokenProcessPool("the pool of checking processes is closed")
        if not self._pool.active:
            # A process that dies between two documents breaks the whole pool.
            self._end()
            self._pool = self._new_pool()
        future: Future[Any] = self._pool.schedule(self._work, args=(contents,), timeout=self._timeout)
        return future

    def _check_alone(self, content: bytes) -> CheckedDocument:
        try:
            checked: CheckedDocument = self._submit([content]).result()[0]
            return checked
        except TookTooLong:
            return could_not_check(f"it did not end within {self._timeout:g} seconds")
        except ProcessExpired as death:
            return could_not_check(f"its process ended unexpectedly (exit code {death.exitcode})")
        except BrokenProcessPool:
            if self._closed:
                raise
            return could_not_check("its process could not be started or ended unexpectedly")

    def close(self) -> None:
        """End the processes, at work or not."""
        self._closed = True
        self._end()

    def _end(self) -> None:
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()


def _groups(contents: Mapping[UUID, bytes]) -> Iterator[list[UUID]]:
    group: list[UUID] = []
    size = 0
    for document, content in contents.items():
        if group and (len(group) == _DOCUMENTS_AT_ONCE or size + len(content) > _BYTES_AT_ONCE):
            yield group
            group, size = [], 0
        group.append(document)
        size += len(content)
    if group:
        yield group
