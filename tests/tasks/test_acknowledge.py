"""Acknowledge: the source hears what became of its records; a courtesy that may fail."""

import pytest

from sandbox.faults import FaultKind
from sandbox.journal import Call, Outcome
from tasks.acknowledge import Courtesy, acknowledge
from tasks.deliver import deliver
from tests.tasks.conftest import LISTED


@pytest.fixture
def sent(bench, ready):
    """Ids of so many delivered invoices, of which the source has not heard."""

    def make(count):
        ids = ready(bench, count)
        deliver(bench, ids, LISTED)
        return ids

    return make


def told(sandbox, outcome=Outcome.ACCEPTED):
    return [entry for entry in sandbox.journal.entries(Call.ACKNOWLEDGEMENT) if entry.outcome is outcome]


def test_the_source_hears_state_and_receipt_of_each_once(bench, sent, sandbox, rows):
    ids = sent(3)

    assert acknowledge(bench, Courtesy(), ids) == 3
    assert acknowledge(bench, Courtesy(), ids) == 0

    heard = {entry.source_id: (entry.acknowledged, entry.receipt) for entry in told(sandbox)}
    assert heard == {row["source_id"]: ("sent", row["receipt"]) for row in rows()}


def test_what_is_still_under_way_is_not_told(bench, ready, sandbox):
    ids = ready(bench, 2)
    assert acknowledge(bench, Courtesy(), ids) == 0
    assert told(sandbox) == []


def test_without_ids_all_news_is_told_a_chunk_at_a_time(bench, sent, sandbox):
    sent(5)
    bench.settings = bench.settings.model_copy(update={"chunk_size": 2})
    assert [acknowledge(bench, Courtesy()) for _ in range(4)] == [2, 2, 1, 0]
    assert len(told(sandbox)) == 5


def test_one_that_failed_is_told_by_a_later_run(bench, sent, fault, sandbox):
    ids = sent(1)
    fault(Call.ACKNOWLEDGEMENT, FaultKind.SERVER_ERROR)
    assert acknowledge(bench, Courtesy(), ids) == 0
    assert acknowledge(bench, Courtesy(), ids) == 1


def test_after_some_failures_the_source_is_left_alone_for_the_rest_of_the_run(bench, sent, fault, sandbox):
    ids = sent(20)
    fault(Call.ACKNOWLEDGEMENT, FaultKind.SERVER_ERROR, times=None)
    courtesy = Courtesy()

    assert acknowledge(bench, courtesy, ids) == 0

    asked = len(sandbox.journal.entries(Call.ACKNOWLEDGEMENT))
    assert courtesy.refused
    assert 5 <= asked < 20
    acknowledge(bench, courtesy, ids)
    assert len(sandbox.journal.entries(Call.ACKNOWLEDGEMENT)) == asked


def test_nothing_is_told_once_the_run_was_asked_to_stop(bench, sent, sandbox):
    ids = sent(1)
    bench.stopping.set()
    assert acknowledge(bench, Courtesy(), ids) == 0
    assert sandbox.journal.entries(Call.ACKNOWLEDGEMENT) == []
