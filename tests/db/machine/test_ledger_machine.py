"""The ledger under everything that can happen to it, in any order; what must hold is looked at after each step.

`WAYBILL_EXAMPLES=5000` makes it try that many sequences instead of the few of an ordinary run, and
`WAYBILL_STEPS` makes each of them longer. On failure it prints the shortest sequence that it found, as the steps
of a test, and a blob with which `@reproduce_failure` repeats it. Where two threads raced, the second try may go
well: hypothesis then speaks of inconsistent data, and what was broken stands in the log.

To keep a sequence: write its steps as a test with a name in `tests/db/test_found_sequences.py`, in the words of
`Arrange`, and mend the ledger until it holds.
"""

import os

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import text

from tests.db.machine.at_once import AtOnce
from tests.db.machine.deciding import Deciding

SETTINGS = settings(
    max_examples=int(os.environ.get("WAYBILL_EXAMPLES", "40")),
    stateful_step_count=int(os.environ.get("WAYBILL_STEPS", "40")),
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)


class LedgerMachine(AtOnce, Deciding):
    """All rules together."""


def do_not_wait_for_the_disk(owner):
    """The server is not killed here, so what it says is committed stays so; the machine is twice as fast."""
    with owner.begin() as connection:
        connection.execute(text(f"ALTER DATABASE {owner.url.database} SET synchronous_commit = off"))
    owner.dispose()


def test_whatever_happens_the_ledger_loses_nothing_and_sends_nothing_twice(ledger, owner):
    LedgerMachine.ledger, LedgerMachine.owner = ledger, owner
    do_not_wait_for_the_disk(owner)
    run_state_machine_as_test(LedgerMachine, settings=SETTINGS)
