"""Claims and settlements: what stands in the ledger before and after an upload, whoever dies in between."""

import signal
import subprocess
import sys
import threading

import pytest
from sqlalchemy import text

from db.claims import TwinIsLive, WorkerLockLost, claim
from db.ledger import Actor
from db.pace import pause, pause_left, reserve_turn
from db.sweep import sweep
from invoices.lifecycle import State


class TestClaim:
    def test_it_writes_the_attempt_before_anything_is_sent(self, arrange):
        invoice_id = arrange.in_state(State.READY)

        claimed = arrange.claim(invoice_id)

        assert claimed.invoice_id == invoice_id
        assert arrange.state(invoice_id) is State.SENDING
        (attempt,) = arrange.all("SELECT * FROM attempt")
        assert (attempt.invoice_id, attempt.settled_at, attempt.worker) == (invoice_id, None, arrange.worker)
        assert attempt.budget_ends_at > attempt.claimed_at

    @pytest.mark.parametrize("state", sorted(set(State) - {State.READY}))
    def test_only_a_ready_invoice_can_be_claimed(self, arrange, state):
        invoice_id = arrange.in_state(state)

        assert arrange.claim(invoice_id) is None
        assert arrange.state(invoice_id) is state

    def test_one_that_is_not_due_yet_cannot_be_claimed(self, arrange):
        invoice_id = arrange.in_state(State.READY)
        arrange.run(
            "UPDATE invoice SET next_attempt_at = now() + interval '1 hour' WHERE id = :id", id=invoice_id
        )

        assert arrange.claim(invoice_id) is None

    def test_a_worker_without_its_lock_claims_nothing(self, arrange):
        invoice_id = arrange.in_state(State.READY)

        with pytest.raises(WorkerLockLost):
            arrange.claim(invoice_id, worker=arrange.worker + 1)

        assert arrange.state(invoice_id) is State.READY

    def test_a_live_twin_keeps_it_from_being_claimed(self, arrange):
        first, second = arrange.deduped("A-1"), arrange.checked("A-1", "other content")
        arrange.run("UPDATE invoice SET state = 'ready' WHERE id = :id", id=second)
        arrange.sent_on(first, "accepted")

        with pytest.raises(TwinIsLive):
            arrange.claim(second)

        assert arrange.states(first, second) == [State.SENT, State.READY]
        assert arrange.dedupe(second) == []
        assert arrange.state(second) is State.HELD

    def test_of_two_workers_that_want_the_same_one_wins(self, arrange):
        invoice_id = arrange.in_state(State.READY)
        won = []
        start = threading.Barrier(8)

        def want():
            start.wait()
            if arrange.claim(invoice_id):
                won.append(True)

        threads = [threading.Thread(target=want) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert won == [True]
        assert len(arrange.all("SELECT FROM attempt")) == 1


class TestSettle:
    @pytest.mark.parametrize(
        ("outcome", "state"),
        [
            ("accepted", State.SENT),
            ("refused", State.FAILED),
            ("not_delivered", State.READY),
            ("unknown", State.OUTCOME_UNKNOWN),
        ],
    )
    def test_each_outcome_has_its_state(self, arrange, outcome, state):
        invoice_id = arrange.in_state(State.READY)

        arrange.settle(arrange.claim(invoice_id), outcome, answer=b"what it said")

        assert arrange.state(invoice_id) is state
        (attempt,) = arrange.all("SELECT a.*, p.content FROM attempt a JOIN payload p ON p.id = a.answer_id")
        assert (attempt.outcome, attempt.content) == (outcome, b"what it said")
        assert len(attempt.hash) == 64

    def test_what_was_not_delivered_waits_longer_each_time(self, arrange):
        invoice_id = arrange.in_state(State.READY)
        waits = []
        for _ in range(15):
            arrange.settle(arrange.claim(invoice_id), "not_delivered")
            ((wait,),) = arrange.all(
                "SELECT extract(epoch FROM next_attempt_at - updated_at)::int FROM invoice WHERE id = :id",
                id=invoice_id,
            )
            waits.append(wait)
            arrange.run("UPDATE invoice SET next_attempt_at = NULL WHERE id = :id", id=invoice_id)
        assert waits[:4] == [2, 4, 8, 16]
        assert waits[-1] == 3600

    def test_it_waits_as_long_as_the_destination_asked(self, arrange):
        invoice_id = arrange.in_state(State.READY)

        arrange.settle(arrange.claim(invoice_id), "not_delivered", retry_after=120.0)

        row = arrange.row(invoice_id)
        assert (row.next_attempt_at - row.updated_at).total_seconds() == pytest.approx(120, abs=1)

    def test_a_receipt_that_another_invoice_has_proves_nothing(self, arrange):
        first, second = arrange.in_state(State.READY), arrange.in_state(State.READY)
        arrange.settle(arrange.claim(first), "accepted", receipt="the same")

        settled = arrange.settle(arrange.claim(second), "accepted", receipt="the same")

        assert settled.code == "receipt_repeated"
        assert arrange.states(first, second) == [State.SENT, State.OUTCOME_UNKNOWN]

    @pytest.mark.parametrize("outcome", ["refused", "not_delivered"])
    def test_it_gives_way_to_a_newer_version_that_waits(self, arrange, outcome):
        record = arrange.record()
        (first,) = arrange.arrive(record)
        arrange.check(first, facts=arrange.facts("A-1"))
        arrange.dedupe(first)
        claimed = arrange.claim(first)
        arrange.arrive(arrange.record(record.source_id, 2))

        arrange.settle(claimed, outcome)

        assert arrange.state(first) is State.SUPERSEDED


def swept_soon(ledger):
    """What a sweep finds, once the server has noticed that a connection is gone."""
    for _ in range(100):
        if swept := sweep(ledger, Actor("sweeper")):
            return swept
        threading.Event().wait(0.05)
    return []


class TestSweep:
    def test_a_living_workers_claim_is_left_alone(self, arrange, ledger):
        invoice_id = arrange.in_state(State.SENDING)

        assert sweep(ledger, Actor("sweeper")) == []
        assert arrange.state(invoice_id) is State.SENDING

    def test_the_claim_of_a_worker_whose_connection_was_cut_becomes_unknown(self, arrange, ledger, owner):
        invoice_id = arrange.in_state(State.SENDING)
        with owner.begin() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks"
                    " WHERE locktype = 'advisory' AND objid = :worker"
                ),
                {"worker": arrange.worker},
            )

        assert swept_soon(ledger) == [invoice_id]
        assert arrange.state(invoice_id) is State.OUTCOME_UNKNOWN
        with pytest.raises(WorkerLockLost):
            arrange.claim(arrange.in_state(State.READY))

    def test_the_claim_of_a_killed_process_becomes_unknown(self, arrange, ledger, database_url):
        invoice_id = arrange.in_state(State.READY)
        worker = (
            "import sys, time; from uuid import UUID; from db.ledger import Actor, Ledger;"
            " from db.claims import claim; ledger = Ledger(sys.argv[1]); held = ledger.worker();"
            " print(claim(ledger, Actor('child'), UUID(sys.argv[2]), held.__enter__(), 60) is not None, flush=True);"
            " time.sleep(60)"
        )
        url = database_url.render_as_string(hide_password=False)
        with subprocess.Popen(
            [sys.executable, "-c", worker, url, str(invoice_id)], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout.readline().strip() == "True"
            assert sweep(ledger, Actor("sweeper")) == []
            process.send_signal(signal.SIGKILL)

        assert swept_soon(ledger) == [invoice_id]
        assert arrange.state(invoice_id) is State.OUTCOME_UNKNOWN

    @pytest.mark.parametrize(
        ("outcome", "state"), [("accepted", State.SENT), ("refused", State.OUTCOME_UNKNOWN)]
    )
    def test_a_late_answer_counts_only_if_it_is_a_receipt(self, arrange, ledger, owner, outcome, state):
        invoice_id = arrange.in_state(State.READY)
        claimed = arrange.claim(invoice_id)
        with owner.begin() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks"
                    " WHERE locktype = 'advisory' AND objid = :worker"
                ),
                {"worker": arrange.worker},
            )
        swept_soon(ledger)

        arrange.settle(claimed, outcome)

        assert arrange.state(invoice_id) is state


class TestPace:
    def test_turns_are_an_interval_apart_whoever_takes_them(self, ledger):
        waits = [reserve_turn(ledger, Actor(f"worker {each}"), 10) for each in range(3)]

        assert waits == pytest.approx([0, 10, 20], abs=1)

    def test_a_pause_holds_for_all_and_ends(self, ledger):
        assert pause_left(ledger) == 0
        pause(ledger, Actor("one"), 30)
        pause(ledger, Actor("two"), 5)

        assert pause_left(ledger) == pytest.approx(30, abs=1)


def test_a_claim_carries_what_the_upload_needs(arrange):
    claimed = claim(arrange.ledger, arrange.actor, arrange.deduped("A-1"), arrange.worker, 60)

    assert (claimed.number, claimed.counterparty) == ("A-1", "Leverancier")
    assert claimed.document.startswith(b"<")
    assert len(claimed.document_sha256) == 64
