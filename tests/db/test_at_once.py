"""Several workers on one ledger: locks end with their holder, nobody waits in a circle, and one twin fails alone."""

import random
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from db.claims import TwinIsLive, WorkerLockLost
from db.decisions import force
from db.freeing import free
from db.ledger import Ledger
from db.living import LOCK_WAS_FREE
from db.seals import seal_all
from db.sweep import sweep
from db.waiting import mark_acknowledged, unacknowledged
from db.waypoints import Waypoint
from invoices.lifecycle import State


@pytest.fixture
def elsewhere(database_url):
    """The same ledger in another process's place."""
    opened = Ledger(database_url)
    yield opened
    opened.close()


class TestSourceLock:
    def test_one_reads_a_source_at_a_time(self, ledger, elsewhere):
        with ledger.source_lock("erp", 0) as ours, elsewhere.source_lock("erp", 0.3) as theirs:
            assert (ours, theirs) == (True, False)

    def test_another_source_is_another_lock(self, ledger, elsewhere):
        with ledger.source_lock("erp", 0) as ours, elsewhere.source_lock("folder", 0) as theirs:
            assert (ours, theirs) == (True, True)

    def test_it_is_given_back_and_not_pooled_with_its_connection(self, ledger, elsewhere):
        for _ in range(3):
            with ledger.source_lock("erp", 0) as held:
                assert held
        with elsewhere.source_lock("erp", 0) as held:
            assert held
        assert ledger.engine.pool.checkedout() == 0

    def test_it_ends_with_its_connection(self, ledger, elsewhere, owner):
        with ledger.source_lock("erp", 0):
            cut_lock_holders(owner)
            with elsewhere.source_lock("erp", 5) as theirs:
                assert theirs


def cut_lock_holders(owner):
    with owner.begin() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            )
        )


class TestWorkers:
    def test_each_has_a_number_of_its_own(self, ledger, elsewhere):
        with ledger.worker() as one, elsewhere.worker() as other, ledger.worker() as third:
            assert len({one, other, third}) == 3

    def test_a_worker_whose_connection_was_cut_claims_nothing_and_another_goes_on(
        self, arrange, owner, elsewhere
    ):
        invoice_id = arrange.in_state(State.READY)
        cut_lock_holders(owner)
        with pytest.raises(WorkerLockLost, match="start the run again"):
            arrange.claim(invoice_id)

        with elsewhere.worker() as worker:
            assert arrange.claim(invoice_id, worker=worker) is not None

    def test_a_sweep_beside_a_living_worker_takes_only_what_the_dead_left(self, arrange, elsewhere):
        left, kept = arrange.in_state(State.READY), arrange.in_state(State.READY)
        with elsewhere.worker() as dying:
            arrange.claim(left, worker=dying)
        arrange.claim(kept)

        swept = sweep(elsewhere, arrange.actor)

        assert swept == [left]
        assert arrange.states(left, kept) == [State.OUTCOME_UNKNOWN, State.SENDING]

    def test_a_sweep_is_not_taken_for_the_life_of_the_worker_that_it_looks_at(self, arrange, ledger, owner):
        invoice_id = arrange.in_state(State.READY)
        cut_lock_holders(owner)
        with ledger.transaction(arrange.actor, Waypoint.CLAIMS_SWEPT) as sweeping:
            assert sweeping.execute(text(LOCK_WAS_FREE), {"worker": arrange.worker}).scalar_one()
            with pytest.raises(WorkerLockLost):
                arrange.claim(invoice_id)

    def test_two_sweeps_at_once_settle_each_claim_once(self, arrange, ledger, elsewhere):
        ids = [arrange.in_state(State.READY) for _ in range(20)]
        with elsewhere.worker() as dying:
            for each in ids:
                arrange.claim(each, worker=dying)

        with ThreadPoolExecutor(2) as two:
            swept = list(two.map(lambda each: sweep(each, arrange.actor), (ledger, elsewhere)))

        assert sorted(swept[0] + swept[1]) == sorted(ids)


