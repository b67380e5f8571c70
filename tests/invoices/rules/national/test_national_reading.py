from math import inf, isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.rules.national.reading import double, integer


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_read_as_they_are_written(number):
    assert double(f" {number!r}\n") == number


@pytest.mark.parametrize(
    ("text", "number"), [("25.", 25), (".5", 0.5), ("1e3", 1000), ("-INF", -inf), ("INF", inf)]
)
def test_numbers_have_the_forms_of_xml_schema(text, number):
    assert double(text) == number


@pytest.mark.parametrize("text", ["", "abc", "1_0", "inf", "0x1A", "٣", "1,5", "\u00a01", "1 0", "NaN", "."])
def test_anything_else_is_not_a_number(text):
    assert isnan(double(text))


@given(st.integers())
def test_whole_numbers_are_read(number):
    assert integer(f"\t{number} ") == number


def test_a_whole_number_may_be_longer_than_python_likes():
    assert integer("-" + "9" * 5000) < 0


@pytest.mark.parametrize("text", ["", "1.0", "1e3", "INF", "٣", "1_0"])
def test_what_is_no_whole_number_has_no_answer(text):
    with pytest.raises(ValueError, match="whole number"):
        integer(text)
