"""A soak's faults: every kind on every call where it makes sense, at the share asked for, and no lies."""

import pytest

from bench.misfortune import CALLS, UPLOAD_SECONDS, faults
from sandbox.faults import ONLY_ON, FaultKind
from sandbox.journal import Call


def orders(share=0.02, invoices=50_000, chunk_size=200, seed=0):
    return list(faults(share, invoices, chunk_size, seed))


def share_of(call, found):
    return sum(each.probability for each in found if each.call is call)


def test_every_kind_befalls_every_call_where_it_makes_sense():
    expected = {(call, kind) for call in CALLS for kind in FaultKind if call in ONLY_ON.get(kind, set(Call))}
    assert {(each.call, each.fault) for each in orders()} == expected


@pytest.mark.parametrize("call", [Call.UPLOAD, Call.ACKNOWLEDGEMENT])
@pytest.mark.parametrize("share", [0.02, 0.3])
def test_what_comes_with_each_invoice_fails_at_the_share_asked_for(call, share):
    assert share_of(call, orders(share)) == pytest.approx(share)


@pytest.mark.parametrize("invoices", [100, 3_000, 50_000])
def test_rarer_calls_fail_more_often_within_bounds(invoices):
    for call in set(CALLS) - {Call.UPLOAD, Call.ACKNOWLEDGEMENT}:
        assert 0.02 < share_of(call, orders(invoices=invoices)) <= 0.2 + 1e-9


def test_an_upload_that_was_taken_is_never_called_refused():
    taken = {each.fault for each in orders() if each.call is Call.UPLOAD and each.taken}
    assert FaultKind.DROP in taken
    assert not taken & {"too_many_requests", "unauthorized", "forbidden", "errors"}


def test_a_slow_upload_is_slower_than_a_run_waits():
    slow = [each for each in orders() if each.call is Call.UPLOAD and each.fault is FaultKind.SLOW]
    assert {each.taken for each in slow} == {True, False}
    assert all(each.seconds > UPLOAD_SECONDS for each in slow)


def test_the_feed_is_not_started_over_for_ever():
    (expired,) = [each for each in orders() if each.fault is FaultKind.EXPIRED_CURSOR]
    assert expired.times is not None


def test_the_seed_decides_alone():
    one, other = ([each.model_dump() for each in orders(seed=1)] for _ in range(2))
    assert one == other
    assert [each.seed for each in orders(seed=1)] != [each.seed for each in orders(seed=2)]


def test_without_faults_there_are_none():
    assert orders(share=0) == []
