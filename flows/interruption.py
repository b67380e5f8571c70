"""Interruption: a run that is told to end cancels itself, so that uploads under way are written down first."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager

INTERRUPTED = "Interrupted. Uploads under way were written down; run again to go on."


@contextmanager
def sigterm_cancels() -> Iterator[None]:
    """Let SIGTERM cancel the current task, as Ctrl-C does.

    Prefect's own handler raises wherever the main thread happens to be, also between an answer and its
    settlement. Outside the main thread nothing is changed.
    """
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    before = signal.getsignal(signal.SIGTERM)
    try:
        loop.add_signal_handler(signal.SIGTERM, lambda: task and task.cancel())
    except (RuntimeError, ValueError):
        yield
        return
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
        signal.signal(signal.SIGTERM, before)
