"""Fetch: pages of the source into the ledger, each committed together with its cursor."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from prefect import State, task
from prefect.cache_policies import NO_CACHE
from prefect.tasks import exponential_backoff

from clients.errors import CursorExpired, OutsideError, SourceUnavailable
from db.arrivals import cursor_of, restart_feed, store_page, store_records
from db.breaker import Permission
from db.rejections import rejected_to_try_again
from db.waypoints import Waypoint, reached
from invoices.source import Page, Record, RejectedRecord
from logs.observing import stage
from tasks.breaker import GivenUp, LeftAlone
from tasks.workbench import Workbench

_LONGEST_PATIENCE_SECONDS = 60
_TRIED_AGAIN_A_RUN = 200


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a page brought: how many records, how many of them rejected, the new invoices, and what is next.

    `restarted` where the source had forgotten the cursor, so that the next page is the first.
    """

    records: int
    rejected: int
    invoice_ids: tuple[UUID, ...]
    cursor: str | None
    has_more: bool
    restarted: bool = False


def fetch_page(bench: Workbench, cursor: str | None) -> Fetched:
    """Read the page behind `cursor` and commit it; a cursor that the source has forgotten starts it over.

    Raises:
        SourceUnavailable, SourceRefused: The page could not be read; the ledger stands where it stood.
        LeftAlone: The source's breaker is not closed, so it was not asked.
        GivenUp: It could not be read, which was one failure too many.
        CursorMoved: Another run read on in the meantime.
    """
    name = bench.source.name
    try:
        page = _page(bench, cursor)
    except CursorExpired:
        if cursor is None:
            raise
        restart_feed(bench.ledger, bench.actor, name, cursor)
        return Fetched(0, 0, (), None, has_more=True, restarted=True)
    arrival = store_page(bench.ledger, bench.actor, name, page, cursor, bench.part)
    if not bench.rehearsal:
        reached(Waypoint.STORED_FILES_MOVE)
        bench.source.stored(page)
        reached(Waypoint.STORED_FILES_MOVED)
    return Fetched(
        len(page.records) + len(page.rejected),
        arrival.rejected,
        arrival.invoice_ids,
        page.next_cursor,
        page.has_more,
    )


def _page(bench: Workbench, cursor: str | None) -> Page:
    breaker = bench.source_breaker
    permission = breaker.permission()
    if not permission.allowed:
        raise LeftAlone(breaker.in_words(permission))
    try:
        page = bench.source.page(cursor)
    except SourceUnavailable as unavailable:
        _failed(bench, permission, unavailable)
        time.sleep(min(unavailable.retry_after or 0, _LONGEST_PATIENCE_SECONDS))
        raise
    except OutsideError:
        breaker.answered(permission)
        raise
    breaker.answered(permission)
    return page


def _failed(bench: Workbench, permission: Permission, unavailable: SourceUnavailable) -> None:
    breaker = bench.source_breaker
    if unavailable.wants_fewer_calls:
        breaker.put_back(permission)
    elif not (stands := breaker.failed(permission, str(unavailable))).allowed:
        raise GivenUp(f"{unavailable} {breaker.tried_again(stands)}") from unavailable


def fetch_again(bench: Workbench) -> Fetched:
    """Ask once more for records whose document was missing when they came by."""
    with bench.ledger.reading() as connection:
        source_ids = rejected_to_try_again(connection, bench.source.name, _TRIED_AGAIN_A_RUN)
    return _store(
        bench, [each for source_id in source_ids if (each := _record(bench, source_id)) is not None]
    )


@dataclass(frozen=True, slots=True)
class Named:
    """Records that were asked for by name: what came, what the source does not know, and why it stopped early."""

    fetched: Fetched
    unknown: tuple[str, ...]
    problem: str | None


def fetch_named(bench: Workbench, source_ids: Sequence[str]) -> Named:
    """Fetch records by the source's ids; the cursor stays. Once the source fails, it is not asked for the rest."""
    found: list[Record | RejectedRecord] = []
    unknown: list[str] = []
    problem: str | None = None
    for source_id in source_ids:
        try:
            record = bench.source.record(source_id)
        except OutsideError as error:
            problem = f"Records could not be fetched by name. {error}"
            break
        if record is None:
            unknown.append(source_id)
        else:
            found.append(record)
    return Named(_store(bench, found), tuple(unknown), problem)


def _store(bench: Workbench, found: Sequence[Record | RejectedRecord]) -> Fetched:
    records = [each for each in found if isinstance(each, Record)]
    rejected = [each for each in found if isinstance(each, RejectedRecord)]
    arrival = store_records(bench.ledger, bench.actor, bench.source.name, records, rejected, bench.part)
    return Fetched(len(found), len(rejected), arrival.invoice_ids, None, has_more=False)


def _record(bench: Workbench, source_id: str) -> Record | RejectedRecord | None:
    try:
        return bench.source.record(source_id)
    except SourceUnavailable:
        return None


def cursor_in_ledger(bench: Workbench) -> str | None:
    """Where the ledger stands in the source's feed."""
    with bench.ledger.reading() as connection:
        return cursor_of(connection, bench.source.name)


def in_chunks(ids: tuple[UUID, ...], size: int) -> Iterator[tuple[UUID, ...]]:
    """The ids in pieces of at most `size`."""
    return (ids[start : start + size] for start in range(0, len(ids), size))


def _may_help_to_repeat(_task: object, _run: object, state: State[Any]) -> bool:
    return isinstance(state.data, SourceUnavailable)


@task(
    name="fetch",
    retries=3,
    retry_delay_seconds=exponential_backoff(1),
    retry_jitter_factor=0.5,
    retry_condition_fn=_may_help_to_repeat,
    cache_policy=NO_CACHE,
)
async def fetch(bench: Workbench, cursor: str | None) -> Fetched:
    """Fetch one page; safe to repeat, because the ledger takes a record and a cursor only once."""
    with stage("fetch") as at_work:
        fetched = await asyncio.to_thread(bench.patiently, lambda: fetch_page(bench, cursor))
        at_work.items = fetched.records
    return fetched
