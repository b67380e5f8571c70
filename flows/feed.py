"""What a run works on: what the ledger still has, then what the source has anew."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from uuid import UUID

from clients.errors import OutsideError
from db.arrivals import CursorMoved
from db.waiting import unfinished
from flows.pipeline import Chunk, count_as_touched
from flows.watching import Progress
from tasks.breaker import LeftAlone
from tasks.fetch import Fetched, cursor_in_ledger, fetch, fetch_again, in_chunks
from tasks.workbench import Workbench

_MOST_CIRCLES = 3
_PAUSE_IN_CIRCLES_SECONDS = 1.0


@dataclass(slots=True)
class Feed:
    """The chunks of one run; what kept it from reading the source stands in `problems` and `notes`."""

    bench: Workbench
    progress: Progress
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    async def chunks(self, invoice_ids: Sequence[UUID] | None) -> AsyncIterator[Chunk]:
        """Named invoices alone; or, without names, all that can go on and all that the source has anew."""
        earlier = unfinished(self.bench.ledger, self.bench.settings.chunk_size, invoice_ids)
        while chunk := await asyncio.to_thread(next, earlier, None):
            await asyncio.to_thread(count_as_touched, self.bench, chunk)
            yield chunk
        if invoice_ids is None:
            async for fetched in self._fetched():
                self.progress.fetched += fetched.records
                self.progress.rejected_records += fetched.rejected
                for piece in in_chunks(fetched.invoice_ids, self.bench.settings.chunk_size):
                    yield piece

    async def _fetched(self) -> AsyncIterator[Fetched]:
        settings, name = self.bench.settings, self.bench.source.name
        with ExitStack() as stack:
            lock = self.bench.ledger.source_lock(name, settings.source_lock_wait_seconds)
            if not await asyncio.to_thread(stack.enter_context, lock):
                self.notes.append(f"Another run is reading {name}; this one worked on what the ledger has.")
                return
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
