"""Seals: every event ends up under one, in one chain without gaps, whoever writes meanwhile."""

import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from db.audit import at_one_moment, totals, verify
from db.ledger import APPLICATION_ROLE, Actor, Ledger
from db.seals import last_seal, seal, seal_all
from db.waypoints import Waypoint, listening
from invoices.lifecycle import State

SEALER = Actor("a sealer")

UNCOVERED = """
SELECT i.id FROM invoice i
WHERE (SELECT max(sequence) FROM audit_event e WHERE e.invoice_id = i.id)
      > (SELECT coalesce(max(sequence), 0) FROM sealed_head h WHERE h.invoice_id = i.id)
  AND NOT EXISTS (SELECT FROM unsealed u WHERE u.invoice_id = i.id)
"""


@pytest.fixture
def sealed(arrange, ledger):
    """What the ledger says of seals: (number, heads, previous_hash, hash) of each."""

    def seals():
        return arrange.all("SELECT number, heads, previous_hash, hash FROM seal ORDER BY number")

    return seals


def problems(ledger):
    with at_one_moment(ledger) as connection:
        return list(verify(connection))


def queued(arrange):
    return [row.invoice_id for row in arrange.all("SELECT invoice_id FROM unsealed ORDER BY arrival")]


def test_a_seal_covers_the_last_event_of_every_invoice_that_moved(arrange, ledger):
    ids = [arrange.in_state(state) for state in State]
    everything = len(queued(arrange))
    assert set(ids) <= set(queued(arrange))

    assert seal(ledger, SEALER) == everything

    heads = arrange.all("SELECT invoice_id, sequence, hash FROM sealed_head")
    last = {each: arrange.events(each)[-1] for each in ids}
    assert {head.invoice_id: (head.sequence, head.hash) for head in heads if head.invoice_id in last} == {
        each: (event.sequence, event.hash) for each, event in last.items()
    }
    assert queued(arrange) == []


def test_seals_are_numbered_without_a_gap_and_each_names_the_one_before(arrange, ledger, sealed):
    for _ in range(3):
        arrange.in_state("ready")
        seal(ledger, SEALER)
    numbers, _, previous, hashes = zip(*sealed(), strict=True)
    assert numbers == (1, 2, 3)
    assert previous == (None, *hashes[:2])
    with ledger.reading() as connection:
        assert last_seal(connection).number == 3
        assert last_seal(connection).hash == hashes[-1]


def test_nothing_to_seal_makes_no_seal(ledger, sealed):
    assert seal(ledger, SEALER) == 0
    assert sealed() == []
    with ledger.reading() as connection:
        assert last_seal(connection) is None


def test_a_batch_takes_the_earliest_arrivals_and_all_batches_take_everything(arrange, ledger, sealed):
    ids = [arrange.in_state("ready") for _ in range(5)]
    assert seal(ledger, SEALER, most=2) == 2
    assert queued(arrange) == ids[2:]
    assert seal_all(ledger, SEALER, most=2) == 3
    assert [each.heads for each in sealed()] == [2, 2, 1]
    assert problems(ledger) == []


def test_an_invoice_that_moves_again_is_sealed_again(arrange, ledger):
    invoice_id = arrange.in_state("ready")
    seal(ledger, SEALER)
    arrange.sent_on(invoice_id, "accepted")
    assert queued(arrange) == [invoice_id]
    seal(ledger, SEALER)
    heads = arrange.all(
        "SELECT sequence FROM sealed_head WHERE invoice_id = :id ORDER BY sequence", id=invoice_id
    )
    assert [head.sequence for head in heads] == [2, 4]
    assert problems(ledger) == []


class TestRaces:
    def test_an_event_that_is_being_written_is_left_for_the_next_seal(self, arrange, ledger):
        writing, still = arrange.in_state("ready"), arrange.in_state("ready")
        with ledger.engine.begin() as writer:
            writer.execute(text("UPDATE invoice SET state = 'held' WHERE id = :id"), {"id": writing})
            assert seal_all(ledger, SEALER) == 1
            assert queued(arrange) == [writing]
        assert arrange.all("SELECT invoice_id FROM sealed_head") == [(still,)]
        assert seal_all(ledger, SEALER) == 1
        assert problems(ledger) == []
        with ledger.reading() as connection:
            assert totals(connection).unsealed_events == 0

    def test_an_event_written_while_its_invoice_is_being_sealed_waits_and_is_queued(self, arrange, ledger):
        invoice_id = arrange.in_state("ready")
        writer_done = threading.Event()

        def write():
            arrange.run("UPDATE invoice SET state = 'held' WHERE id = :id", id=invoice_id)
            writer_done.set()

        thread = threading.Thread(target=write)

        def before_commit(connection):
            thread.start()
            _wait_until_blocked(ledger)
            assert not writer_done.is_set()

        _seal_with_pause(ledger, before_commit)
        thread.join()

        assert queued(arrange) == [invoice_id]
        assert arrange.all(UNCOVERED) == []
        assert seal_all(ledger, SEALER) == 1
        assert problems(ledger) == []

    def test_an_event_committed_between_queueing_and_sealing_is_under_the_seal(self, arrange, ledger):
        invoice_id = arrange.in_state("ready")
        arrange.run("UPDATE invoice SET state = 'held' WHERE id = :id", id=invoice_id)
        seal(ledger, SEALER)
        assert arrange.all("SELECT sequence FROM sealed_head") == [(3,)]

    def test_writers_and_sealers_at_once_leave_no_event_uncovered(self, arrange, ledger):
        ids = [arrange.in_state("ready") for _ in range(12)]
        over = threading.Event()

        def keep_sealing():
            while not over.is_set():
                seal(ledger, SEALER, most=3)

        sealers = [threading.Thread(target=keep_sealing) for _ in range(2)]
        for each in sealers:
            each.start()
        for _ in range(4):
            for invoice_id in ids:
                arrange.run("UPDATE invoice SET state = 'held' WHERE id = :id", id=invoice_id)
                arrange.run("UPDATE invoice SET state = 'ready' WHERE id = :id", id=invoice_id)
        over.set()
        for each in sealers:
            each.join()

        assert arrange.all(UNCOVERED) == []
        seal_all(ledger, SEALER)
        assert queued(arrange) == []
        assert problems(ledger) == []

    def test_of_two_sealers_one_seals_and_the_other_returns_at_once(self, arrange, ledger, sealed):
        arrange.in_state("ready")
        second = []
        _seal_with_pause(ledger, lambda _: second.append(seal(ledger, SEALER)))
        assert second == [0]
        assert [each.number for each in sealed()] == [1]

    def test_a_seal_that_is_rolled_back_leaves_no_gap_and_its_events_in_the_queue(
        self, arrange, ledger, sealed
    ):
        arrange.in_state("ready")
        seal(ledger, SEALER)
        invoice_id = arrange.in_state("ready")

        class Stopped(Exception):
            pass

        def stop(connection):
            raise Stopped

        with pytest.raises(Stopped):
            _seal_with_pause(ledger, stop)

        assert queued(arrange) == [invoice_id]
        assert seal(ledger, SEALER) == 1
        assert [each.number for each in sealed()] == [1, 2]
        assert problems(ledger) == []

    def test_sealing_is_a_waypoint(self, arrange, ledger):
        heard = []
        arrange.in_state("ready")
        with listening(heard.append):
            seal(ledger, SEALER)
        assert heard == [Waypoint.SEALED]


