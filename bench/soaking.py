"""One soak: a sandbox that offers and fails, runs that are killed until nothing waits, and the verdict."""

import os
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from sqlalchemy import text

from bench.killing import Runs, resident_bytes
from bench.misfortune import SOURCE_SECONDS, UPLOAD_SECONDS, faults
from bench.soaked import Plan, Result
from bench.twins import Offer, offers
from clients.java_backend import JavaBackend
from db.arrivals import cursor_of
from db.ledger import Ledger
from db.lookups import InvoiceFilter, invoices, jobs
from sandbox.demo import DEMO_ADMINISTRATIONS
from sandbox.journal import Call, Outcome
from sandbox.judge import ON_THE_WAY, Tally, judge
from sandbox.serve import Sandbox

_TWINS = 0.02
_TELL_EVERY_SECONDS = 5.0
_MOST_RUNS_WITHOUT_PROGRESS = 40
_LAST_RUNS = (("--force", "--all-failed"), (), (), (), ())


def soak(plan: Plan, ledger_url: str, data_dir: Path, say: Callable[[str], None]) -> Result:
    """Send the invoices of `plan` into the ledger at `ledger_url` and on, and judge.

    A Prefect server must be in the environment (`PREFECT_API_URL`).

    Raises:
        RuntimeError: Runs came to no end, or got nowhere.
    """
    ledger = Ledger(ledger_url)
    ledger.prepare()
    records = (offer.record for offer in _offers(plan))
    with Sandbox(records, DEMO_ADMINISTRATIONS) as sandbox:
        for fault in faults(plan.faults, plan.invoices, plan.chunk_size, plan.seed):
            sandbox.faults.add(fault)
        soaking = Soaking(plan, ledger, sandbox, data_dir, say)
        try:
            soaking.endure()
            soaking.settle()
            return soaking.result()
        finally:
            ledger.close()


def _offers(plan: Plan) -> Iterator[Offer]:
    return offers(plan.invoices, _TWINS, plan.seed)


