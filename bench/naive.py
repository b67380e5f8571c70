"""The naive Prefect shape: a task run for each stage of each invoice, over the same functions as the flow."""

import time
from collections.abc import Iterator
from uuid import UUID, uuid4

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.task_runners import ThreadPoolTaskRunner

from db.arrivals import store_records
from db.jobs import RunOf, start_job
from invoices.source import Record
from settings import Settings
from tasks.acknowledge import Courtesy, acknowledge
from tasks.dedupe import dedupe
from tasks.deliver import deliver
from tasks.validate import validate
from tasks.workbench import Workbench, open_ledger, open_workbench

_THREADS = 16


class Stages:
    """The stages of one invoice, and when each invoice came to its end."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._listed = bench.destination.administrations().company_numbers
        self._courtesy = Courtesy()
        self.ends: list[float] = []

    def fetch(self, source_id: str) -> list[UUID]:
        """Into the ledger with it."""
        record = self._bench.source.record(source_id)
        if not isinstance(record, Record):
            raise TypeError(f"the sandbox has no usable record {source_id}")
        arrival = store_records(self._bench.ledger, self._bench.actor, self._bench.source.name, [record], [])
        return list(arrival.invoice_ids)

    def validate(self, ids: list[UUID]) -> list[UUID]:
        """Check and judge it."""
        validate(self._bench, ids, self._listed)
        return ids

    def dedupe(self, ids: list[UUID]) -> list[UUID]:
        """See whether it may go out."""
        return dedupe(self._bench, ids, self._listed)

    def deliver(self, ids: list[UUID]) -> None:
        """Upload it, and tell the source."""
        deliver(self._bench, ids, self._listed)
        acknowledge(self._bench, self._courtesy, ids)
        self.ends.append(time.perf_counter())


@flow(name="naive", task_runner=ThreadPoolTaskRunner(max_workers=_THREADS))
def forward_each(stages: Stages, source_ids: list[str]) -> None:
    """Four task runs for each invoice, of several invoices at a time."""
    fetch, check, select, send = (
        task(stage, name=stage.__name__, cache_policy=NO_CACHE)
        for stage in (stages.fetch, stages.validate, stages.dedupe, stages.deliver)
    )
    sent = [send.submit(select.submit(check.submit(fetch.submit(each)))) for each in source_ids]
    for each in sent:
        each.result()


def forward_all() -> float:
    """Forward all that the source has; returns the seconds that it takes.

    What comes before the first invoice has arrived is left out: in a small sample it would weigh too much.
    """
    settings = Settings()
    with open_ledger(settings) as ledger, ledger.worker() as worker:
        with ledger.engine.begin() as connection:
            job_id = start_job(connection, RunOf(uuid4(), 1), worker, "naive", "bench", {})
        with open_workbench(settings, ledger, job_id, worker, dry_run=False) as bench:
            stages = Stages(bench)
            source_ids = list(_source_ids(bench))
            forward_each(stages, source_ids)
    ends = stages.ends
    return (max(ends) - min(ends)) * len(ends) / (len(ends) - 1)


def _source_ids(bench: Workbench) -> Iterator[str]:
    cursor, more = None, True
    while more:
        page = bench.source.page(cursor)
        yield from (record.source_id for record in page.records)
        cursor, more = page.next_cursor, page.has_more
