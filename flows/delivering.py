"""Delivering: what the main job and redelivery have in common, before and after their own work."""

import asyncio
from collections.abc import Collection, Iterable
from uuid import UUID

from clients.errors import OutsideError
from db.jobs import COUNTED, count_states, count_waiting
from db.lookups import InvoiceFilter, invoices
from db.sweep import sweep
from db.waiting import due_again, make_due
from db.waypoints import Waypoint
from flows.pipeline import Chunk, Pipeline, count_as_touched
from flows.watching import Progress, RunReport
from invoices.lifecycle import NEEDS_PERSON
from tasks.companies import listed_companies
from tasks.dedupe import free
from tasks.report import MOST_ROWS, ProgressReport, report_result
from tasks.workbench import Workbench

NOTHING = {"fetched": 0, "rejected_records": 0} | {state.value: 0 for state in COUNTED}
"""The counts of a run that delivered nothing."""


class Delivery:
    """A run that delivers: its companies, its pipeline, and what keeps it from its work."""

    def __init__(
        self,
        bench: Workbench,
        listed: frozenset[str] | None,
        artifact: ProgressReport,
    ) -> None:
        self.progress = Progress()
        self.problems: list[str] = []
        self.notes: list[str] = []
        self.pipeline = Pipeline(bench, listed, self.progress, artifact)
        self._bench = bench
        self._asked_for: frozenset[UUID] | None = frozenset()
        self._listed = listed

    @classmethod
    async def begin(cls, bench: Workbench) -> "Delivery":
        """Settle claims that died, and free what nothing keeps back any more."""
        count_as_touched(bench, sweep(bench.ledger, bench.actor))
        artifact = await ProgressReport.begin()
        try:
            listed, problems = await listed_companies(bench), []
        except OutsideError as error:
            listed = None
            problems = [f"Clearfacts did not give its list of companies, so nothing was sent. {error}"]
        free(bench, listed)
        begun = cls(bench, listed, artifact)
        begun.problems += problems
        return begun

    def asks_for(self, invoice_ids: Collection[UUID] | None) -> None:
        """Let named invoices go at once, instead of when they are due; None asks for all that is due."""
        if invoice_ids is None or self._asked_for is None:
            self._asked_for = None
        else:
            self._asked_for |= frozenset(invoice_ids)
        if invoice_ids:
            with self._bench.ledger.transaction(self._bench.actor, Waypoint.MADE_DUE) as connection:
                make_due(connection, list(invoice_ids))

    @property
    def may_upload(self) -> bool:
        """Whether anything can still be delivered in this run."""
        gate_is_open = self._bench.gate.closed_because is None and not self._bench.stopping.is_set()
        return self._listed is not None and gate_is_open and not self._bench.rehearsal

    async def straight(self, chunks: Iterable[Chunk]) -> None:
        """Deliver chunks of what is ready, as long as anything can be delivered."""
        remaining = iter(chunks)
        while self.may_upload and (chunk := await asyncio.to_thread(next, remaining, None)):
            await asyncio.to_thread(count_as_touched, self._bench, chunk)
            await self.pipeline.again(chunk)

    async def end(self) -> RunReport:
        """Tell the source what it has not heard, and report."""
        await self.pipeline.tell_rest()
        if reason := self._bench.gate.closed_because:
            said = self.notes if self._bench.gate.closed_by_request else self.problems
            said.append(f"Delivery stopped early. {reason}")
        self.problems += sorted(self._bench.locked)
        report = _report(self._bench, self)
        await report_result(report.counts, _needing_person(self._bench), report.problems)
        return report

    async def last_rounds(self) -> None:
        """Once more for what was provably not delivered and is due soon, and for what was freed meanwhile."""
        bench = self._bench
        for _ in range(bench.settings.retry_rounds):
            if not self.may_upload:
                return
            free(bench, self._listed)
            with bench.ledger.reading() as connection:
                due, wait = due_again(connection, _job(bench), bench.settings.retry_within_seconds)
            if self._asked_for is not None:
                due = [each for each in due if each in self._asked_for]
            if not due:
                return
            await asyncio.sleep(wait)
            await self.pipeline.again(due)


def _job(bench: Workbench) -> UUID:
    if bench.actor.job_id is None:
        raise RuntimeError("a run's workbench names its job")
    return bench.actor.job_id


def _report(bench: Workbench, delivery: Delivery) -> RunReport:
    job_id, progress = _job(bench), delivery.progress
    with bench.ledger.reading() as connection:
        states = count_states(connection, job_id)
        waiting = count_waiting(connection)
        outcomes = list(invoices(connection, InvoiceFilter(job_id=job_id))) if bench.rehearsal else []
    counts = {"fetched": progress.fetched, "rejected_records": progress.rejected_records, **states}
    problems, notes = tuple(delivery.problems), tuple(delivery.notes)
    report = RunReport(job_id, "completed", counts, waiting, problems, notes, outcomes)
    if problems:
        return report.ended("failed")
    return report.ended("needs_person" if report.need_person else "completed")


def _needing_person(bench: Workbench) -> list[dict[str, object]]:
    wanted = InvoiceFilter(job_id=_job(bench), states=sorted(NEEDS_PERSON), limit=MOST_ROWS)
    with bench.ledger.reading() as connection:
        return list(invoices(connection, wanted))