class Soaking:
    """A soak under way."""

    def __init__(
        self, plan: Plan, ledger: Ledger, sandbox: Sandbox, data_dir: Path, say: Callable[[str], None]
    ) -> None:
        self._plan = plan
        self._ledger = ledger
        self._sandbox = sandbox
        self._say = say
        self._peak = self._peak_of_first_tenth = 0
        self._started = self._tell_at = time.monotonic()
        environment = _environment(plan, ledger, sandbox, data_dir)
        self._runs = Runs(environment, data_dir, self._uploads, self._look)

    def endure(self) -> None:
        """Runs, killed and started again, until the feed is read and nothing waits."""
        chance = random.Random(self._plan.seed)
        idle, before = 0, self._position()
        while not self._at_rest():
            if self._plan.most_kills is None or self._runs.ends.states["killed"] < self._plan.most_kills:
                self._runs.under_fire(chance, self._plan.kill_every)
            else:
                self._runs.to_the_end()
            now = self._position()
            idle, before = (idle + 1 if now == before else 0), now
            if idle > _MOST_RUNS_WITHOUT_PROGRESS:
                raise RuntimeError(f"{idle} runs in a row got nowhere: {dict(self._runs.ends.states)}")

    def settle(self) -> None:
        """With no more faults: what the source gave badly comes again, what was refused is released."""
        self._say("No more faults, no more kills: the last runs.")
        self._sandbox.faults.clear()
        self._offer_again()
        for arguments in _LAST_RUNS:
            self._runs.to_the_end(*arguments)
            if self._at_rest() and not self._states()["failed"]:
                return

    def result(self) -> Result:
        """What came of it, from the journal and the ledger."""
        seconds = time.monotonic() - self._started
        tally, states = self._judged(), self._states()
        struck = Counter(
            f"{each.kind} {each.fault}" for each in self._sandbox.journal.entries() if each.fault
        )
        return Result(
            self._plan.invoices,
            sum(1 for _ in _offers(self._plan)),
            tally,
            dict(self._runs.ends.states),
            dict(struck),
            dict(states),
            dict(self._reasons()),
            seconds,
            self._peak_of_first_tenth,
            self._peak,
            (*tally.faults, *self._runs.ends.crashed),
        )

    def _judged(self) -> Tally:
        same = dict(offer.same for offer in _offers(self._plan) if offer.record is not offer.original)
        offered = (offer.offered for offer in _offers(self._plan))
        with self._ledger.reading() as connection:
            return judge(offered, self._sandbox.journal, invoices(connection, InvoiceFilter()), same=same)

    def _reasons(self) -> Counter[str]:
        with self._ledger.reading() as connection:
            errors = [job["error"] for job in jobs(connection, (), None) if job["state"] == "failed"]
        return Counter(re.sub(r"\d+", "N", error or "") for error in errors)

    def _at_rest(self) -> bool:
        """Whether the feed is read to its end and nothing waits."""
        changes, _, _ = self._sandbox.feed.page(self._cursor(), 1)
        return not changes and not any(self._states()[state] for state in ON_THE_WAY)

    def _position(self) -> tuple[object, ...]:
        return self._cursor(), self._accepted(), self._states()

    def _cursor(self) -> str | None:
        with self._ledger.reading() as connection:
            return cursor_of(connection, JavaBackend.name)

    def _states(self) -> Counter[str]:
        with self._ledger.reading() as connection:
            rows = connection.execute(
                text("SELECT state, count(*) AS invoices FROM invoice GROUP BY state")
            ).all()
        return Counter({row.state: row.invoices for row in rows})

    def _uploads(self) -> int:
        return len(self._sandbox.journal.entries(Call.UPLOAD))

    def _accepted(self) -> int:
        uploads = self._sandbox.journal.entries(Call.UPLOAD)
        return sum(each.outcome is Outcome.ACCEPTED for each in uploads)

    def _offer_again(self) -> None:
        """Every version of each record that was rejected: by then the source may show the last alone."""
        with self._ledger.reading() as connection:
            rows = connection.execute(_REJECTED).all()
        waiting = {row.source_id for row in rows if row.waits}
        changes = self._sandbox.feed.changes()
        versions = Counter(each.record.source_id for each in changes)
        again = waiting | {row.source_id for row in rows if versions[row.source_id] > 1}
        for each in changes:
            if each.record.source_id in again:
                self._sandbox.feed.put(replace(each.record, updated_at=None))

    def _look(self, pids: list[int]) -> None:
        """See how much memory the runs take, and tell from time to time how far they are."""
        self._peak = max(self._peak, *map(resident_bytes, pids))
        now = time.monotonic()
        if now < self._tell_at:
            return
        self._tell_at = now + _TELL_EVERY_SECONDS
        accepted, ends = self._accepted(), self._runs.ends.states
        if accepted <= self._plan.invoices / 10:
            self._peak_of_first_tenth = self._peak
        self._say(
            f"{now - self._started:>6.0f} s: {accepted:,} accepted, {ends['killed']:,} of {ends.total():,} runs killed,"
            f" {self._peak / 2**20:.0f} MiB"
        )


_REJECTED = text("""
SELECT source_id, bool_or(resolved_at IS NULL) AS waits FROM rejected_record
WHERE source_id IS NOT NULL GROUP BY source_id
""")


def _environment(plan: Plan, ledger: Ledger, sandbox: Sandbox, data_dir: Path) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("WAYBILL_")}
    settings = {
        "WAYBILL_DATABASE_URL": ledger.url.render_as_string(hide_password=False),
        "WAYBILL_DATA_DIR": str(data_dir),
        "WAYBILL_DELIVER_FROM": "2020-01-01",
        "WAYBILL_CHUNK_SIZE": str(plan.chunk_size),
        "WAYBILL_CLEARFACTS_CONCURRENCY": "8",
        "WAYBILL_CLEARFACTS_MIN_INTERVAL_SECONDS": "0",
        "WAYBILL_CLEARFACTS_TIMEOUT_SECONDS": str(UPLOAD_SECONDS),
        "WAYBILL_JAVA_BACKEND_TIMEOUT_SECONDS": str(SOURCE_SECONDS),
        "WAYBILL_BREAKER_OPEN_SECONDS": "1",
        "WAYBILL_BREAKER_LONGEST_SECONDS": "4",
        "WAYBILL_RETRY_WITHIN_SECONDS": "3",
        "WAYBILL_SOURCE_LOCK_WAIT_SECONDS": "1",
    }
    return inherited | sandbox.environment | settings
