"""A run of all stages as plain functions, without Prefect; and one that dies at a waypoint as a process would."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID, uuid4

from clients.errors import OutsideError
from db.arrivals import CursorMoved
from db.jobs import RunOf, start_job
from db.ledger import Ledger
from db.sweep import sweep
from db.waiting import due_again, unfinished
from db.waypoints import Waypoint, listening
from settings import Settings
from tasks.acknowledge import Courtesy, acknowledge
from tasks.breaker import LeftAlone
from tasks.check_pool import CheckPool
from tasks.companies import ask_for_companies
from tasks.dedupe import dedupe, free
from tasks.deliver import deliver
from tasks.fetch import cursor_in_ledger, fetch_again, fetch_page
from tasks.validate import validate
from tasks.workbench import Workbench, open_workbench

_MOST_PAGES = 20


class Died(BaseException):
    """The end of a process that was killed; no program catches it."""


@contextmanager
def dying(waypoint: Waypoint, times: int) -> Iterator[Callable[[], bool]]:
    """Let whoever reaches `waypoint` for the nth time die, and every thread that comes to any waypoint after it."""
    left, lock, dead = times, threading.Lock(), threading.Event()

    def listener(reached: Waypoint) -> None:
        nonlocal left
        with lock:
            left -= reached is waypoint
            if left <= 0:
                dead.set()
        if dead.is_set():
            raise Died

    with listening(listener):
        yield dead.is_set


def whole_run(ledger: Ledger, checks: CheckPool) -> None:
    """From the sweep to the last acknowledgement, as `process-invoices` does it; `checks` outlives it.

    What is raised at a waypoint ends it there: its worker's lock is given up and nothing is settled.
    """
    settings = Settings()
    with ledger.worker() as worker:
        with ledger.engine.begin() as connection:
            job_id = start_job(connection, RunOf(uuid4(), 1), worker, "process-invoices", "a test", {})
        with open_workbench(settings, ledger, job_id, worker, dry_run=False) as bench:
            bench.checks = checks
            _stages(bench, job_id)


def _stages(bench: Workbench, job_id: UUID) -> None:
    sweep(bench.ledger, bench.actor)
    listed = _listed(bench)
    free(bench, listed)
    for chunk in unfinished(bench.ledger, bench.settings.chunk_size):
        _work(bench, chunk, listed)
    for chunk in _fetched(bench):
        _work(bench, chunk, listed)
    free(bench, listed)
    with bench.ledger.reading() as connection:
        due, _ = due_again(connection, job_id, 0)
    _work(bench, due, listed)
    acknowledge(bench, Courtesy())


def _listed(bench: Workbench) -> frozenset[str] | None:
    try:
        return ask_for_companies(bench)
    except OutsideError:
        return None


def _work(bench: Workbench, chunk: Sequence[UUID], listed: frozenset[str] | None) -> None:
    validate(bench, chunk, listed)
    ready = dedupe(bench, chunk, listed)
    if ready and listed is not None and bench.gate.closed_because is None:
        deliver(bench, ready, listed)


def _fetched(bench: Workbench) -> Iterator[Sequence[UUID]]:
    with bench.ledger.source_lock(bench.source.name, 0.2) as held:
        if not held:
            return
        try:
            cursor = cursor_in_ledger(bench)
            for _ in range(_MOST_PAGES):
                fetched = fetch_page(bench, cursor)
                yield fetched.invoice_ids
                cursor = fetched.cursor
                if not fetched.has_more:
                    break
            yield fetch_again(bench).invoice_ids
        except (CursorMoved, LeftAlone, OutsideError):
            return
