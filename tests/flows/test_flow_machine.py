"""All stages against both neighbours over HTTP, with faults, deaths and people in any order; judged after each step.

`WAYBILL_FLOW_EXAMPLES=200` makes it try that many sequences instead of the few of an ordinary run. On failure it
prints the shortest sequence that it found, as the steps of a test, and a blob with which `@reproduce_failure`
repeats it. To keep a sequence: write those steps as a test with a name in `tests/flows/test_found_in_flow.py`
(or, where the ledger alone shows it, in `tests/db/test_found_sequences.py`), and mend what failed.
"""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, ClassVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, text

from db.decisions import Decision, DecisionRefused, Ruling, decide, force
from db.ledger import Actor, Ledger
from db.lookups import InvoiceFilter, invoices
from db.waypoints import Waypoint
from invoices.check import Checker
from invoices.lifecycle import State
from sandbox.demo import DEMO_ADMINISTRATIONS
from sandbox.faults import FaultKind
from sandbox.judge import judge
from sandbox.serve import Sandbox
from tasks.check_pool import CheckPool
from tests.acceptance.test_kills import IN_THE_FACADE
from tests.db.machine.base import WIPE
from tests.flows.flow_world import (
    CONTESTED,
    FAULTS,
    RECORDS,
    SLOW_SECONDS,
    found_in_clearfacts,
    offered,
    uploads,
)
from tests.flows.whole_run import Died, dying, whole_run