class TestGuards:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE seal SET hash = repeat('0', 64)",
            "DELETE FROM seal",
            "TRUNCATE seal CASCADE",
            "UPDATE sealed_head SET hash = repeat('0', 64)",
            "DELETE FROM sealed_head",
            "TRUNCATE sealed_head",
        ],
    )
    @pytest.mark.parametrize("role", ["owner", "application"])
    def test_seals_are_neither_changed_nor_taken_away(self, arrange, ledger, owner, role, statement):
        arrange.in_state("ready")
        seal(ledger, SEALER)
        with owner.begin() as connection:
            if role == "application":
                connection.execute(text(f"SET LOCAL ROLE {APPLICATION_ROLE}"))
            with pytest.raises(DBAPIError, match=r"is refused|permission denied"):
                connection.execute(text(statement))
            connection.rollback()

    def test_a_seal_that_is_made_takes_no_more_events(self, arrange, ledger):
        first = arrange.in_state("ready")
        seal(ledger, SEALER)
        with pytest.raises(IntegrityError, match="takes no more events"):
            arrange.run(
                "INSERT INTO sealed_head SELECT s.id, e.invoice_id, e.sequence, e.hash"
                " FROM seal s, audit_event e WHERE e.invoice_id = :other AND e.sequence = 1",
                other=arrange.in_state("ready"),
            )
        assert len(arrange.all("SELECT FROM sealed_head WHERE invoice_id = :id", id=first)) == 1

    def test_only_an_event_that_is_there_can_be_sealed(self, arrange):
        with pytest.raises(IntegrityError, match="only an event that stands in the ledger"):
            arrange.run(
                "INSERT INTO sealed_head VALUES (gen_random_uuid(), :id, 1, repeat('0', 64))",
                id=arrange.in_state("ready"),
            )

    def test_number_hash_and_time_of_a_seal_are_not_the_applications_to_give(self, arrange, ledger, sealed):
        arrange.in_state("ready")
        with ledger.transaction(SEALER, Waypoint.SEALED) as connection:
            connection.execute(
                text("""
                    WITH head AS (
                        INSERT INTO sealed_head
                        SELECT gen_random_uuid(), invoice_id, sequence, hash FROM audit_event
                        ORDER BY sequence DESC LIMIT 1 RETURNING seal_id
                    ) SELECT seal_id FROM head
                """)
            )
            connection.execute(
                text("""
                    INSERT INTO seal (id, number, hash, heads, sealed_at)
                    SELECT seal_id, 7, 'made up', 99, 'epoch' FROM sealed_head
                """)
            )
        ((number, heads, _, digest),) = sealed()
        assert (number, heads, len(digest)) == (1, 1, 64)
        assert [each.kind for each in problems(ledger)] == []


class _Pausing(Ledger):
    """A ledger that calls back at the end of each transaction, just before it commits."""

    def pause_with(self, callback):
        self.callback = callback
        return self

    def transaction(self, actor, waypoint):
        return _PausingTransaction(super().transaction(actor, waypoint), self.callback)


class _PausingTransaction:
    def __init__(self, around, callback):
        self.around, self.callback = around, callback

    def __enter__(self):
        self.connection = self.around.__enter__()
        return self.connection

    def __exit__(self, kind, error, trace):
        if kind is None:
            try:
                self.callback(self.connection)
            except Exception as raised:
                self.around.__exit__(type(raised), raised, raised.__traceback__)
                raise
        return self.around.__exit__(kind, error, trace)


def _seal_with_pause(ledger, callback):
    pausing = _Pausing(ledger.url).pause_with(callback)
    try:
        seal(pausing, SEALER)
    finally:
        pausing.close()


def _wait_until_blocked(ledger):
    waited = threading.Event()
    for _ in range(400):
        with ledger.reading() as connection:
            blocked = connection.execute(
                text("SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()")
            ).scalar_one()
        if blocked:
            return
        waited.wait(0.02)
    raise AssertionError("the writer never waited for the sealer")
