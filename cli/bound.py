"""Processes that end with the one that started them: however that ends, their standard input closes.

`python -m cli.bound COMMAND ...` is `waybill COMMAND ...`, bound so.
"""

import os
import signal
import sys
import threading
import time

_LAST_SECONDS = 60


def end_with_parent() -> None:
    """Have this process told to end (SIGTERM) when its standard input closes, and killed if it does not."""
    threading.Thread(target=_end_when_alone, daemon=True).start()


def _end_when_alone() -> None:
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_LAST_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    from cli.app import app

    end_with_parent()
    app()
