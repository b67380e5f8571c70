import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.legible import legible
from invoices.spelling import normalise_number


@pytest.mark.parametrize(
    "spelled",
    ["INV 2026-0412", "inv2026-0412", " Inv\u00a02026-04 12\n", "INV2026-0412", "INV\u200b2026-0412"],
)
def test_case_white_space_and_width_do_not_tell_numbers_apart(spelled):
    assert normalise_number(spelled) == "inv2026-0412"


@pytest.mark.parametrize(
    "other", ["INV2026/0412", "INV20260412", "INV2026-412", "INV2026-00412", "INV2026-0413"]
)
def test_punctuation_and_leading_zeros_do(other):
    assert normalise_number(other) != normalise_number("INV2026-0412")


@given(st.text())
def test_a_normal_form_stays_as_it_is(text):
    normal = normalise_number(text)
    assert normalise_number(normal) == normal


@given(st.text(), st.integers(1, 200))
def test_legible_text_is_one_printable_line_of_limited_length(text, limit):
    shown = legible(text, limit)
    assert shown.isprintable()
    assert len(shown) <= limit
    assert shown == shown.strip()


def test_text_that_was_cut_says_so():
    assert legible("a" * 100, 10) == "aaaaaaaaa…"
    assert legible("a" + " " * 1000 + "b", 10) == "a…"
