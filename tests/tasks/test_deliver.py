"""Deliver: claim, upload, settle, one invoice an upload slot."""

import asyncio
import threading
from datetime import UTC, datetime
from itertools import pairwise
from uuid import UUID

import pytest
from sqlalchemy import text

from clients.naming import Ref
from db.lookups import attempts
from db.waypoints import Waypoint
from sandbox.faults import FaultKind
from sandbox.journal import Call, Outcome
from tasks.deliver import deliver, to_its_end
from tests.tasks.conftest import LISTED


@pytest.fixture
def all_attempts(ledger):
    def read():
        with ledger.reading() as connection:
            return list(attempts(connection, [], None))

    return read


def uploads(sandbox):
    return sandbox.journal.entries(Call.UPLOAD)


def test_each_upload_has_an_attempt_with_its_receipt_and_its_ref(bench, ready, sandbox, rows, all_attempts):
    ids = ready(bench, 3)

    assert deliver(bench, ids, LISTED) == 3

    for row, attempt, upload in zip(rows(), all_attempts(), uploads(sandbox), strict=True):
        assert row["state"] == "sent"
        assert row["receipt"] == attempt["receipt"] == upload.uuid
        assert attempt["outcome"] == "accepted"
        assert upload.sha256 == row["document_sha256"]
        assert upload.company_number == row["company_number"]
        assert upload.invoicetype == row["direction"]
        ref = Ref.of(UUID(row["id"]), row["document_sha256"])
        assert upload.comment == str(ref)
        assert upload.filename.endswith(f"_WB{ref.short_id}.xml")


def test_all_slots_together_upload_each_invoice_once(open_bench, ready, states, sandbox):
    with open_bench(clearfacts_concurrency=4) as bench:
        ids = ready(bench, 20)
        assert deliver(bench, ids, LISTED) == 20
    assert states() == ["sent"] * 20
    assert len({upload.comment for upload in uploads(sandbox)}) == 20


def test_what_is_not_ready_any_more_is_not_uploaded(bench, ready, sandbox):
    ids = ready(bench, 2)
    deliver(bench, ids, LISTED)
    assert deliver(bench, ids, LISTED) == 0
    assert len(uploads(sandbox)) == 2


def test_nothing_to_deliver_is_no_work(bench):
    assert deliver(bench, [], LISTED) == 0


class TestStopping:
    def test_nothing_is_begun_once_the_run_was_asked_to_stop(self, bench, ready, states, sandbox):
        ids = ready(bench, 2)
        bench.stopping.set()
        assert deliver(bench, ids, LISTED) == 0
        assert states() == ["ready", "ready"]
        assert uploads(sandbox) == []

    def test_the_upload_under_way_is_settled_and_no_other_is_begun(
        self, bench, ready, states, fault, sandbox
    ):
        ids = ready(bench, 3)
        fault(Call.UPLOAD, FaultKind.SLOW, seconds=1, times=1)

        threading.Timer(0.3, bench.stopping.set).start()
        assert deliver(bench, ids, LISTED) == 1

        assert states() == ["sent", "ready", "ready"]
        assert len(uploads(sandbox)) == 1

    def test_a_turn_that_is_waited_for_is_given_up(self, open_bench, ready, states):
        with open_bench(clearfacts_min_interval_seconds=600) as bench:
            ids = ready(bench, 3)
            threading.Timer(0.3, bench.stopping.set).start()
            assert deliver(bench, ids, LISTED) == 1
        assert states() == ["sent", "ready", "ready"]

    def test_work_that_is_cancelled_is_asked_to_stop_and_waited_for(self):
        stopping, done = threading.Event(), []

        def work(word):
            done.append(stopping.wait(30) and word)

        async def cancelled():
            running = asyncio.create_task(to_its_end(stopping, work, "settled"))
            await asyncio.sleep(0.1)
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running

        asyncio.run(cancelled())
        assert done == ["settled"]

    def test_work_that_is_not_cancelled_gives_its_result(self):
        stopping = threading.Event()
        assert asyncio.run(to_its_end(stopping, max, 1, 2)) == 2
        assert not stopping.is_set()


