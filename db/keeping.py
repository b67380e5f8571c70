"""Keeping watch over the embedded PostgreSQL: whether it answers, and the moment at which it is gone."""

import select
import time
from pathlib import Path
from urllib.parse import quote

import psycopg
from sqlalchemy.engine import make_url

_CONNECTS_WITHIN_SECONDS = 5
_PAUSE_SECONDS = 0.2
# As PostgreSQL's storage/pidfile.h numbers them, from 0.
_PORT_LINE = 3
_SOCKET_DIR_LINE = 4


def embedded_url(data_dir: Path) -> str | None:
    """Where the embedded PostgreSQL of `data_dir` listens, by what it says itself; None where it does not run."""
    try:
        said = (data_dir.expanduser().resolve() / "postgres" / "postmaster.pid").read_text().splitlines()
        port, socket_dir = said[_PORT_LINE], said[_SOCKET_DIR_LINE].strip()
    except (FileNotFoundError, IndexError):
        return None
    return f"postgresql://postgres@/postgres?host={quote(socket_dir)}&port={port.strip()}"


def answers(url: str) -> bool:
    """Whether the server at `url` takes connections."""
    try:
        _connected(url).close()
    except psycopg.OperationalError:
        return False
    return True


def wait_until_gone(url: str) -> None:
    """Block for as long as the server at `url` can be used.

    Nothing is asked of it: a server that ends, in whatever way, hangs up on an idle connection.
    """
    while True:
        try:
            with _connected(url) as connection:
                select.select([connection.fileno()], [], [])
        except psycopg.OperationalError:
            return
        time.sleep(_PAUSE_SECONDS)


def _connected(url: str) -> "psycopg.Connection[tuple[object, ...]]":
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, connect_timeout=_CONNECTS_WITHIN_SECONDS)
