"""The rival without Prefect: a plain asyncio script, with the same stages, chunks and pipelining as the flow."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from uuid import UUID, uuid4

from db.jobs import End, RunOf, count_states, count_waiting, end_job, start_job
from db.sweep import sweep
from settings import Settings
from tasks.acknowledge import Courtesy, acknowledge
from tasks.dedupe import dedupe
from tasks.deliver import deliver
from tasks.fetch import cursor_in_ledger, fetch_page, in_chunks
from tasks.validate import validate
from tasks.workbench import Workbench, open_ledger, open_workbench

Chunk = Sequence[UUID]


async def forward_all() -> None:
    """Forward all that the source has, once."""
    settings = Settings()
    with open_ledger(settings) as ledger, ledger.worker() as worker:
        with ledger.engine.begin() as connection:
            job_id = start_job(connection, RunOf(uuid4(), 1), worker, "bare", "bench", {})
        with open_workbench(settings, ledger, job_id, worker, dry_run=False) as bench:
            sweep(bench.ledger, bench.actor)
            with ledger.source_lock(bench.source.name, settings.source_lock_wait_seconds):
                await _Pipeline(bench, bench.destination.administrations().company_numbers).run()
        with ledger.engine.begin() as connection:
            end_job(
                connection,
                job_id,
                End("completed", count_states(connection, job_id), count_waiting(connection), None),
            )


class _Pipeline:
    def __init__(self, bench: Workbench, listed: frozenset[str]) -> None:
        self._bench = bench
        self._listed = listed
        self._courtesy = Courtesy()

    async def run(self) -> None:
        fetched: asyncio.Queue[Chunk | None] = asyncio.Queue(1)
        checked: asyncio.Queue[tuple[Chunk, Chunk] | None] = asyncio.Queue(1)
        delivered: asyncio.Queue[Chunk | None] = asyncio.Queue(1)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._fetch(fetched))
            group.create_task(self._check(fetched, checked))
            group.create_task(self._deliver(checked, delivered))
            group.create_task(self._acknowledge(delivered))

    async def _fetch(self, fetched: asyncio.Queue[Chunk | None]) -> None:
        async for chunk in self._chunks():
            await fetched.put(chunk)
        await fetched.put(None)

    async def _chunks(self) -> AsyncIterator[Chunk]:
        cursor, more = cursor_in_ledger(self._bench), True
        while more:
            page = await asyncio.to_thread(fetch_page, self._bench, cursor)
            for chunk in in_chunks(page.invoice_ids, self._bench.settings.chunk_size):
                yield chunk
            cursor, more = page.cursor, page.has_more

    async def _check(
        self, fetched: asyncio.Queue[Chunk | None], checked: asyncio.Queue[tuple[Chunk, Chunk] | None]
    ) -> None:
        while (chunk := await fetched.get()) is not None:
            await asyncio.to_thread(validate, self._bench, chunk, self._listed)
            await checked.put((chunk, await asyncio.to_thread(dedupe, self._bench, chunk, self._listed)))
        await checked.put(None)

    async def _deliver(
        self, checked: asyncio.Queue[tuple[Chunk, Chunk] | None], delivered: asyncio.Queue[Chunk | None]
    ) -> None:
        while (pair := await checked.get()) is not None:
            chunk, ready = pair
            await asyncio.to_thread(deliver, self._bench, ready, self._listed)
            await delivered.put(chunk)
        await delivered.put(None)

    async def _acknowledge(self, delivered: asyncio.Queue[Chunk | None]) -> None:
        while (chunk := await delivered.get()) is not None:
            await asyncio.to_thread(acknowledge, self._bench, self._courtesy, chunk)