SETTINGS = settings(
    max_examples=int(os.environ.get("WAYBILL_FLOW_EXAMPLES", "12")),
    stateful_step_count=8,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
MOST_RUNS = 5
PERSON = "an@example.be"

MORTAL = [
    each
    for each in Waypoint
    if each
    not in {
        *IN_THE_FACADE,
        Waypoint.DECIDED,
        Waypoint.ROUTE_CHANGED,
        Waypoint.REENCRYPTED,
        Waypoint.JOB_STARTED,
        Waypoint.JOB_ENDED,
    }
]
DEATHS = st.sampled_from(MORTAL + [Waypoint.CLAIMED, Waypoint.UPLOAD_BEGINS, Waypoint.UPLOAD_ENDED] * 4)
ONLY_WHILE_QUIET = ("is nowhere in the ledger", "is left as")
"""Complaints that mean nothing as long as a run is still to come."""

_LATER = (
    "UPDATE invoice SET next_attempt_at = next_attempt_at - make_interval(hours => :hours)",
    "UPDATE attempt SET budget_ends_at = budget_ends_at - make_interval(hours => :hours)",
    "UPDATE pace SET paused_until = paused_until - make_interval(hours => :hours)",
    "UPDATE breaker SET try_again_at = try_again_at - make_interval(hours => :hours)",
    "UPDATE rejected_record SET next_try_at = next_try_at - make_interval(hours => :hours)",
)


class FlowMachine(RuleBasedStateMachine):
    """One ledger and one sandbox, both emptied for each example."""

    ledger: ClassVar[Ledger]
    owner: ClassVar[Engine]
    sandbox: ClassVar[Sandbox]
    checks: ClassVar[CheckPool]

    def __init__(self) -> None:
        super().__init__()
        self._as_owner(WIPE)
        self.sandbox.feed.clear()
        self.sandbox.faults.clear()
        self.sandbox.journal.clear()
        for administration in DEMO_ADMINISTRATIONS:
            self.sandbox.portal.list_company(administration)
        self.offered: list[Any] = []
        self.sent_again: set[str] = set()
        self.let_pass: set[str] = set()
        self.slow = False

    def teardown(self) -> None:
        """All faults gone, enough runs, and then nothing may be left over."""
        if self.slow:
            time.sleep(SLOW_SECONDS)
        self.sandbox.faults.clear()
        for administration in DEMO_ADMINISTRATIONS:
            self.sandbox.portal.list_company(administration)
        for _ in range(MOST_RUNS):
            self.the_clock_jumps(25)
            self.everything_runs()
            complaints = self._complaints()
            if not complaints:
                break
        assert not complaints, "\n".join(complaints)

    @invariant()
    def ledger_and_clearfacts_agree(self) -> None:
        """All complaints but those that a run to come may settle."""
        found = [each for each in self._complaints() if not any(word in each for word in ONLY_WHILE_QUIET)]
        assert not found, "\n".join(found)

    @initialize(records=RECORDS)
    def there_are_records(self, records):
        self.records_come(records)

    @rule(records=RECORDS)
    def records_come(self, records):
        for record in records:
            self.sandbox.feed.put(replace(record, updated_at=None))
            self.offered.append(record)

    @rule(record=CONTESTED)
    def a_record_changes(self, record):
        self.records_come([record])

    @rule(which=st.integers(0, 5))
    def a_record_comes_again(self, which):
        self.sandbox.feed.repeat(self.offered[which % len(self.offered)].source_id)

    @rule(fault=FAULTS)
    def a_neighbour_will_fail(self, fault):
        self.slow |= fault.fault is FaultKind.SLOW
        self.sandbox.faults.add(fault)

    @rule()
    def a_company_is_no_longer_listed(self):
        self.sandbox.portal.unlist_company(DEMO_ADMINISTRATIONS[0].company_number)

    @rule()
    def everything_runs(self):
        whole_run(self.ledger, self.checks)

    @rule(waypoint=DEATHS, times=st.integers(1, 3))
    def a_run_dies(self, waypoint, times):
        with dying(waypoint, times) as is_dead:
            try:
                whole_run(self.ledger, self.checks)
            except Died:
                pass
            else:
                assert not is_dead(), "it was killed and went on to its end"

    @rule()
    def two_run_at_once(self):
        with ThreadPoolExecutor(2) as executor:
            for ended in [executor.submit(whole_run, self.ledger, self.checks) for _ in range(2)]:
                ended.result()

    @rule(which=st.integers(0, 5), choice=st.integers(0, 3))
    def a_person_decides(self, which, choice):
        """Looks into Clearfacts first; and is wrong at times."""
        waiting = [
            row for row in self._rows() if row["state"] in {"held", "outcome_unknown", "failed", "invalid"}
        ]
        if not waiting:
            return
        row = waiting[which % len(waiting)]
        receipt = found_in_clearfacts(self.sandbox.journal, row)
        if row["state"] != "outcome_unknown":
            ruled = [Decision.RELEASE, Decision.RELEASE, Decision.DISMISS, Decision.ALREADY_BOOKED][choice]
        elif choice == 3:
            ruled = Decision.DISMISS
        else:
            ruled = Decision.SEND_AGAIN if receipt is None or choice == 2 else Decision.ARRIVED
        self._decide(row, ruled, receipt if ruled is Decision.ARRIVED else None)

    @rule()
    def what_failed_is_forced(self):
        with self.ledger.transaction(Actor(PERSON), Waypoint.FORCED) as connection:
            force(connection, None)

    @rule(hours=st.sampled_from([-1, 1, 25]))
    def the_clock_jumps(self, hours):
        for statement in _LATER:
            self._as_owner(statement, hours=hours)

    def _decide(self, row, ruled, receipt):
        ruling = Ruling(ruled, PERSON, State(row["state"]), "I looked.", receipt)
        try:
            with self.ledger.transaction(Actor(PERSON), Waypoint.DECIDED) as connection:
                decide(connection, UUID(row["id"]), ruling)
        except DecisionRefused:
            return
        if ruled is Decision.SEND_AGAIN:
            self.sent_again.add(row["id"])
        if ruled is not Decision.ARRIVED:
            self.let_pass.add(row["number"])

    def _rows(self) -> list[dict[str, Any]]:
        with self.ledger.reading() as connection:
            return list(invoices(connection, InvoiceFilter()))

    def _complaints(self) -> list[str]:
        rows = self._rows()
        rejected = self._rejected()
        tally = judge(
            offered(self.offered), self.sandbox.journal, rows, rejected=rejected, sent_again=self.sent_again
        )
        # What is sending is owed a sweep; of what was sent again, the ledger keeps the last receipt.
        open_ = {
            row["document_sha256"]
            for row in rows
            if row["id"] in self.sent_again or row["state"] == "sending"
        }
        forgiven = {each.uuid for each in uploads(self.sandbox.journal) if each.sha256 in open_}
        found = [each for each in tally.faults if not any(f"as {uuid}," in each for uuid in forgiven)]
        return [*found, *self._same_number(rows)]

    def _same_number(self, rows: list[dict[str, Any]]) -> list[str]:
        """The same number of the same issuer, in whatever bytes, went out twice without a person's leave."""
        numbers = {row["document_sha256"]: row["number"] for row in rows if row["source_id"].startswith("R-")}
        taken = [numbers[each.sha256] for each in uploads(self.sandbox.journal) if each.sha256 in numbers]
        return [f"{each} went out twice" for each in set(taken) - self.let_pass if taken.count(each) > 1]

    def _rejected(self) -> set[tuple[str, int]]:
        """Those of which the source may by now give a newer version only, too."""
        with self.ledger.reading() as connection:
            rows = connection.execute(text("SELECT source_id, version FROM rejected_record")).all()
        return {(row.source_id, row.version) for row in rows}

    def _as_owner(self, statement: str, **parameters: object) -> None:
        with self.owner.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text(statement), parameters)


@pytest.fixture
def checks(checker: Checker):
    """One process that checks, for all runs of the machine."""
    pool = CheckPool(1, 60, checker)
    yield pool
    pool.close()


def test_whatever_happens_nothing_is_lost_twice_or_stuck(
    sandbox, ledger, owner, checks, data_dir, monkeypatch
):
    for name, value in {
        "CLEARFACTS_CONCURRENCY": "2",
        "CLEARFACTS_TIMEOUT_SECONDS": "1",
        "JAVA_BACKEND_TIMEOUT_SECONDS": "1",
        "RETRY_WITHIN_SECONDS": "1",
        "CLEARFACTS_GIVE_UP_AFTER": "3",
        "SOURCE_GIVE_UP_AFTER": "3",
        "BREAKER_OPEN_SECONDS": "0.2",
        "BREAKER_LONGEST_SECONDS": "0.5",
        "CHUNK_SIZE": "3",
        "DATA_DIR": str(data_dir),
    }.items():
        monkeypatch.setenv(f"WAYBILL_{name}", value)
    FlowMachine.ledger, FlowMachine.owner = ledger, owner
    FlowMachine.sandbox, FlowMachine.checks = sandbox, checks
    run_state_machine_as_test(FlowMachine, settings=SETTINGS)
