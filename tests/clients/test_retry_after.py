"""Retry-After in its two forms, and in none."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.retry_after import LONGEST_SECONDS, retry_after

NOW = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, None),
        ("0", 0),
        ("7", 7),
        (" 7 ", 7),
        ("1.5", 1.5),
        ("-5", 0),
        ("9" * 400, LONGEST_SECONDS),
        ("Sat, 14 Mar 2026 09:27:53 GMT", 60),
        ("Sat, 14 Mar 2026 09:27:53 -0000", 60),
        ("Sat, 14 Mar 2026 09:26:00 GMT", 0),
        ("Fri, 14 Mar 2036 09:26:53 GMT", LONGEST_SECONDS),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("Sat, 99 Mar 2026 99:99:99 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 -2359", LONGEST_SECONDS),
    ],
)
def test_seconds_and_dates_are_read_and_bounded(text, seconds):
    assert retry_after(text, NOW) == seconds


@given(
    st.text()
    | st.from_regex(r"[A-Z][a-z]{2}, \d{1,5} Mar \d{1,6} \d\d:\d\d:\d\d [-+]?\w{1,5}", fullmatch=True)
)
def test_whatever_the_header_holds_the_wait_is_none_or_within_bounds(text):
    seconds = retry_after(text, NOW)
    assert seconds is None or 0 <= seconds <= LONGEST_SECONDS
