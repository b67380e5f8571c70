"""Sequences that the ledger machine found and that broke the ledger once; each must hold from then on.

How to keep one: `tests/db/machine/test_ledger_machine.py`.
"""

import threading
from concurrent.futures import ThreadPoolExecutor

from invoices.lifecycle import State
from tests.db.conftest import number_of


class TestWaitingInACircle:
    def test_a_first_document_does_not_wait_for_the_one_that_is_held_because_of_it(self, arrange):
        facts = arrange.facts(number_of(1))
        first, changed = arrange.arrive(
            arrange.record("r1", document=b"first"), arrange.record("r1", document=b"changed")
        )
        arrange.check(first, changed, facts=facts)

        assert arrange.dedupe(first, changed) == [first]
        assert arrange.states(first, changed) == [State.READY, State.HELD]
        assert arrange.row(changed).blocked_by == first

    def test_nor_for_one_that_waits_for_that_one(self, arrange):
        facts = arrange.facts(number_of(1))
        first, changed = arrange.arrive(
            arrange.record("r1", document=b"first"), arrange.record("r1", document=b"changed")
        )
        (other,) = arrange.arrive(arrange.record("r2", document=b"other"))
        arrange.check(changed, other, facts=facts)
        arrange.dedupe(other)
        assert arrange.row(other).blocked_by == changed
        arrange.check(first, facts=facts)

        assert arrange.dedupe(first) == [first]


class TestArrivingAtOnce:
    def test_of_two_versions_that_arrive_at_the_same_moment_the_newer_supersedes_the_older(self, arrange):
        start = threading.Barrier(2)

        def arrive(version, source_id):
            start.wait()
            return arrange.arrive(arrange.record(source_id, version))[0]

        for turn in range(10):
            with ThreadPoolExecutor(2) as executor:
                older, newer = executor.map(arrive, (1, 2), (f"r{turn}",) * 2)
            assert arrange.states(older, newer) == [State.SUPERSEDED, State.RECEIVED]
