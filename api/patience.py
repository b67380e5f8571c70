"""Patience with a ledger that is away: what the background of a facade does is done once it is back."""

import asyncio
import logging
from collections.abc import Callable
from typing import TypeVar

import anyio.to_thread
from sqlalchemy.exc import SQLAlchemyError

_logger = logging.getLogger(__name__)
_LONGEST_PAUSE_SECONDS = 60.0

T = TypeVar("T")


async def patiently(work: Callable[[], T], waits: str) -> T:
    """What `work` returns, in a thread; tried again, less and less often, for as long as the ledger is away.

    `waits` says in the log what that keeps waiting.
    """
    pause = 1.0
    while True:
        try:
            return await anyio.to_thread.run_sync(work, abandon_on_cancel=True)
        except SQLAlchemyError as error:
            _logger.warning("%s: the ledger answered %s", waits, type(error).__name__)
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
