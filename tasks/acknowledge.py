"""Acknowledge: tell the source what became of its records; a courtesy that may fail and is tried again."""

import asyncio
from collections.abc import Sequence
from functools import partial
from uuid import UUID

from prefect import task
from prefect.cache_policies import NO_CACHE

from clients.errors import OutsideError
from db.waiting import mark_acknowledged, unacknowledged
from db.waypoints import Waypoint, reached
from invoices.lifecycle import State
from invoices.source import Acknowledgement
from logs.correlation import CorrelatedThreads
from logs.observing import stage
from tasks.workbench import Workbench

_AT_THE_SAME_TIME = 4
_GIVE_UP_AFTER = 5


class Courtesy:
    """Whether the source still takes acknowledgements in this run; after some failures it is left alone."""

    def __init__(self) -> None:
        self._failures = 0

    @property
    def refused(self) -> bool:
        """Whether it has failed too often."""
        return self._failures >= _GIVE_UP_AFTER

    def failed(self) -> None:
        """Count a failure."""
        self._failures += 1


def acknowledge(bench: Workbench, courtesy: Courtesy, ids: Sequence[UUID] | None = None) -> int:
    """Tell the source about those of `ids` (None: all, a few hundred at a time) whose state is news to it.

    A source whose breaker is not closed is told nothing for now.
    """
    if not bench.source_breaker.seen().allowed:
        return 0
    limit = len(ids) if ids is not None else bench.settings.chunk_size
    with bench.ledger.reading() as connection:
        news = unacknowledged(connection, bench.source.name, limit, ids, bench.part)
    with CorrelatedThreads(_AT_THE_SAME_TIME, thread_name_prefix="acknowledge") as executor:
        told = list(executor.map(lambda each: _tell(bench, courtesy, each[2]), news))
    heard = [(invoice_id, state) for (invoice_id, state, _), ok in zip(news, told, strict=True) if ok]
    bench.patiently(partial(_mark, bench, heard))
    return len(heard)


def _mark(bench: Workbench, heard: Sequence[tuple[UUID, State]]) -> None:
    with bench.ledger.transaction(bench.actor, Waypoint.ACKNOWLEDGED) as connection:
        mark_acknowledged(connection, heard)


def _tell(bench: Workbench, courtesy: Courtesy, acknowledgement: Acknowledgement) -> bool:
    if courtesy.refused or bench.stopping.is_set():
        return False
    try:
        reached(Waypoint.ACKNOWLEDGEMENT_BEGINS)
        bench.source.acknowledge(acknowledgement)
        reached(Waypoint.ACKNOWLEDGEMENT_ENDED)
    except OutsideError:
        courtesy.failed()
        return False
    return True


@task(name="acknowledge", cache_policy=NO_CACHE)
async def acknowledge_chunk(bench: Workbench, courtesy: Courtesy, ids: Sequence[UUID] | None = None) -> int:
    """Acknowledge a chunk."""
    with stage("acknowledge") as at_work:
        at_work.items = await asyncio.to_thread(acknowledge, bench, courtesy, ids)
    return at_work.items
