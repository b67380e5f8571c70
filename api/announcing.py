"""Announcing in the background of a facade: what people decide there is told to the ERP without waiting for a run."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import ExitStack
from typing import TypeVar

import anyio.to_thread
from sqlalchemy.exc import SQLAlchemyError

from api.facade import Facade
from clients.webhook_receiver import UnusableReceiver, WebhookReceiver
from db.ledger import Ledger
from tasks.announce import GONE, announce_due, begin_announcing, receiver_of

_logger = logging.getLogger(__name__)
_LONGEST_PAUSE_SECONDS = 60.0
_ROUND_SECONDS = 20.0

T = TypeVar("T")


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
        await _patiently(lambda: begin_announcing(ledger, facade.settings))
        if receiver is not None:
            stack.callback(receiver.close)
            await _rounds(ledger, receiver, every_seconds)


async def _rounds(ledger: Ledger, receiver: WebhookReceiver, every_seconds: float) -> None:
    while True:
        announced = await _patiently(lambda: announce_due(ledger, receiver, within_seconds=_ROUND_SECONDS))
        if announced.gone:
            _logger.warning(GONE)
        await asyncio.sleep(every_seconds)


async def _patiently(work: Callable[[], T]) -> T:
    """What `work` returns, in a thread; tried again for as long as the ledger is away."""
    pause = 1.0
    while True:
        try:
            return await anyio.to_thread.run_sync(work, abandon_on_cancel=True)
        except SQLAlchemyError as error:
            _logger.warning("changes wait to be announced: the ledger answered %s", type(error).__name__)
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