def test_of_many_that_want_one_invoice_one_claims_it(arrange, ledger):
    invoice_id = arrange.in_state(State.READY)

    with ThreadPoolExecutor(12) as workers:
        claims = list(workers.map(lambda _: arrange.claim(invoice_id), range(12)))

    assert sum(claim is not None for claim in claims) == 1


def test_of_twins_claimed_at_once_one_goes_live_and_the_others_say_so(arrange, owner):
    ids = [arrange.in_state(State.READY) for _ in range(8)]
    with owner.begin() as connection:
        connection.execute(
            text("UPDATE invoice SET identity_key = 'the same' WHERE id = ANY(:ids)"), {"ids": ids}
        )

    def claimed(invoice_id):
        try:
            return arrange.claim(invoice_id)
        except TwinIsLive:
            return None

    with ThreadPoolExecutor(8) as workers:
        claims = list(workers.map(claimed, ids))

    assert sum(claim is not None for claim in claims) == 1
    assert sorted(arrange.states(*ids)) == sorted([State.READY] * 7 + [State.SENDING])


class Crowd:
    """Many who do all that is ever done to the same few invoices."""

    def __init__(self, arrange):
        self.arrange, self.ledger = arrange, arrange.ledger
        self.records = [arrange.record() for _ in range(12)]
        self.known = list(arrange.arrive(*self.records))
        self.kinds = [
            self.arrive, self.check_and_dedupe, self.check_and_dedupe, self.upload, self.upload, self.tell, self.tidy
        ]  # fmt: skip

    def work(self, seed):
        """Do forty things; the errors of the database that came of it."""
        chance = random.Random(seed)  # noqa: S311 - repeatable chance, not a secret
        errors = []
        for _ in range(40):
            try:
                chance.choice(self.kinds)(chance)
            except SQLAlchemyError as error:
                errors.append(str(error))
        return errors

    def arrive(self, chance):
        versions = [
            self.arrange.record(each.source_id, chance.randint(1, 60))
            for each in chance.sample(self.records, 4)
        ]
        self.known += self.arrange.arrive(*versions)

    def check_and_dedupe(self, chance):
        ids = chance.sample(tuple(self.known), 10)
        self.arrange.check(*ids, facts=self.arrange.facts(chance.choice("ABCD")))
        self.arrange.dedupe(*ids)

    def upload(self, chance):
        try:
            claimed = self.arrange.claim(chance.choice(self.known), budget=0.0)
        except TwinIsLive:
            return
        if claimed is not None:
            outcomes = ["accepted", "refused", "not_delivered", "unknown"]
            self.arrange.settle(claimed, chance.choice(outcomes))

    def tell(self, chance):
        with self.ledger.transaction(self.arrange.actor, Waypoint.ACKNOWLEDGED) as connection:
            news = unacknowledged(connection, self.arrange.source, 20)
            chance.shuffle(news)
            mark_acknowledged(connection, [(each, state) for each, state, _ in news])

    def tidy(self, _chance):
        sweep(self.ledger, self.arrange.actor)
        with self.ledger.transaction(self.arrange.actor, Waypoint.FORCED) as connection:
            force(connection, None)
        with self.ledger.transaction(self.arrange.actor, Waypoint.FREED) as connection:
            free(connection, self.arrange.listed, self.arrange.routes)
        seal_all(self.ledger, self.arrange.actor)


@pytest.mark.parametrize("seed", range(3))
def test_nobody_waits_in_a_circle(arrange, seed):
    crowd = Crowd(arrange)

    with ThreadPoolExecutor(4) as workers:
        errors = list(chain.from_iterable(workers.map(crowd.work, [f"{seed}/{each}" for each in range(4)])))

    assert [each for each in errors if "deadlock" in each] == []
