"""How long a document is kept, in calendar years."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.retention import SHORTEST_YEARS, counted_from, kept_until, may_be_erased

DAYS = st.dates(date(1990, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    ("issued", "arrived", "first"),
    [
        (date(2026, 1, 1), date(2026, 1, 2), date(2027, 1, 1)),
        (date(2026, 12, 31), date(2027, 1, 1), date(2028, 1, 1)),
        (None, date(2026, 5, 5), date(2027, 1, 1)),
        (date(1926, 5, 5), date(2026, 5, 5), date(2027, 1, 1)),
        (date(2027, 1, 1), date(2026, 12, 31), date(2028, 1, 1)),
    ],
)
def test_years_count_from_1_january_after_the_later_of_issue_and_arrival(issued, arrived, first):
    assert counted_from(issued, arrived) == first


def test_a_document_of_2026_is_kept_until_the_end_of_2036():
    assert kept_until(counted_from(date(2026, 3, 14), date(2026, 3, 15)), 10) == date(2036, 12, 31)


def test_less_than_the_law_demands_is_refused():
    with pytest.raises(ValueError, match="10 years or more, not 9"):
        kept_until(date(2027, 1, 1), 9)


@given(st.none() | DAYS, DAYS, st.integers(SHORTEST_YEARS, 40))
def test_it_may_go_on_the_day_after_and_never_within_ten_years_of_either_date(issued, arrived, years):
    counted = counted_from(issued, arrived)
    last = kept_until(counted, years)
    assert (last.month, last.day) == (12, 31)
    assert not may_be_erased(last, counted, years)
    assert may_be_erased(last + timedelta(1), counted, years)
    for moment in filter(None, (issued, arrived)):
        assert last.year - moment.year >= years
