"""A pool of processes that validate documents: one that hangs or dies takes no other document with it."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from uuid import UUID

from invoices.check import CheckedDocument, could_not_check
from invoices.worker import Work
from tasks.checking_process import CheckingProcess, CheckLostError

_DOCUMENTS_AT_ONCE = 25
_BYTES_AT_ONCE = 4 * 1024 * 1024


class CheckPool:
    """Checks documents in so many processes; `work` is what those run, and is sent to each."""

    def __init__(self, processes: int, timeout_seconds: float, work: Work) -> None:
        self._processes = [CheckingProcess(work, timeout_seconds) for _ in range(processes)]
        self._threads = ThreadPoolExecutor(processes, thread_name_prefix="check")
        self._idle: SimpleQueue[CheckingProcess] = SimpleQueue()
        for process in self._processes:
            self._idle.put(process)

    def check(self, contents: Mapping[UUID, bytes]) -> dict[UUID, CheckedDocument]:
        """The verdict on each document; `could_not_check` for one whose process hung or died.

        A group of documents that is lost with its process is checked again one by one.

        Raises:
            CheckerClosedError: The pool was closed meanwhile.
        """
        groups = list(_groups(contents))
        checked = self._threads.map(self._check, ([contents[each] for each in group] for group in groups))
        return {
            document: result
            for group, results in zip(groups, checked, strict=True)
            for document, result in zip(group, results, strict=True)
        }

    def _check(self, contents: Sequence[bytes]) -> list[CheckedDocument]:
        process = self._idle.get()
        try:
            return process.check(contents)
        except CheckLostError:
            return [_check_alone(process, content) for content in contents]
        finally:
            self._idle.put(process)

    def close(self) -> None:
        """End the processes, at work or not."""
        for process in self._processes:
            process.close()
        self._threads.shutdown(cancel_futures=True)


def _check_alone(process: CheckingProcess, content: bytes) -> CheckedDocument:
    try:
        return process.check([content])[0]
    except CheckLostError as lost:
        return could_not_check(str(lost))


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
