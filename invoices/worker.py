"""What a validating process runs: checks documents, and ends when the process that started it does."""

import gc
import os
import threading
from collections.abc import Callable, Sequence
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait

from invoices.check import CheckedDocument

Work = Callable[[Sequence[bytes]], list[CheckedDocument]]


def serve(connection: Connection, work: Work) -> None:
    """Answer lists of documents with what `work` says of them, as long as the parent process lives."""
    parent = parent_process()
    if parent is not None:
        # A check that hangs would never notice that its connection is gone.
        threading.Thread(target=_exit_after, args=(parent.sentinel,), daemon=True).start()
        settle_memory()
    while True:
        try:
            connection.send(work(connection.recv()))
        except (EOFError, ConnectionError):
            return


def settle_memory() -> None:
    """Have the garbage collector leave alone what is loaded, and look for cycles less often.

    Documents come and go without leaving cycles behind; looking for them takes a tenth of a check's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _exit_after(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
