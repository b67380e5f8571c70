"""`waybill up`: ledger, Prefect server, deployments and facade in one process tree."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Annotated

import typer
import uvicorn
from pydantic import SecretStr
from sqlalchemy.engine import URL

from api.tokens import NoSecret, signer
from cli.configured import settings as checked_settings
from cli.output import clear_errors, fail, tell
from cli.running import ready
from db.facade import FACADE_ROLE
from logs.setup import configure
from settings import Settings


def up(
    host: Annotated[str, typer.Option(help="The address that the facade listens at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, metavar="PORT", help="0: any free port.")] = 8080,
) -> None:
    """Run everything until interrupted: ledger, Prefect server, what runs are asked for, and the facade.

    What WAYBILL_DATABASE_URL and PREFECT_API_URL name is used; what they do not name is started. Make the
    first account with `waybill user add`.
    """
    settings = checked_settings()
    with clear_errors(NoSecret):
        signer(settings)
    configure(sys.stdout, settings.log_level, settings.log_format)
    # What is started here logs as well.
    os.environ["WAYBILL_LOG_LEVEL"] = settings.log_level
    with ready(settings) as ledger:
        server = _facade(_connected(settings, ledger.url), host, port)
        # uvicorn stops in good order, and then raises the signal once more.
        with _deployments(server), suppress(KeyboardInterrupt):
            tell(f"Prefect: {os.environ['PREFECT_API_URL'].removesuffix('/api')}")
            server.run()
    if not server.started:
        raise fail("The facade did not start; its log says why.")


def _connected(settings: Settings, url: URL) -> Settings:
    """The settings with the ledger's address, also where it is the embedded one."""
    facade_url = settings.facade_database_url
    if settings.database_url is None and facade_url is None:
        facade_url = SecretStr(url.set(username=FACADE_ROLE).render_as_string(hide_password=False))
    database_url = SecretStr(url.render_as_string(hide_password=False))
    return settings.model_copy(update={"database_url": database_url, "facade_database_url": facade_url})


def _facade(settings: Settings, host: str, port: int) -> uvicorn.Server:
    from api.app import create  # noqa: PLC0415 - Prefect reads its environment when imported

    return uvicorn.Server(
        uvicorn.Config(
            create(settings),
            host,
            port,
            server_header=False,
            # Which proxies are believed is WAYBILL_TRUSTED_PROXIES's to say, and calls have one log of their own.
            proxy_headers=False,
            access_log=False,
            log_config=None,
            timeout_graceful_shutdown=10,
        )
    )


@contextmanager
def _deployments(server: uvicorn.Server) -> Iterator[None]:
    """A process that runs what is asked for; when it ends, so does the facade."""
    command = [sys.executable, "-m", "flows.serving"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=sys.stderr) as process:  # noqa: S603 - our own module
        threading.Thread(target=_stop_when_gone, args=(process, server), daemon=True).start()
        try:
            yield
        finally:
            if process.stdin:
                process.stdin.close()


def _stop_when_gone(process: "subprocess.Popen[bytes]", server: uvicorn.Server) -> None:
    process.wait()
    server.should_exit = True
