"""The Prefect server that Waybill starts where there is none: shared by all processes of a data directory.

It runs while anyone holds a lock on a file, and ends by itself when nobody does, however they ended. This
module must not import Prefect: it sets the environment that Prefect reads when it is imported.
"""

import fcntl
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

START_SECONDS = 180
_POLL_SECONDS = 0.2
_UNUSED_POLL_SECONDS = 1.0

ENVIRONMENT = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    # In memory, the place that a run holds would be lost when the server restarts, and Prefect then ends the run.
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
    # Measured: at batch sizes of 100 a task run costs the server a third.
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_READ_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TRIGGERS_READ_BATCH_SIZE": "100",
    # Flow runs go after PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD, 90 days; unless told, only events do.
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
}


class PrefectUnavailable(Exception):
    """No Prefect server could be had; the message says why and what to do."""


@contextmanager
def prefect_server(data_dir: Path, say: Callable[[str], None]) -> Iterator[str]:
    """The API address of a Prefect server, in this process's environment for as long as the block runs.

    That is the server of `PREFECT_API_URL` where it is set; else the one that already serves `data_dir`; else
    one that is started.

    Raises:
        PrefectUnavailable: It did not start.
    """
    if given := os.environ.get("PREFECT_API_URL"):
        yield given
        return
    home = _home(data_dir)
    home.mkdir(parents=True, exist_ok=True)
    with (home / "users").open("a") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        url = _running_or_started(home, say)
        os.environ.update(ENVIRONMENT | {"PREFECT_HOME": str(home), "PREFECT_API_URL": url})
        try:
            yield url
        finally:
            del os.environ["PREFECT_API_URL"]


def _running_or_started(home: Path, say: Callable[[str], None]) -> str:
    with (home / "starting").open("a") as starting:
        fcntl.flock(starting, fcntl.LOCK_EX)
        address = home / "address"
        if address.exists() and is_healthy(url := address.read_text()):
            return url
        url = _start(home, say)
        address.write_text(url)
        return url


def environment_of(data_dir: Path) -> dict[str, str] | None:
    """What lets a process use the server of `data_dir`, as it was last started; None where none ever was."""
    home = _home(data_dir)
    try:
        url = (home / "address").read_text()
    except FileNotFoundError:
        return None
    return ENVIRONMENT | {"PREFECT_HOME": str(home), "PREFECT_API_URL": url}


def _home(data_dir: Path) -> Path:
    return data_dir.expanduser().resolve() / "prefect"


def _start(home: Path, say: Callable[[str], None]) -> str:
    port = _port_of_before(home) or _free_port()
    url = f"http://127.0.0.1:{port}/api"
    say("Starting a Prefect server (15 to 30 seconds the first time) ...")
    log = home / "server.log"
    with log.open("w") as output:
        server = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "flows.prefect_server", str(home), str(port)],
            env=_environment(home, url),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        if is_healthy(url):
            (home / "migrated").write_text(version("prefect"))
            return url
        time.sleep(_POLL_SECONDS)
    server.kill()
    raise PrefectUnavailable(
        f"The Prefect server did not start within {START_SECONDS} seconds; its log is {log}."
        " Set PREFECT_API_URL to use a server of your own."
    )


def _environment(home: Path, url: str) -> dict[str, str]:
    migrated = home / "migrated"
    is_migrated = migrated.exists() and migrated.read_text() == version("prefect")
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("WAYBILL_")},
        **ENVIRONMENT,
        "PREFECT_HOME": str(home),
        "PREFECT_UI_API_URL": url,
        "PREFECT_SERVER_DATABASE_MIGRATE_ON_START": str(not is_migrated).lower(),
    }


def is_healthy(url: str) -> bool:
    """Whether a Prefect API answers there."""
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=2) as answer:  # noqa: S310 - an address of our own
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _port_of_before(home: Path) -> int | None:
    """The port of a server that was killed, where it is still free: its users go on at the same address."""
    try:
        port = urlsplit((home / "address").read_text()).port
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port or 0))
    except (OSError, ValueError):
        return None
    return port


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def serve(home: Path, port: int) -> None:
    """Be the server, until nobody holds the lock on `home`/users any more."""
    import uvicorn  # noqa: PLC0415 - only in the server's own process

    server = uvicorn.Server(
        uvicorn.Config(
            "prefect.server.api.server:create_app",
            factory=True,
            host="127.0.0.1",
            port=port,
            log_level="error",
            lifespan="on",
        )
    )
    threading.Thread(target=_end_when_unused, args=(home,), daemon=True).start()
    server.run()


def _end_when_unused(home: Path) -> None:
    with (home / "users").open("a") as users:
        while True:
            time.sleep(_UNUSED_POLL_SECONDS)
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            # Whoever comes now waits for the lock, finds nobody answering, and starts another.
            (home / "address").unlink(missing_ok=True)
            os._exit(0)


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]))
