"""Fetch: pages of the source into the ledger, each committed together with its cursor."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from clients.errors import CursorExpired, SourceRefused, SourceUnavailable
from db.arrivals import CursorMoved
from db.waypoints import Waypoint
from sandbox.faults import FaultKind
from sandbox.journal import Call
from sandbox.load import load_records
from tasks.fetch import cursor_in_ledger, fetch_again, fetch_page, in_chunks


def test_pages_are_stored_one_after_another_and_the_cursor_with_them(bench, offer, states):
    offer(*load_records(25))

    first = fetch_page(bench, cursor_in_ledger(bench))
    assert (first.records, first.has_more) == (20, True)
    assert cursor_in_ledger(bench) == first.cursor
    second = fetch_page(bench, first.cursor)

    assert (second.records, second.has_more) == (5, False)
    assert len({*first.invoice_ids, *second.invoice_ids}) == 25
    assert states() == ["received"] * 25


def test_a_page_that_was_stored_already_brings_nothing_new(bench, offer, states):
    offer(*load_records(3))
    fetch_page(bench, None)
    with bench.ledger.transaction(bench.actor, Waypoint.PAGE_STORED) as connection:
        connection.execute(text("UPDATE source_position SET cursor = NULL"))

    again = fetch_page(bench, None)

    assert (again.records, again.invoice_ids) == (3, ())
    assert len(states()) == 3


def test_a_cursor_that_another_run_moved_leaves_the_ledger_as_it_was(bench, offer, states):
    offer(*load_records(3))
    fetch_page(bench, None)
    with pytest.raises(CursorMoved):
        fetch_page(bench, None)
    assert len(states()) == 3


def test_a_cursor_that_the_source_forgot_starts_its_feed_over(bench, offer, fault):
    offer(*load_records(3))
    cursor = fetch_page(bench, None).cursor
    fault(Call.PAGE, FaultKind.EXPIRED_CURSOR)

    restarted = fetch_page(bench, cursor)

    assert restarted.restarted
    assert restarted.has_more
    assert cursor_in_ledger(bench) is None
    assert fetch_page(bench, None).records == 3


def test_a_source_that_calls_the_beginning_unknown_is_not_asked_for_ever(bench):
    class Forgetful:
        name = "forgetful"

        def page(self, _cursor):
            raise CursorExpired("no such cursor")

    bench.source = Forgetful()
    with pytest.raises(CursorExpired):
        fetch_page(bench, None)


def test_a_source_that_is_away_raises_after_the_pause_that_it_asked_for(bench, fault):
    fault(Call.PAGE, FaultKind.UNAVAILABLE, retry_after="0")
    with pytest.raises(SourceUnavailable):
        fetch_page(bench, None)


def test_a_source_that_refuses_the_token_raises(bench, fault):
    fault(Call.PAGE, FaultKind.UNAUTHORIZED)
    with pytest.raises(SourceRefused):
        fetch_page(bench, None)


class TestRecordsWhoseDocumentWasMissing:
    @pytest.fixture
    def missing(self, bench, offer):
        """A record that was rejected for want of its document, and is due to be asked for again."""
        (record,) = load_records(1)
        offer(replace(record, document=None))
        assert fetch_page(bench, None).rejected == 1
        with bench.ledger.transaction(bench.actor, Waypoint.PAGE_STORED) as connection:
            connection.execute(text("UPDATE rejected_record SET next_try_at = now() - interval '1 minute'"))
        return record

    def test_become_invoices_once_it_is_there(self, bench, missing, offer, sandbox, states):
        sandbox.feed.clear()
        offer(missing)
        again = fetch_again(bench)
        assert (again.records, again.rejected, len(again.invoice_ids)) == (1, 0, 1)
        assert states() == ["received"]

    @pytest.mark.usefixtures("missing")
    def test_stay_rejected_where_it_is_not(self, bench, states):
        again = fetch_again(bench)
        assert (again.records, again.rejected) == (1, 1)
        assert states() == []

    @pytest.mark.usefixtures("missing")
    def test_are_left_for_later_where_the_source_does_not_answer(self, bench, fault):
        fault(Call.RECORD, FaultKind.UNAVAILABLE, times=None)
        assert fetch_again(bench).records == 0


def test_a_dry_run_tells_the_source_nothing_and_leaves_the_ledger_as_it_was(open_bench, offer, states):
    offer(*load_records(3))
    with open_bench(dry_run=True) as bench:
        assert len(fetch_page(bench, None).invoice_ids) == 3
    assert states() == []


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (2, [2]), (3, [3]), (7, [3, 3, 1])])
def test_chunks_hold_all_ids_in_order_and_none_too_many(count, sizes):
    ids = tuple(range(count))
    chunks = list(in_chunks(ids, 3))
    assert [len(chunk) for chunk in chunks] == sizes
    assert sum(chunks, ()) == ids
