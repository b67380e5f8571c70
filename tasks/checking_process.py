"""One process that validates documents: killed when it takes too long, replaced when it is lost."""

import multiprocessing
import threading
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

from invoices.check import CheckedDocument
from invoices.worker import Work, serve

# A forked process would hold our connections, and with them our locks.
_SPAWN = multiprocessing.get_context("spawn")
_EXIT_SECONDS = 10


class CheckLostError(Exception):
    """The process hung or died over the documents that it was given; the message is half a sentence."""


class CheckerClosedError(Exception):
    """The process was ended on purpose and checks nothing any more."""


class CheckingProcess:
    """Runs `work` in a process of its own, which starts with the first documents.

    For one caller at a time; only `close` may be called by another thread meanwhile.
    """

    def __init__(self, work: Work, timeout_seconds: float) -> None:
        self._work = work
        self._timeout = timeout_seconds
        self._running: tuple[SpawnProcess, Connection] | None = None
        self._closing = threading.Lock()
        self._closed = False

    def check(self, contents: Sequence[bytes]) -> list[CheckedDocument]:
        """What `work` says of `contents`.

        Raises:
            CheckLostError: It took too long or the process died; there will be another next time.
            CheckerClosedError: The process was closed.
        """
        process, connection = self._running or self._start()
        try:
            connection.send(contents)
            if connection.poll(self._timeout):
                checked: list[CheckedDocument] = connection.recv()
                return checked
            lost = f"it did not end within {self._timeout:g} seconds"
        except (EOFError, OSError):
            process.join(_EXIT_SECONDS)
            lost = f"its process ended unexpectedly (exit code {process.exitcode})"
        self._end(process, connection)
        raise CheckLostError(lost)

    def close(self) -> None:
        """End the process, at work or not."""
        with self._closing:
            self._closed = True
        if self._running:
            process, _ = self._running
            process.kill()
            process.join()

    def _start(self) -> tuple[SpawnProcess, Connection]:
        ours, theirs = _SPAWN.Pipe()
        with self._closing:
            if self._closed:
                raise CheckerClosedError
            process = _SPAWN.Process(target=serve, args=(theirs, self._work), daemon=True)
            process.start()
            self._running = process, ours
        theirs.close()
        return process, ours

    def _end(self, process: SpawnProcess, connection: Connection) -> None:
        self._running = None
        connection.close()
        process.kill()
        process.join()
