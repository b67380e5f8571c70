"""What a facade does beside answering: it asks for runs that requests wait for, and tells others of changes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from api.announcing import announce_for_ever
from api.dispatcher import dispatch_for_ever
from api.facade import Facade
from api.noticing import notice_for_ever
from api.publishing import publish_for_ever


@asynccontextmanager
async def background(facade: Facade) -> AsyncIterator[None]:
    """The background work of a facade, for as long as the block lasts."""
    tasks = [
        asyncio.create_task(dispatch_for_ever(facade), name="dispatcher"),
        asyncio.create_task(announce_for_ever(facade), name="announcer"),
        asyncio.create_task(notice_for_ever(facade), name="noticer"),
        asyncio.create_task(publish_for_ever(facade), name="publisher"),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
