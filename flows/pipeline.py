"""The pipeline: chunks of invoices through validate, dedupe, deliver and acknowledge, a bounded few at a time."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from uuid import UUID

from clients.errors import OutsideError
from db.arrivals import touch
from db.waypoints import Waypoint
from flows.watching import WATCHER, Progress
from tasks.acknowledge import Courtesy, acknowledge_chunk
from tasks.companies import listed_companies
from tasks.dedupe import dedupe_chunk
from tasks.deliver import deliver_chunk
from tasks.report import ProgressReport
from tasks.validate import validate_chunk
from tasks.workbench import Workbench

Chunk = Sequence[UUID]
_End = None


class Pipeline:
    """While one chunk uploads, the next is validated and the one after it fetched; memory stays bounded.

    `listed` is None where the destination's list of companies could not be had: then nothing is delivered.
    """

    def __init__(
        self, bench: Workbench, listed: frozenset[str] | None, progress: Progress, report: ProgressReport
    ) -> None:
        self._bench = bench
        self._listed = listed
        self._progress = progress
        self._report = report
        self._courtesy = Courtesy()

    async def run(self, chunks: AsyncIterator[Chunk]) -> None:
        """Take all chunks to their end."""
        fetched: asyncio.Queue[Chunk | None] = asyncio.Queue(1)
        checked: asyncio.Queue[tuple[Chunk, Chunk] | None] = asyncio.Queue(1)
        delivered: asyncio.Queue[Chunk | None] = asyncio.Queue(1)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._feed(chunks, fetched))
            group.create_task(self._check(fetched, checked))
            group.create_task(self._deliver(checked, delivered))
            group.create_task(self._acknowledge(delivered))

    async def again(self, ids: Chunk) -> None:
        """Take invoices that are ready (again) from dedupe to their end."""
        ready = await self._dedupe(ids)
        self._progress.to_deliver += len(ready)
        await self._upload(ready)
        await self._show()
        await self._tell(ids)

    async def tell_rest(self) -> None:
        """Acknowledge what earlier runs could not, until the source has heard all or takes no more."""
        while not self._bench.rehearsal and await acknowledge_chunk(self._bench, self._courtesy):
            pass

    async def _feed(self, chunks: AsyncIterator[Chunk], fetched: asyncio.Queue[Chunk | None]) -> None:
        async for chunk in chunks:
            self._progress.to_check += len(chunk)
            await fetched.put(chunk)
        await fetched.put(_End)

    async def _check(
        self, fetched: asyncio.Queue[Chunk | None], checked: asyncio.Queue[tuple[Chunk, Chunk] | None]
    ) -> None:
        while (chunk := await fetched.get()) is not None:
            await validate_chunk(self._bench, chunk, self._listed)
            ready = await self._dedupe(chunk)
            self._progress.checked += len(chunk)
            self._progress.to_deliver += len(ready)
            WATCHER.get().progressed(self._progress)
            await checked.put((chunk, ready))
        await checked.put(_End)

    async def _deliver(
        self, checked: asyncio.Queue[tuple[Chunk, Chunk] | None], delivered: asyncio.Queue[Chunk | None]
    ) -> None:
        while (pair := await checked.get()) is not None:
            chunk, ready = pair
            await self._upload(ready)
            await self._show()
            await delivered.put(chunk)
        await delivered.put(_End)

    async def _acknowledge(self, delivered: asyncio.Queue[Chunk | None]) -> None:
        while (chunk := await delivered.get()) is not None:
            await self._tell(chunk)

    async def _dedupe(self, chunk: Chunk) -> Chunk:
        return (await dedupe_chunk(self._bench, chunk, self._listed)).ready

    async def _upload(self, ready: Chunk) -> None:
        if not ready or self._bench.rehearsal or self._listed is None:
            return
        if self._bench.gate.closed_because is None:
            ready = await self._still_listed(ready)
            self._progress.delivered += await deliver_chunk(self._bench, ready, self._listed)

    async def _still_listed(self, ready: Chunk) -> Chunk:
        """The companies may have changed during a long run; without an answer, the last list stands."""
        with suppress(OutsideError):
            now_listed = await listed_companies(self._bench)
            if now_listed is not None and now_listed != self._listed:
                self._listed = now_listed
                return await self._dedupe(ready)
        return ready

    async def _show(self) -> None:
        """Once a chunk: the artifact costs the server as much as a task run."""
        WATCHER.get().progressed(self._progress)
        await self._report.update(self._progress.percentage)

    async def _tell(self, chunk: Chunk) -> None:
        if not self._bench.rehearsal and not self._courtesy.refused:
            await acknowledge_chunk(self._bench, self._courtesy, chunk)


def count_as_touched(bench: Workbench, ids: Chunk) -> None:
    """Let the job's counts include these invoices."""
    with bench.ledger.transaction(bench.actor, Waypoint.COUNTED_AS_TOUCHED) as connection:
        touch(connection, bench.actor, ids)
