"""Noticing in the background of a facade: runs that died and messages that wait do not wait for the next run."""

import asyncio

from api.facade import Facade
from api.patience import patiently
from db.ledger import Ledger
from tasks.notify import notify

_ROUND_SECONDS = 20.0
_WAITS = "what happened waits to be noted"


async def notice_for_ever(facade: Facade, *, every_seconds: float = 30.0) -> None:
    """Note what happened and tell who should know, again and again, as long as the facade runs.

    The first round comes after `every_seconds`: a run that begins together with the facade is given time to say so.
    """
    ledger = Ledger(facade.ledger.url, pool_size=1)
    try:
        while True:
            await asyncio.sleep(every_seconds)
            await patiently(lambda: notify(ledger, facade.settings, within_seconds=_ROUND_SECONDS), _WAITS)
    finally:
        ledger.close()
