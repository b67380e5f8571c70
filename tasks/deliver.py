"""Deliver: claim, upload, settle, one invoice an upload slot; never repeated by any automatism."""

import asyncio
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar
from uuid import UUID

from prefect import task
from prefect.cache_policies import NO_CACHE

from clients.answers import Consequence, Outcome
from clients.clearfacts import Answer
from clients.clearfacts_queries import Upload
from clients.naming import Ref, upload_comment, upload_name
from db.deliveries import Claim, Settlement, TwinIsLive, WorkerLockLost, claim, settle
from db.pace import pause, pause_left, reserve_turn
from db.waypoints import Waypoint, reached
from tasks.dedupe import dedupe
from tasks.workbench import Workbench

P = ParamSpec("P")
R = TypeVar("R")


def deliver(bench: Workbench, ids: Sequence[UUID], listed: Collection[str]) -> int:
    """Upload those of `ids` that can be claimed, as many at a time as there are slots; returns how many.

    Each outcome is in the ledger before the next invoice of that slot is claimed. An invoice whose twin went
    live in the meantime goes back to dedupe.
    """
    waiting = _one_by_one(ids)
    blocked: list[UUID] = []
    slots = min(bench.settings.clearfacts_concurrency, len(ids)) or 1
    with ThreadPoolExecutor(slots, thread_name_prefix="upload-slot") as executor:
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
    while _may_go_on(bench) and (invoice_id := following()) is not None:
        try:
            uploaded += _upload(bench, invoice_id)
        except TwinIsLive:
            blocked.append(invoice_id)
        except WorkerLockLost as lost:
            bench.gate.close(str(lost))
    return uploaded


def _may_go_on(bench: Workbench) -> bool:
    return not bench.stopping.is_set() and bench.gate.closed_because is None


def _upload(bench: Workbench, invoice_id: UUID) -> bool:
    _wait_for_turn(bench)
    if not _may_go_on(bench):
        return False
    budget = bench.settings.clearfacts_timeout_seconds
    claimed = claim(bench.ledger, bench.actor, invoice_id, bench.worker, budget)
    if claimed is None:
        return False
    reached(Waypoint.UPLOAD_BEGINS)
    answer = bench.destination.upload(_form(claimed))
    reached(Waypoint.UPLOAD_ENDED)
    settled = settle(bench.ledger, bench.actor, claimed, _settlement(answer))
    _heed(bench, answer, settled)
    return True


def _wait_for_turn(bench: Workbench) -> None:
    interval = bench.settings.clearfacts_min_interval_seconds
    if not interval and not bench.paused.is_set():
        return
    left = pause_left(bench.ledger)
    if left > bench.settings.retry_within_seconds:
        bench.gate.close(f"Clearfacts asked to be left alone for {left:.0f} more seconds.", by_request=True)
        return
    bench.stopping.wait(max(left, reserve_turn(bench.ledger, bench.actor, interval)))


def _form(claimed: Claim) -> Upload:
    ref = Ref.of(claimed.invoice_id, claimed.document_sha256)
    return Upload(
        company_number=claimed.company_number,
        direction=claimed.direction,
        filename=upload_name(
            ref, claimed.direction, claimed.issue_date, claimed.counterparty, claimed.number
        ),
        comment=upload_comment(ref, claimed.note or ""),
        document=claimed.document,
    )


def _settlement(answer: Answer) -> Settlement:
    return Settlement(
        outcome=answer.outcome.value,
        code=answer.code,
        message=answer.message,
        http_status=answer.status,
        receipt=answer.receipt,
        answer=answer.body,
        retry_after=answer.retry_after,
        counts_as_try=answer.consequence is not Consequence.STOP,
    )


def _heed(bench: Workbench, answer: Answer, settled: Settlement) -> None:
    if answer.consequence is Consequence.STOP:
        bench.gate.close(answer.message)
    elif answer.consequence is Consequence.WAIT:
        bench.paused.set()
        pause(bench.ledger, bench.actor, answer.retry_after or bench.settings.clearfacts_min_interval_seconds)
    elif answer.outcome in {Outcome.ACCEPTED, Outcome.REFUSED}:
        bench.gate.usable_answer()
    else:
        bench.gate.no_usable_answer(settled.message)


@task(name="deliver", retries=0, cache_policy=NO_CACHE)
async def deliver_chunk(bench: Workbench, ids: Sequence[UUID], listed: Collection[str]) -> int:
    """Deliver a chunk. A run that is cancelled waits for the uploads under way and writes down their ends."""
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
