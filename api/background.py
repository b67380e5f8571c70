"""What a facade does beside answering: it asks for runs that requests wait for, and announces changes to the ERP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from api.announcing import announce_for_ever
from api.dispatcher import dispatch_for_ever
from api.facade import Facade


@asynccontextmanager
async def background(facade: Facade) -> AsyncIterator[None]:
    """The background work of a facade, for as long as the block lasts."""
    tasks = [
        asyncio.create_task(dispatch_for_ever(facade), name="dispatcher"),
        asyncio.create_task(announce_for_ever(facade), name="announcer"),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
