"""Dedupe in the ledger: what becomes of twins, and what sets them free again."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from db.contested import contests
from db.freeing import free
from db.ledger import Actor
from db.waypoints import Waypoint
from invoices.lifecycle import State
from invoices.routes import RouteSetting
from invoices.source import Direction
from tests.db.conftest import OTHER_COMPANY


def set_free(arrange, listed=None, routes=None):
    with arrange.ledger.transaction(Actor("a run"), Waypoint.DEDUPED) as connection:
        return free(connection, listed, routes or arrange.routes)


@pytest.mark.parametrize(
    "blocking", [State.READY, State.SENDING, State.SENT, State.OUTCOME_UNKNOWN, State.HELD]
)
def test_the_same_content_is_a_duplicate_and_other_content_is_held(arrange, blocking):
    first = arrange.in_state(blocking)
    row = arrange.row(first)
    same = arrange.checked(row.number)
    arrange.run("UPDATE invoice SET fingerprint = :print WHERE id = :id", print=row.fingerprint, id=same)
    arrange.dedupe(same)
    other = arrange.deduped(row.number, "other content")

    assert arrange.states(first, same, other) == [blocking, State.DUPLICATE, State.HELD]
    assert arrange.row(same).blocked_by == arrange.row(other).blocked_by == first


@pytest.mark.parametrize(
    "gone", [State.INVALID, State.FAILED, State.SUPERSEDED, State.DISMISSED, State.OUT_OF_SCOPE]
)
def test_what_is_out_of_the_way_blocks_nothing(arrange, gone):
    first = arrange.in_state(gone)

    assert arrange.state(arrange.deduped(arrange.row(first).number, "corrected")) is State.READY


def test_within_a_chunk_the_first_to_arrive_goes_out(arrange):
    ids = [arrange.checked("A-1"), arrange.checked("A-1"), arrange.checked("A-1", "other")]

    assert arrange.dedupe(*reversed(ids)) == [ids[0]]
    assert arrange.states(*ids) == [State.READY, State.DUPLICATE, State.HELD]


def test_a_newer_version_of_what_was_sent_under_another_number_is_held(arrange):
    record = arrange.record()
    (first,) = arrange.arrive(record)
    arrange.check(first, facts=arrange.facts("A-1"))
    arrange.dedupe(first)
    arrange.sent_on(first, "accepted")
    (second,) = arrange.arrive(arrange.record(record.source_id, 2))
    arrange.check(second, facts=arrange.facts("B-2"))

    arrange.dedupe(second)

    assert arrange.row(second).why == "delivered_as_other_version"


@pytest.mark.parametrize("content", ["", "other content"])
@pytest.mark.parametrize("end", [State.FAILED, State.DISMISSED])
def test_a_twin_goes_on_once_what_blocked_it_has_failed_or_is_closed(arrange, content, end):
    first, second = arrange.twins(content)
    arrange.sent_on(first, "refused")
    if end is State.DISMISSED:
        arrange.decide(first, "dismiss")

    assert set_free(arrange) == [second]
    assert arrange.dedupe(second) == [second]


def test_of_several_twins_that_are_freed_one_goes_on_and_the_others_wait_for_it(arrange):
    first, second = arrange.twins()
    third = arrange.deduped(arrange.row(first).number)
    arrange.sent_on(first, "refused")

    arrange.dedupe(*set_free(arrange))

    assert arrange.states(first, second, third) == [State.FAILED, State.READY, State.DUPLICATE]
    assert arrange.row(third).blocked_by == second


def test_a_version_that_repeats_the_one_before_it_is_never_freed(arrange):
    record = arrange.record()
    (first,) = arrange.arrive(record)
    arrange.check(first, facts=arrange.facts())
    arrange.dedupe(first)
    (second,) = arrange.arrive(replace(record, version=2))
    arrange.sent_on(first, "refused")

    assert set_free(arrange) == []
    assert arrange.state(second) is State.DUPLICATE


def test_an_unlisted_company_is_held_until_it_is_listed(arrange):
    invoice_id = arrange.checked()
    arrange.dedupe(invoice_id, listed=frozenset())
    assert arrange.state(invoice_id) is State.HELD
    assert set_free(arrange, []) == []

    assert set_free(arrange, list(arrange.listed)) == [invoice_id]
    assert arrange.dedupe(invoice_id) == [invoice_id]


def test_a_ready_invoice_whose_route_is_switched_off_is_held(arrange):
    invoice_id = arrange.in_state(State.READY)
    off = RouteSetting(None, Direction.PURCHASE, enabled=False)

    arrange.dedupe(invoice_id, routes=replace(arrange.routes, settings=(off,)))

    assert arrange.row(invoice_id).why == "route_off"


def test_an_invoice_that_was_held_for_its_route_goes_on_once_the_route_is_on_again(arrange):
    purchases, others = arrange.in_state(State.READY), arrange.in_state(State.READY)
    arrange.run(
        "UPDATE invoice SET company_number = :company WHERE id = :id", company=OTHER_COMPANY, id=others
    )
    off = RouteSetting(None, Direction.PURCHASE, enabled=False)
    arrange.dedupe(purchases, others, routes=replace(arrange.routes, settings=(off,)))
    still_off = RouteSetting(OTHER_COMPANY, None, enabled=False)

    assert set_free(arrange, routes=replace(arrange.routes, settings=(off,))) == []
    assert set_free(arrange, routes=replace(arrange.routes, settings=(still_off,))) == [purchases]

    assert arrange.states(purchases, others) == [State.READY, State.HELD]
    assert arrange.dedupe(purchases) == [purchases]


def test_an_invoice_held_for_its_route_stays_so_while_its_date_lies_before_the_first_to_be_delivered(arrange):
    invoice_id = arrange.in_state(State.READY)
    later = RouteSetting(None, None, deliver_from=arrange.row(invoice_id).issue_date + timedelta(days=1))
    arrange.dedupe(invoice_id, routes=replace(arrange.routes, settings=(later,)))
    assert arrange.row(invoice_id).why == "route_off"

    assert set_free(arrange, routes=replace(arrange.routes, settings=(later,))) == []
    assert set_free(arrange) == [invoice_id]


def test_a_near_duplicate_is_badged_with_evidence_and_goes_out(arrange):
    day = date(2026, 3, 14)
    arrange.deduped(facts=replace(arrange.facts("A-100"), payable_amount=arrange.facts().payable_amount))
    amount = arrange.all("SELECT payable_amount FROM invoice")[0].payable_amount
    near = replace(arrange.facts("A-101"), payable_amount=amount, issue_date=day + timedelta(days=1))

    invoice_id = arrange.deduped(facts=near)

    row = arrange.row(invoice_id)
    assert row.state == "ready"
    assert [finding["code"] for finding in row.findings] == ["WB-NEAR-DUPLICATE"]


def test_contested_invoices_come_with_both_documents_once(arrange, ledger):
    first, second = arrange.twins("other content")
    with ledger.reading() as connection:
        (contest,) = contests(connection, ledger.vault, [first, second], 10)
    assert contest.invoice_id == second
    document, other_document = contest.documents
    assert document != other_document
