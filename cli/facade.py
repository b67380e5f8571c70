"""`waybill facade`: the facade alone, and the server that it is for whoever runs it."""

import sys
from contextlib import suppress
from typing import Annotated

import typer
import uvicorn

from api.tokens import NoSecret, signer
from cli.configured import settings as checked_settings
from cli.output import clear_errors, fail
from logs.setup import configure
from settings import Settings

_STOPS_WITHIN_SECONDS = 10


def facade(
    host: Annotated[str, typer.Option(help="The address that the facade listens at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, metavar="PORT", help="0: any free port.")] = 8080,
) -> None:
    """Run the facade alone until interrupted: where ledger, Prefect server and workers run elsewhere.

    Nothing is started and the ledger's schema stays as it is: `waybill db upgrade` first. WAYBILL_DATABASE_URL or
    WAYBILL_FACADE_DATABASE_URL names the ledger, PREFECT_API_URL the Prefect server that runs are asked of.
    """
    settings = checked_settings()
    if settings.database_url is None and settings.facade_database_url is None:
        raise fail(
            "The facade alone needs a ledger: set WAYBILL_FACADE_DATABASE_URL, or WAYBILL_DATABASE_URL."
            " `waybill up` brings one of its own."
        )
    with clear_errors(NoSecret):
        signer(settings)
    configure(sys.stdout, settings.log_level, settings.log_format)
    _serve(_server_of(settings, host, port))


def _server_of(settings: Settings, host: str, port: int) -> uvicorn.Server:
    """The facade of the settings as a server that has not been started; port 0 is any free one."""
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
            timeout_graceful_shutdown=_STOPS_WITHIN_SECONDS,
        )
    )


def _serve(server: uvicorn.Server) -> None:
    """Answer calls until a signal or `server.should_exit`; calls under way have ten seconds to end.

    Raises:
        typer.Exit: It did not start, such as where the port is taken; its log says why.
    """
    # uvicorn stops in good order, and then raises the signal once more; where it cannot start, it exits.
    with suppress(KeyboardInterrupt, SystemExit):
        server.run()
    if not server.started:
        raise fail("The facade did not start; its log says why.")
