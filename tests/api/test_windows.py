"""Windows: counts are exact within a window, end with it, and never take more memory than they may."""

from limits import parse
from limits.strategies import FixedWindowRateLimiter

from api.windows import Windows


def test_a_name_is_counted_until_its_window_ends():
    windows = Windows()
    assert [windows.incr("a", 60), windows.incr("a", 60), windows.incr("b", 60)] == [1, 2, 1]
    assert (windows.get("a"), windows.get("c")) == (2, 0)
    assert [windows.incr("d", 0), windows.incr("d", 0), windows.get("d")] == [1, 1, 0]


def test_no_more_names_are_kept_than_may_be():
    windows = Windows(most_names=100)
    windows.incr("kept", 60)
    for serial in range(99):
        windows.incr(f"expired {serial}", 0)
    windows.incr("new", 60)
    assert windows.get("kept") == 1
    for serial in range(1000):
        windows.incr(f"alive {serial}", 60)
        assert windows.get(f"alive {serial}") == 1
    assert windows.get("kept") == 0
    assert windows.reset() <= 100
    assert windows.check()


def test_it_serves_a_limiter():
    limiter, limit = FixedWindowRateLimiter(Windows()), parse("2/hour")
    assert [limiter.hit(limit, "a") for _ in range(3)] == [True, True, False]
    limiter.clear(limit, "a")
    assert limiter.test(limit, "a")
    assert limiter.hit(limit, "a")
    assert limiter.get_window_stats(limit, "a").remaining == 1
