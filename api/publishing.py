"""Publishing in the background of a facade: events go out within seconds, also while no run is there to do it."""

import asyncio
import logging
from contextlib import ExitStack

from api.facade import Facade
from api.patience import patiently
from clients.event_channel import Channel
from db.ledger import Ledger
from tasks.publish import begin_publishing, open_channels, publish_due

_logger = logging.getLogger(__name__)
_ROUND_SECONDS = 5.0
_WAITS = "events wait to be published"


async def publish_for_ever(facade: Facade, *, every_seconds: float = 2.0) -> None:
    """Publish what waits, again and again, to each channel of the settings beside the others.

    Without a channel nothing is written, and there is nothing to do.
    """
    with ExitStack() as stack:
        ledger = Ledger(facade.ledger.url, pool_size=1)
        stack.callback(ledger.close)
        await patiently(lambda: begin_publishing(ledger, facade.settings), _WAITS)
        channels = stack.enter_context(open_channels(facade.settings))
        async with asyncio.TaskGroup() as group:
            for channel in channels:
                group.create_task(_rounds(ledger, channel, every_seconds))


async def _rounds(ledger: Ledger, channel: Channel, every_seconds: float) -> None:
    was_down = False
    while True:
        published = await patiently(
            lambda: publish_due(ledger, channel, within_seconds=_ROUND_SECONDS), _WAITS
        )
        if published.down is not None and not was_down:
            _logger.warning("%s: %s", _WAITS, published.down)
        elif published.taken and was_down:
            _logger.info("events are published to %s again", channel.name)
        was_down = published.down is not None or (was_down and not published.taken)
        await asyncio.sleep(every_seconds)
