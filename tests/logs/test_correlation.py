"""The correlation id: usable in a header and a log, the same for all that follows from one call, also in threads."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logs.correlation import CorrelatedThreads, correlated, correlation_id, current_id, usable_request_id


@pytest.mark.parametrize("wanted", [None, "", "a b", "a\r\nX-Evil: 1", "a\n", "é", "x" * 129])
def test_an_id_that_is_not_fit_for_a_header_is_replaced(wanted):
    replacement = usable_request_id(wanted)
    assert replacement != wanted
    assert usable_request_id(replacement) == replacement


@given(st.text())
def test_whatever_is_wanted_the_id_is_plain(wanted):
    usable = usable_request_id(wanted)
    assert usable.isascii()
    assert usable.isprintable()
    assert 0 < len(usable) <= 128


def test_an_id_that_is_fit_for_a_header_is_kept():
    assert usable_request_id("0b5c.run:7") == "0b5c.run:7"


def test_what_happens_inside_has_the_id_and_what_comes_after_has_not():
    with correlated("outer"):
        with correlated("inner") as inner:
            assert correlation_id() == inner == "inner"
        assert correlation_id() == "outer"
    assert current_id() is None
    assert correlation_id() != correlation_id()


def test_threads_of_a_correlated_pool_go_on_with_the_id():
    with correlated("run-1"), CorrelatedThreads(2) as threads:
        assert set(threads.map(lambda _: correlation_id(), range(4))) == {"run-1"}


def test_calls_at_the_same_time_keep_their_own():
    async def one(name):
        with correlated(name):
            await asyncio.sleep(0)
            return correlation_id(), await asyncio.to_thread(correlation_id)

    async def both():
        return await asyncio.gather(one("a"), one("b"))

    assert asyncio.run(both()) == [("a", "a"), ("b", "b")]
