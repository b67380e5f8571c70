"""Housekeeping: documents erased and old rows deleted, a batch a transaction; killed anywhere, the next run goes on."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from prefect import task
from prefect.artifacts import acreate_markdown_artifact
from prefect.cache_policies import NO_CACHE

from db.ledger import Actor, Ledger
from db.retention import BEGINNING, PRUNED, Place, Rules, erase_leftovers, erase_next, forget_outcomes, prune
from tasks.deliver import to_its_end
from tasks.report import summary


@dataclass(eq=False, frozen=True, slots=True)
class Chores:
    """What a run of housekeeping works on, by which rules; `stopping` is set when it is asked to end."""

    ledger: Ledger
    actor: Actor
    rules: Rules
    stopping: threading.Event


@dataclass(slots=True)
class Done:
    """What was erased and deleted so far; `deleted` by table."""

    erased: int = 0
    on_hold: int = 0
    still_open: int = 0
    rejected_records: int = 0
    reasons: int = 0
    deleted: Counter[str] = field(default_factory=Counter)

    @property
    def counts(self) -> dict[str, int]:
        """The counts of the job: documents erased, and kept past their years for a hold or somebody who is due."""
        return {
            "erased": self.erased,
            "on_hold": self.on_hold,
            "still_open": self.still_open,
            "rejected_records_erased": self.rejected_records,
            "deleted": self.deleted.total(),
        }

    @property
    def notes(self) -> list[str]:
        """What a person should know, though nothing is wrong."""
        said = (
            f"{self.still_open} documents are past their years and were kept, because an invoice still waits for a"
            " run or a person: decide about it, and the next housekeeping erases its document."
        )
        return [said] if self.still_open else []


def erase(chores: Chores, done: Done) -> None:
    """Erase what is due, batch by batch, until all was looked at."""
    place: Place | None = BEGINNING
    while place is not None and not chores.stopping.is_set():
        looked = erase_next(chores.ledger, chores.actor, chores.rules, place)
        done.erased += looked.erased
        done.on_hold += looked.on_hold
        done.still_open += looked.still_open
        place = looked.after
    while not chores.stopping.is_set():
        rejected, reasons = erase_leftovers(chores.ledger, chores.actor, chores.rules)
        done.rejected_records += rejected
        done.reasons += reasons
        if chores.rules.pretend or not rejected:
            return


def delete(chores: Chores, done: Done) -> None:
    """Delete what nobody needs any more, table by table, in the order in which rows hang on each other."""
    for table in PRUNED:
        _until_none(chores, done, table, partial(prune, table=table))
    _until_none(chores, done, "job", forget_outcomes)


def _until_none(chores: Chores, done: Done, table: str, batch: Callable[[Ledger, Actor, Rules], int]) -> None:
    while not chores.stopping.is_set():
        deleted = batch(chores.ledger, chores.actor, chores.rules)
        done.deleted[table] += deleted
        if chores.rules.pretend or not deleted:
            return


@task(name="erase", retries=2, retry_delay_seconds=2, cache_policy=NO_CACHE)
async def erase_old(chores: Chores, done: Done) -> None:
    """Erase documents; safe to repeat, because what is erased is not looked at again."""
    await to_its_end(chores.stopping, erase, chores, done)


@task(name="delete", retries=2, retry_delay_seconds=2, cache_policy=NO_CACHE)
async def delete_old(chores: Chores, done: Done) -> None:
    """Delete old rows; safe to repeat."""
    await to_its_end(chores.stopping, delete, chores, done)


async def show(done: Done, notes: Sequence[str], *, dry_run: bool) -> None:
    """Write down what housekeeping came to, as an artifact in Prefect."""
    tables = {f"deleted: {table}": rows for table, rows in done.deleted.items() if rows}
    head = "Nothing was changed; this would be:\n\n" if dry_run else ""
    await acreate_markdown_artifact(head + summary({**done.counts, **tables}, notes), key="housekeeping")
