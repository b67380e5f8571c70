"""Reconciliation: what was forwarded in the last days, read back from Clearfacts and compared."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

from prefect import State, flow

from db.jobs import count_waiting
from db.reconciliations import Reconciliation, Window, sent_in, store, window
from db.waypoints import Waypoint
from flows.asking import who_asked
from flows.hooks import tell_people
from flows.parameters import Days, RequestedBy
from flows.run_names import run_name
from flows.running import Job, Request, ended, run_job
from flows.watching import WATCHER, Progress, RunReport
from tasks.monthly_counts import Compared
from tasks.receipts import Seen
from tasks.reconcile import Inquiry, Tally, compare, read_chunk
from tasks.reconciliation_report import show
from tasks.workbench import open_destination

FLOW_NAME = "reconcile-deliveries"
MOST_FINDINGS = 200
"""Findings that a report lists; it says how many more there are."""

NOTHING = dict.fromkeys(("receipts", *(seen.value for seen in Seen), "fewer"), 0)
"""The counts of a run that read nothing."""


@dataclass(slots=True)
class Gathered:
    """What was found so far; it does not grow with what was forwarded."""

    seen: Counter[Seen] = field(default_factory=Counter)
    not_asked: int = 0
    findings: list[dict[str, Any]] = field(default_factory=list)
    left_out: int = 0
    months: Compared | None = None
    notes: list[str] = field(default_factory=list)

    def add(self, tally: Tally) -> None:
        """Take in a chunk of receipts."""
        self.seen += tally.seen
        self.not_asked += tally.not_asked
        self.note(tally.findings)

    def note(self, findings: Iterable[dict[str, Any]]) -> None:
        """List findings as long as there is room."""
        for each in findings:
            if len(self.findings) < MOST_FINDINGS:
                self.findings.append(each)
            else:
                self.left_out += 1

    def take_months(self, months: Compared | str) -> None:
        """Take in the comparison of monthly counts, or why there is none."""
        if isinstance(months, str):
            self.notes.append(f"Clearfacts' monthly counts could not be compared. {months}")
            return
        self.months = months
        self.note(months.findings)
        if months.missing:
            self.notes.append(f"Clearfacts has no count for {months.missing} months of companies.")
        if months.malformed:
            self.notes.append(f"{months.malformed} of Clearfacts' counts could not be read.")

    @property
    def fewer(self) -> int:
        """In how many months of companies Clearfacts has fewer documents."""
        return len(self.months.findings) if self.months else 0

    @property
    def counts(self) -> dict[str, int]:
        """The counts of the job."""
        seen = {each.value: self.seen[each] for each in Seen}
        return {"receipts": self.seen.total(), **seen, "fewer": self.fewer}

    @property
    def to_look_at(self) -> int:
        """What a person should look at: a receipt that one only saw has been looked at already."""
        return self.seen[Seen.DIFFERENT] + self.seen[Seen.NOT_CHECKED] + self.fewer


@flow(
    name=FLOW_NAME,
    version=version("waybill"),
    flow_run_name=run_name,
    validate_parameters=True,
    persist_result=False,
    on_completion=[tell_people],
    on_failure=[tell_people],
    on_crashed=[tell_people],
    on_cancellation=[tell_people],
)
async def reconcile_deliveries(days: Days = None, requested_by: RequestedBy = None) -> State[None]:
    """Compare what was forwarded with what Clearfacts shows; no invoice's state changes.

    Args:
        days: How far back. Left out: WAYBILL_RECONCILE_DAYS.
        requested_by: Who asks for the run, for its job and the audit trail. Left out: where Prefect has it from.
    """

    async def work(job: Job) -> RunReport:
        with closing(open_destination(job.settings)) as destination:
            return await _reconcile(job, Inquiry(job.settings, job.ledger, destination), days)

    report = await run_job(Request(FLOW_NAME, who_asked(requested_by), {"days": days}, NOTHING), work)
    counts = report.counts
    return ended(
        report,
        well=f"{counts['confirmed']} receipts confirmed.",
        person=f"{counts['different']} receipts differ, {counts['not_checked']} could not be checked,"
        f" {counts['fewer']} monthly counts are lower than they should be.",
    )


async def _reconcile(job: Job, inquiry: Inquiry, days: int | None) -> RunReport:
    with job.ledger.reading() as connection:
        wanted = window(connection, days or job.settings.reconcile_days)
    found = Gathered()
    await _read_all(inquiry, wanted, found)
    if inquiry.closed_because is None:
        found.take_months(await compare(inquiry, wanted))
    return await _report(job, wanted, found, _problems(inquiry, found))


async def _read_all(inquiry: Inquiry, wanted: Window, found: Gathered) -> None:
    chunks, progress = sent_in(inquiry.ledger, wanted, inquiry.settings.chunk_size), Progress()
    while chunk := await asyncio.to_thread(next, chunks, None):
        progress.to_check += len(chunk)
        found.add(await read_chunk(inquiry, chunk))
        progress.checked += len(chunk)
        WATCHER.get().progressed(progress)


def _problems(inquiry: Inquiry, found: Gathered) -> tuple[str, ...]:
    if inquiry.closed_because is None:
        return ()
    return (f"Reading receipts stopped early, {found.not_asked} were not read. {inquiry.closed_because}",)


async def _report(job: Job, wanted: Window, found: Gathered, problems: tuple[str, ...]) -> RunReport:
    reconciliation = Reconciliation(
        receipts=found.seen.total(),
        **{each.value: found.seen[each] for each in Seen},
        statistics=found.months.as_json() if found.months else None,
        findings=found.findings,
        findings_left_out=found.left_out,
        notes=found.notes,
    )
    with job.ledger.transaction(job.actor, Waypoint.RECONCILED) as connection:
        store(connection, job.id, wanted, reconciliation)
        waiting = count_waiting(connection)
    await show(reconciliation, problems)
    state = "failed" if problems else "needs_person" if found.to_look_at else "completed"
    return RunReport(job.id, state, found.counts, waiting, problems, tuple(found.notes))
