"""Dedupe: which of the checked invoices may go out, and which are held or duplicates."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from prefect import task
from prefect.cache_policies import NO_CACHE

from db import dedupe as ledger_dedupe
from db import freeing
from db.arrivals import touch
from db.waypoints import Waypoint
from logs.observing import stage
from tasks.compare import compare
from tasks.workbench import Workbench


def dedupe(bench: Workbench, ids: Sequence[UUID], listed: Collection[str] | None) -> list[UUID]:
    """Decide about those of `ids` that are checked or ready; returns the ones that may be delivered."""
    routes = bench.routes()
    with bench.ledger.transaction(bench.actor, Waypoint.DEDUPED) as connection:
        ready = ledger_dedupe.dedupe(connection, ids, listed, routes)
    compare(bench, ids)
    return ready


def free(bench: Workbench, listed: Collection[str] | None) -> list[UUID]:
    """Make ready what of the run's part nothing keeps back any more, and count it as this run's."""
    routes = bench.routes()
    with bench.ledger.transaction(bench.actor, Waypoint.FREED) as connection:
        freed = freeing.free(connection, listed, routes, bench.part)
        touch(connection, bench.actor, freed)
    return freed


@dataclass(frozen=True, slots=True)
class Deduped:
    """What may be delivered of a chunk.

    Not a bare list: Prefect keeps a note of each item of a list that a task returns until the run ends.
    """

    ready: Sequence[UUID]


@task(name="dedupe", retries=2, retry_delay_seconds=2, cache_policy=NO_CACHE)
async def dedupe_chunk(bench: Workbench, ids: Sequence[UUID], listed: Collection[str] | None) -> Deduped:
    """Dedupe a chunk; safe to repeat."""
    with stage("dedupe", len(ids)):
        return Deduped(await asyncio.to_thread(bench.patiently, lambda: dedupe(bench, ids, listed)))
