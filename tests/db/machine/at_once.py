"""Two workers at the same moment: each does something of its own, in a thread of its own."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.db.machine.arriving import Arriving
from tests.db.machine.base import pick, worker_index
from tests.db.machine.delivering import Delivering
from tests.db.machine.world import PAGES, RECORDS

DEEDS = st.sampled_from(["check", "compare", "claim", "free", "sweep"])


class AtOnce(Arriving, Delivering):
    """Rules in which nobody knows who comes first: only that all holds afterwards."""

    @rule(one=DEEDS, other=DEEDS, which=pick)
    def two_work_at_once(self, one, other, which):
        self._at_once(
            lambda: getattr(self, f"_{one}_at_once")(0, which),
            lambda: getattr(self, f"_{other}_at_once")(1, which),
        )

    @rule(index=worker_index, record=RECORDS, budget=st.sampled_from([0.0, 60.0]))
    def an_invoice_gets_as_far_as_its_claim(self, index, record, budget):
        """Without delay, as most do."""
        self.arrive(index, [record])
        ids = self._now_here([record])
        self.check(index, ids, "valid")
        self.compare(index, ids, self.arrange.listed)
        self._claim_passed(index, ids, budget)

    @rule(one=RECORDS, other=RECORDS)
    def two_get_as_far_as_their_claims_at_once(self, one, other):
        """Neither dedupe sees what the other does; twins then meet at the claim."""
        self.arrive(0, [one, other])
        ids = self._now_here([one]), self._now_here([other])
        self.check(0, ids[0] + ids[1], "valid")
        self._at_once(*(lambda i=i: self.compare(i, ids[i], self.arrange.listed) for i in (0, 1)))
        self._at_once(*(lambda i=i: self._claim_passed(i, ids[i]) for i in (0, 1)))

    def _now_here(self, records):
        self._rows = None
        keys = {(each.source_id, each.version) for each in records}
        return [row.id for row in self.rows() if (row.source_id, row.version) in keys]

    def _claim_passed(self, index, ids, budget=0.0):
        for invoice_id in ids:
            if invoice_id in self.workers[index].passed:
                self.claim(index, invoice_id, budget)

    @rule(one=PAGES, other=PAGES)
    def records_arrive_twice_at_once(self, one, other):
        self._at_once(lambda: self.arrive(0, one), lambda: self.arrive(1, other))

    @rule(one=pick, other=pick)
    def two_claim_at_once(self, one, other):
        """Twins, often: all that is ready may be claimed once it was compared."""
        ready = self.chosen([one, other], "ready")
        self.compare(0, ready, self.arrange.listed)
        self.compare(1, ready, self.arrange.listed)
        if ready and set(ready) <= self.workers[0].passed & self.workers[1].passed:
            self._at_once(lambda: self.claim(0, ready[0], 0.0), lambda: self.claim(1, ready[-1], 0.0))

    def _at_once(self, *deeds):
        start = Barrier(len(deeds))

        def begin(deed):
            start.wait()
            deed()

        with ThreadPoolExecutor(len(deeds)) as executor:
            for ended in [executor.submit(begin, deed) for deed in deeds]:
                ended.result()

    def _check_at_once(self, index, _which):
        self.check(index, [row.id for row in self.rows()], "valid")

    def _compare_at_once(self, index, _which):
        ids = [row.id for row in self.rows()]
        self.compare(index, ids if index else ids[::-1], self.arrange.listed)

    def _claim_at_once(self, index, which):
        passed = [row.id for row in self.rows() if row.id in self.workers[index].passed]
        if passed:
            self.claim(index, passed[which % len(passed)], 0.0)

    def _free_at_once(self, index, _which):
        self.set_free(index, self.arrange.listed)

    def _sweep_at_once(self, index, _which):
        self.sweep(index)
