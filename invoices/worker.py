"""What a validating process runs: checks documents, and ends when the process that started it does."""

import os
import threading
from collections.abc import Sequence
from multiprocessing import parent_process
from multiprocessing.connection import wait

from invoices.check import CheckedDocument, check


def end_with_parent() -> None:
    """Let this process end as soon as its parent is gone, however that ended."""
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_exit_after, args=(parent.sentinel,), daemon=True).start()


def _exit_after(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


def check_all(contents: Sequence[bytes]) -> list[CheckedDocument]:
    """Check several documents, in their order."""
    return [check(content) for content in contents]
