"""Deliver: the upload slots, through which invoices go one by one."""

import asyncio
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import ParamSpec, TypeVar
from uuid import UUID

from prefect import task
from prefect.cache_policies import NO_CACHE

from db.claims import TwinIsLive, WorkerLockLost
from logs.correlation import CorrelatedThreads
from logs.observing import stage
from tasks.dedupe import dedupe
from tasks.upload import may_go_on, upload
from tasks.workbench import Workbench

P = ParamSpec("P")
R = TypeVar("R")


def deliver(bench: Workbench, ids: Sequence[UUID], listed: Collection[str]) -> int:
    """Upload those of `ids` that can be claimed, as many at a time as there are slots; returns how many.

    Each outcome is in the ledger before the next invoice of that slot is claimed. An invoice whose twin went
    live in the meantime goes back to dedupe. While the destination's breaker is open, nothing is claimed.
    """
    seen = bench.destination_breaker.seen()
    if not (seen.allowed or seen.due):
        bench.leave_destination_alone(seen)
        return 0
    waiting = _one_by_one(ids)
    blocked: list[UUID] = []
    slots = min(bench.settings.clearfacts_concurrency, len(ids)) or 1
    with CorrelatedThreads(slots, thread_name_prefix="upload-slot") as executor:
        uploaded = sum(executor.map(lambda _: _work_off(bench, waiting, blocked), range(slots)))
    if blocked:
        dedupe(bench, blocked, listed)
    return uploaded


def _one_by_one(ids: Sequence[UUID]) -> Callable[[], UUID | None]:
    remaining: Iterator[UUID] = iter(ids)
    lock = threading.Lock()

    def following() -> UUID | None:
        with lock:
            return next(remaining, None)

    return following


def _work_off(bench: Workbench, following: Callable[[], UUID | None], blocked: list[UUID]) -> int:
    uploaded = 0
    while may_go_on(bench) and (invoice_id := following()) is not None:
        try:
            uploaded += upload(bench, invoice_id)
        except TwinIsLive:
            blocked.append(invoice_id)
        except WorkerLockLost as lost:
            bench.gate.close(str(lost))
    return uploaded


@task(name="deliver", retries=0, cache_policy=NO_CACHE)
async def deliver_chunk(bench: Workbench, ids: Sequence[UUID], listed: Collection[str]) -> int:
    """Deliver a chunk. A run that is cancelled waits for the uploads under way and writes down their ends."""
    with stage("deliver", len(ids)):
        return await to_its_end(bench.stopping, deliver, bench, ids, listed)


async def to_its_end(stopping: threading.Event, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run `work` in a thread; when cancelled, ask it to stop and wait until it has, then be cancelled."""
    running = asyncio.ensure_future(asyncio.to_thread(work, *args, **kwargs))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        stopping.set()
        await asyncio.wait([running])
        raise
