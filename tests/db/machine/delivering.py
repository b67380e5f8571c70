"""The second half of an invoice's way: claims, the ends of uploads, and workers that die or lose their lock."""

from contextlib import suppress
from uuid import uuid4

from hypothesis import strategies as st
from hypothesis.stateful import rule
from sqlalchemy import text

from db.claims import TwinIsLive, WorkerLockLost, claim
from db.settlements import Settlement, settle
from db.sweep import sweep
from invoices.lifecycle import State
from tests.db.machine.base import LedgerBase, pick, worker_index
from tests.db.machine.outside import InHand, live_twins

ENDS = st.sampled_from(
    ["accepted", "accepted", "accepted", "refused", "not_delivered", "unheard", "unknown", "repeated"]
)


class Delivering(LedgerBase):
    """Rules by which invoices go out, and by which that goes wrong."""

    @rule(index=worker_index, which=pick, budget=st.sampled_from([0.0, 60.0]))
    def an_invoice_is_claimed(self, index, which, budget):
        before = self.by_id()[self.chosen([which])[0]]
        if before.state == State.READY and before.id not in self.workers[index].passed:
            return
        upload = self.claim(index, before.id, budget)
        if upload is None and before.state == State.READY and not self.workers[index].cut:
            assert live_twins(before, self.by_id()) or before.next_attempt_at is not None
        if upload is not None:
            assert before.state == State.READY

    @rule(index=worker_index, which=pick)
    def one_that_passed_is_claimed(self, index, which):
        passed = [
            row.id for row in self.rows() if row.id in self.workers[index].passed and row.state == "ready"
        ]
        if passed:
            self.claim(index, passed[which % len(passed)], 0.0)

    def claim(self, index, invoice_id, budget):
        """A claim in hand, or None where there was nothing to claim."""
        worker, now = self.workers[index], self.outside.tick()
        claimed = None
        try:
            claimed = claim(self.ledger, self.actors[index], invoice_id, worker.number, budget)
        except TwinIsLive:
            pass
        except WorkerLockLost:
            assert worker.cut
            return None
        if claimed is None:
            return None
        assert not worker.cut, "a worker without its lock claimed"
        upload = InHand(claimed, index, now)
        self.outside.in_hand.append(upload)
        return upload

    @rule(which=pick, end=ENDS)
    def an_upload_ends(self, which, end):
        """Late ones too: whoever was cut off from its lock does not know that it was given up."""
        if not self.outside.in_hand:
            return
        upload = self.outside.in_hand.pop(which % len(self.outside.in_hand))
        receipt = str(uuid4())
        if end in {"accepted", "unheard", "repeated"}:
            self.outside.take(upload, receipt)
        told = [row.receipt for row in self.rows() if row.receipt and row.id != upload.claim.invoice_id]
        if end == "repeated" and told:
            receipt = told[-1]
        outcome = {"unheard": "unknown", "repeated": "accepted"}.get(end, end)
        before = self.by_id()[upload.claim.invoice_id].state
        self.settle(upload, outcome, receipt)
        if end == "accepted" and before == State.OUTCOME_UNKNOWN:
            self._rows = None
            assert self.by_id()[upload.claim.invoice_id].state == State.SENT, "a late receipt counts"

    def settle(self, upload, outcome, receipt):
        """Write down how it ended."""
        given = receipt if outcome == "accepted" else None
        settlement = Settlement(outcome, "a_code", "What was said.", receipt=given, answer=b"what was said")
        settled = settle(self.ledger, self.actors[upload.worker], upload.claim, settlement)
        assert settled.outcome in {outcome, "unknown"}

    @rule(index=worker_index, arrived=st.booleans())
    def a_worker_dies(self, index, arrived):
        """With its uploads under way, which may arrive all the same; another worker takes its place."""
        for upload in [each for each in self.outside.in_hand if each.worker == index]:
            self.outside.in_hand.remove(upload)
            if arrived:
                self.outside.take(upload, str(uuid4()))
        self.workers[index].life.close()
        self.workers[index] = self._hire()

    @rule(index=worker_index)
    def a_worker_is_cut_off(self, index):
        """Its lock's connection goes, and it does not know."""
        worker = self.workers[index]
        self._hang_up(
            "pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = :number)", worker
        )
        worker.cut = True

    @rule()
    def all_other_connections_are_cut(self):
        self._hang_up("pid NOT IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory')")

    def _hang_up(self, which, worker=None):
        with self.owner.connect() as connection:
            query = text(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database()"
                f" AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND {which}"
            )
            connection.execute(query, {"number": worker.number} if worker else {}).all()

    @rule(index=worker_index)
    def a_worker_sweeps(self, index):
        living = [worker.number for worker in self.workers if not worker.cut]
        with self.owner.connect() as connection:
            query = text("SELECT invoice_id FROM attempt WHERE settled_at IS NULL AND worker <> ALL(:living)")
            orphans = set(connection.execute(query, {"living": living}).scalars())
        assert set(sweep(self.ledger, self.actors[index])) == orphans

    def sweep(self, index):
        """A sweep of which nobody knows what it finds."""
        with suppress(WorkerLockLost):
            sweep(self.ledger, self.actors[index])
