"""What a run works on: what the ledger still has, then what the source has anew.

A run for a part of the companies works on what the ledger has of it, and goes on until the source has been read to
its end: by itself, for all parts, or by another run that was first.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import ExitStack, aclosing
from dataclasses import dataclass, field
from uuid import UUID

from clients.errors import OutsideError
from db.arrivals import CursorMoved, invoices_of_records
from db.waiting import unfinished, unfinished_as_they_come
from flows.pipeline import Chunk, count_as_touched
from flows.wanted import Wanted
from flows.watching import Progress
from invoices.parts import WHOLE
from tasks.breaker import LeftAlone
from tasks.fetch import Fetched, cursor_in_ledger, fetch, fetch_again, fetch_named, in_chunks
from tasks.workbench import Workbench

_NAMED_AT_ONCE = 20
_MOST_CIRCLES = 3
_PAUSE_IN_CIRCLES_SECONDS = 1.0
_LOOK_AGAIN_SECONDS = 1.0


@dataclass(slots=True)
class Feed:
    """The chunks of one run; what kept it from reading the source stands in `problems` and `notes`."""

    bench: Workbench
    progress: Progress
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    not_had: set[str] = field(default_factory=set)
    """Records that were asked for by name and could not be had, because the source failed."""

    async def chunks(self, wanted: Wanted) -> AsyncGenerator[Chunk, None]:
        """Named invoices and records; and, where everything is wanted, all that can go on and all that is new."""
        if self.bench.part != WHOLE:
            async with aclosing(self._of_part()) as waiting:
                async for of_part in waiting:
                    yield of_part
            return
        named = wanted.invoice_ids | await self._records_named(sorted(wanted.source_ids))
        ids = None if wanted.everything else sorted(named)
        earlier = unfinished(self.bench.ledger, self.bench.settings.chunk_size, ids)
        while chunk := await asyncio.to_thread(next, earlier, None):
            await asyncio.to_thread(count_as_touched, self.bench, chunk)
            yield chunk
        if wanted.everything:
            async for fetched in self._fetched():
                self._count(fetched)
                for piece in in_chunks(fetched.invoice_ids, self.bench.settings.chunk_size):
                    yield piece

    async def _records_named(self, source_ids: Sequence[str]) -> frozenset[UUID]:
        """The invoices of records that were fetched by name."""
        for start in range(0, len(source_ids), _NAMED_AT_ONCE):
            piece = source_ids[start : start + _NAMED_AT_ONCE]
            named = await asyncio.to_thread(fetch_named, self.bench, piece)
            self._count(named.fetched)
            self.notes += [f"The source does not know record {name}." for name in named.unknown]
            if named.problem:
                self.problems.append(named.problem)
                self.not_had.update(source_ids[start:])
                break
        with self.bench.ledger.reading() as connection:
            return frozenset(invoices_of_records(connection, self.bench.source.name, source_ids))

    def _count(self, fetched: Fetched) -> None:
        self.progress.fetched += fetched.records
        self.progress.rejected_records += fetched.rejected

    async def _of_part(self) -> AsyncGenerator[Chunk, None]:
        waiting = unfinished_as_they_come(self.bench.ledger, self.bench.settings.chunk_size, self.bench.part)
        reading = asyncio.create_task(self._read_for_all())
        try:
            while True:
                nothing_more_comes = reading.done()
                if chunk := await asyncio.to_thread(next, waiting):
                    await asyncio.to_thread(count_as_touched, self.bench, chunk)
                    yield chunk
                elif nothing_more_comes:
                    break
                else:
                    await asyncio.wait([reading], timeout=_LOOK_AGAIN_SECONDS)
            await reading
        finally:
            reading.cancel()
            await asyncio.wait([reading])

    async def _read_for_all(self) -> None:
        """Read the source to its end, once no other run is reading it; a reader that dies has a successor."""
        while not self.bench.stopping.is_set():
            with ExitStack() as stack:
                if await self._has_turn(stack, wait_seconds=0):
                    async for fetched in self._read():
                        self._count(fetched)
                    return
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)

    async def _fetched(self) -> AsyncIterator[Fetched]:
        with ExitStack() as stack:
            if await self._has_turn(stack, self.bench.settings.source_lock_wait_seconds):
                async for fetched in self._read():
                    yield fetched
            else:
                name = self.bench.source.name
                self.notes.append(f"Another run is reading {name}; this one worked on what the ledger has.")

    async def _has_turn(self, stack: ExitStack, wait_seconds: float) -> bool:
        """Whether this run is the one that reads the source, for as long as `stack` lasts."""
        lock = self.bench.ledger.source_lock(self.bench.source.name, wait_seconds)
        return await asyncio.to_thread(stack.enter_context, lock)

    async def _read(self) -> AsyncIterator[Fetched]:
        try:
            async for fetched in self._pages():
                yield fetched
            yield await asyncio.to_thread(fetch_again, self.bench)
        except CursorMoved as moved:
            self.notes.append(f"Stopped reading: {moved}.")
        except LeftAlone as left_alone:
            self.notes.append(f"This run worked on what the ledger has. {left_alone}")
        except OutsideError as error:
            self.problems.append(f"The source could not be read to its end. {error}")

    async def _pages(self) -> AsyncIterator[Fetched]:
        cursor = await asyncio.to_thread(cursor_in_ledger, self.bench)
        seen, circles, more = {cursor}, 0, True
        while more and not self.bench.stopping.is_set():
            fetched = await fetch(self.bench, cursor)
            yield fetched
            cursor, more = fetched.cursor, fetched.has_more
            if more and (fetched.restarted or (cursor is not None and cursor in seen)):
                circles += 1
                if circles > _MOST_CIRCLES:
                    self.problems.append("The source's cursors lead round in circles; reading stopped there.")
                    return
                await asyncio.sleep(_PAUSE_IN_CIRCLES_SECONDS)
            seen.add(cursor)
