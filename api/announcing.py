"""Announcing in the background of a facade: what people decide there is told to the ERP without waiting for a run."""

import asyncio
import logging
from contextlib import ExitStack

from api.facade import Facade
from api.patience import patiently
from clients.webhook_receiver import UnusableReceiver, WebhookReceiver
from db.ledger import Ledger
from tasks.announce import GONE, announce_due, begin_announcing, receiver_of

_logger = logging.getLogger(__name__)
_ROUND_SECONDS = 20.0
_WAITS = "changes wait to be announced"


async def announce_for_ever(facade: Facade, *, every_seconds: float = 2.0) -> None:
    """Send what is due, again and again; a ledger that is away is asked again, less and less often.

    Without a receiver in the settings nothing is queued, and there is nothing to do.
    """
    with ExitStack() as stack:
        ledger = Ledger(facade.ledger.url, pool_size=1)
        stack.callback(ledger.close)
        try:
            receiver = receiver_of(facade.settings)
        except UnusableReceiver as error:
            _logger.error("changes are not announced: %s", error)  # noqa: TRY400 - it says all
            return
        await patiently(lambda: begin_announcing(ledger, facade.settings), _WAITS)
        if receiver is not None:
            stack.callback(receiver.close)
            await _rounds(ledger, receiver, every_seconds)


async def _rounds(ledger: Ledger, receiver: WebhookReceiver, every_seconds: float) -> None:
    while True:
        announced = await patiently(
            lambda: announce_due(ledger, receiver, within_seconds=_ROUND_SECONDS), _WAITS
        )
        if announced.gone:
            _logger.warning(GONE)
        await asyncio.sleep(every_seconds)