class TestPace:
    def test_a_429_pauses_all_uploads_and_the_invoice_goes_again(
        self, bench, ready, fault, rows, ledger, sandbox
    ):
        ids = ready(bench, 3)
        fault(Call.UPLOAD, FaultKind.TOO_MANY_REQUESTS, retry_after="2")

        deliver(bench, ids, LISTED)

        assert [row["state"] for row in rows()] == ["ready", "sent", "sent"]
        refused, second, _ = uploads(sandbox)
        assert (second.time - refused.time).total_seconds() > 1.5
        assert bench.gate.closed_because is None
        with ledger.reading() as connection:
            due = connection.execute(
                text("SELECT next_attempt_at FROM invoice WHERE state = 'ready'")
            ).scalar_one()
        assert due > refused.time

    def test_uploads_keep_the_least_interval_between_them(self, open_bench, ready, sandbox):
        with open_bench(clearfacts_min_interval_seconds=0.4, clearfacts_concurrency=2) as bench:
            deliver(bench, ready(bench, 3), LISTED)
        times = [upload.time for upload in uploads(sandbox)]
        gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(times)]
        assert min(gaps) > 0.2


class TestTheGate:
    def test_a_refused_token_closes_it_at_once_and_says_why(self, bench, ready, fault, states, sandbox):
        ids = ready(bench, 3)
        fault(Call.UPLOAD, FaultKind.UNAUTHORIZED, times=None)

        deliver(bench, ids, LISTED)

        assert "token" in bench.gate.closed_because
        assert len(uploads(sandbox)) == 1
        assert states() == ["ready"] * 3

    def test_refusals_of_single_invoices_do_not_close_it(self, open_bench, ready, fault, states):
        fault(Call.UPLOAD, FaultKind.ERRORS, times=None)
        with open_bench(clearfacts_give_up_after=1) as bench:
            deliver(bench, ready(bench, 3), LISTED)
            assert bench.gate.closed_because is None
        assert states() == ["failed"] * 3

    def test_a_worker_that_lost_its_lock_uploads_nothing(self, bench, ready, owner, states, sandbox):
        ids = ready(bench, 2)
        with owner.begin() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks JOIN pg_stat_activity USING (pid)"
                    " WHERE locktype = 'advisory' AND datname = current_database()"
                )
            )

        assert deliver(bench, ids, LISTED) == 0

        assert "lock" in bench.gate.closed_because
        assert uploads(sandbox) == []
        assert states() == ["ready", "ready"]


