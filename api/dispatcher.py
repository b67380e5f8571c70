"""The dispatcher: asks Prefect for a run while requests are open, one for a burst, and again where one never came."""

import asyncio
import logging

from sqlalchemy.exc import SQLAlchemyError

from api.facade import Facade
from clients.errors import OutsideError
from clients.orchestrator import PROCESS_DEPLOYMENT
from db.requests import run_asked_for, unasked
from db.waypoints import Waypoint

_logger = logging.getLogger(__name__)


async def dispatch_for_ever(facade: Facade) -> None:
    """Look for requests without a run, again and again; what fails is tried again, less and less often."""
    pause = facade.settings.dispatch_seconds
    while True:
        try:
            await dispatch(facade)
            pause = facade.settings.dispatch_seconds
        except (OutsideError, SQLAlchemyError, OSError) as error:
            pause = min(2 * pause, 60)
            _logger.warning(
                "requests wait for a run: %s", error if isinstance(error, OutsideError) else type(error)
            )
        await asyncio.sleep(pause)


async def dispatch(facade: Facade) -> None:
    """Ask for a run for what is open and has none; what was asked a moment ago waits for the same run.

    Raises:
        OutsideError: Prefect could not be asked; the requests stay open.
    """
    async with facade.ledger.transaction() as connection:
        waiting = await connection.run_sync(unasked)
    for each in waiting:
        flow_run_id = each.joins or await facade.orchestrator.start(
            PROCESS_DEPLOYMENT,
            {
                "requests_only": True,
                "dry_run": each.dry_run,
                "requested_by": each.requested_by,
                "correlation_id": each.correlation_id,
            },
            each.key,
        )
        async with facade.ledger.transaction(Waypoint.RUN_ASKED_FOR) as connection:
            await connection.run_sync(run_asked_for, each.ids, flow_run_id)