class TestTheBreaker:
    @pytest.fixture
    def tripped(self, open_bench, ready, fault, sandbox):
        """So many invoices, the first two of which tripped the breaker; Clearfacts is well again."""

        def make(count):
            failing = fault(Call.UPLOAD, FaultKind.SERVER_ERROR, times=None)
            with open_bench(clearfacts_give_up_after=2) as bench:
                ids = ready(bench, count)
                deliver(bench, ids, LISTED)
                assert bench.gate.closed_because.startswith("2 calls in a row had no usable answer")
                assert not bench.gate.closed_by_request
            sandbox.faults.remove(failing.id)
            sandbox.journal.clear()
            return ids

        return make

    @pytest.fixture
    def due(self, tripped, owner):
        """The same, and the time for which Clearfacts was left alone is up."""

        def make(count):
            ids = tripped(count)
            with owner.begin() as connection:
                connection.execute(text("UPDATE breaker SET try_again_at = now()"))
            return ids

        return make

    def test_it_opens_after_several_unknown_outcomes_in_a_row(self, tripped, states):
        tripped(4)
        assert states() == ["outcome_unknown", "outcome_unknown", "ready", "ready"]

    def test_the_next_run_uploads_nothing_and_says_until_when_and_how_many_wait(
        self, open_bench, tripped, states, sandbox
    ):
        ids = tripped(4)
        with open_bench() as bench:
            assert deliver(bench, ids, LISTED) == 0
            assert bench.gate.closed_by_request
            words = bench.gate.closed_because
        assert words.startswith("Clearfacts is left alone: 2 calls in a row had no usable answer.")
        assert "It is tried again from 20" in words
        assert words.endswith("Ready to be forwarded: 2.")
        assert uploads(sandbox) == []
        assert states()[2:] == ["ready", "ready"]

    def test_what_waits_for_it_is_as_ready_as_before(self, open_bench, tripped, ledger):
        ids = tripped(3)
        with open_bench() as bench:
            deliver(bench, ids, LISTED)
        with ledger.reading() as connection:
            waiting = text("SELECT tries, next_attempt_at FROM invoice WHERE state = 'ready'")
            assert [tuple(row) for row in connection.execute(waiting)] == [(0, None)]

    @pytest.mark.parametrize("slots", [1, 4])
    def test_when_its_time_is_up_one_upload_goes_through_and_the_others_follow(
        self, open_bench, due, fault, states, all_attempts, slots
    ):
        ids = due(8)
        fault(Call.UPLOAD, FaultKind.SLOW, seconds=0.5, times=1)
        with open_bench(clearfacts_concurrency=slots) as bench:
            assert deliver(bench, ids, LISTED) == 6
        assert states()[2:] == ["sent"] * 6
        probe, *others = all_attempts()[2:]
        assert len(others) == 5
        assert all(each["claimed_at"] > probe["settled_at"] for each in others)

    def test_while_another_run_probes_nothing_is_uploaded(self, open_bench, due, sandbox):
        ids = due(4)
        with open_bench() as probing, open_bench() as other:
            assert probing.destination_breaker.permission().probe
            assert deliver(other, ids, LISTED) == 0
            assert "Another run tries it at this moment." in other.gate.closed_because
        assert uploads(sandbox) == []

    def test_a_probe_that_fails_opens_it_again(self, open_bench, due, fault, states):
        ids = due(4)
        fault(Call.UPLOAD, FaultKind.SERVER_ERROR, times=None)
        with open_bench(clearfacts_concurrency=4) as bench:
            assert deliver(bench, ids, LISTED) == 1
            assert bench.gate.closed_because.startswith("3 calls in a row")
            assert not bench.gate.closed_by_request
            assert not bench.destination_breaker.seen().due
        assert states().count("outcome_unknown") == 3

    @pytest.mark.parametrize(
        ("kind", "details"),
        [
            (FaultKind.TOO_MANY_REQUESTS, {"retry_after": "1"}),
            (FaultKind.UNAUTHORIZED, {}),
            (FaultKind.ERRORS, {}),
        ],
    )
    def test_any_answer_to_a_probe_but_a_failure_closes_it(self, open_bench, due, fault, kind, details):
        ids = due(3)
        fault(Call.UPLOAD, kind, times=1, **details)
        with open_bench() as bench:
            deliver(bench, ids, LISTED)
            assert bench.destination_breaker.seen().allowed

    def test_a_probe_for_which_there_is_nothing_to_upload_is_put_back(self, open_bench, due):
        ids = due(3)
        with open_bench() as bench:
            assert deliver(bench, ids[:2], LISTED) == 0
            assert bench.destination_breaker.seen().due
            assert bench.gate.closed_because is None

    @pytest.mark.parametrize("kind", [FaultKind.ERRORS, FaultKind.TOO_MANY_REQUESTS])
    def test_answers_are_no_failures(self, open_bench, ready, fault, kind):
        fault(Call.UPLOAD, kind, times=2)
        with open_bench(clearfacts_give_up_after=1, retry_within_seconds=0) as bench:
            deliver(bench, ready(bench, 3), LISTED)
            assert bench.destination_breaker.seen().allowed
            assert bench.destination_breaker.seen().failures == 0

    def test_the_last_error_on_record_quotes_nothing_of_the_answer(self, tripped, ledger):
        tripped(2)
        with ledger.reading() as connection:
            error = connection.execute(text("SELECT last_error FROM breaker")).scalar_one()
        assert error == "An upload was answered with 500 (server_error)."


def test_an_invoice_whose_twin_went_live_meanwhile_goes_back_to_dedupe(bench, ready, ledger, rows, sandbox):
    first, second = ready(bench, 2)
    with ledger.transaction(bench.actor, Waypoint.CLAIMED) as connection:
        connection.execute(
            text("UPDATE invoice SET identity_key = (SELECT identity_key FROM invoice WHERE id = :first)"),
            {"first": first},
        )

    assert deliver(bench, [first, second], LISTED) == 1

    sent, kept_back = rows()
    assert (sent["state"], kept_back["state"]) == ("sent", "held")
    assert kept_back["blocked_by"] == sent["id"]
    assert len(uploads(sandbox)) == 1


def test_an_upload_that_may_have_arrived_is_never_repeated(bench, ready, fault, states, sandbox):
    ids = ready(bench, 1)
    fault(Call.UPLOAD, FaultKind.DROP, taken=True)

    deliver(bench, ids, LISTED)
    deliver(bench, ids, LISTED)

    assert states() == ["outcome_unknown"]
    assert [upload.outcome for upload in uploads(sandbox)] == [Outcome.ACCEPTED]


def test_an_attempt_says_when_its_upload_can_no_longer_be_under_way(open_bench, ready, ledger):
    before = datetime.now(UTC)
    with open_bench(clearfacts_timeout_seconds=45) as bench:
        deliver(bench, ready(bench, 1), LISTED)
    with ledger.reading() as connection:
        row = connection.execute(text("SELECT claimed_at, budget_ends_at FROM attempt")).one()
    assert row.claimed_at > before
    assert (row.budget_ends_at - row.claimed_at).total_seconds() == pytest.approx(45, abs=1)
