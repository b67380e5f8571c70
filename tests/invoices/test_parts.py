"""Parts: written like 2/4, and each company in one of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.parts import WHOLE, InvalidPart, Part


@pytest.mark.parametrize(
    ("text", "part"),
    [("1/1", WHOLE), ("2/4", Part(2, 4)), ("12/12", Part(12, 12)), ("999/999", Part(999, 999))],
)
def test_a_part_is_which_one_of_how_many(text, part):
    assert Part.parse(text) == part
    assert str(part) == text


@pytest.mark.parametrize(
    "text", ["", "2", "0/4", "5/4", "1/0", "02/4", "2/4 ", "-1/2", "2 / 4", "a/b", "1/1000", "²/4"]
)
def test_what_is_no_part_is_refused_with_how_to_write_one(text):
    with pytest.raises(InvalidPart, match="such as 2/4") as refused:
        Part.parse(text)
    assert f"“{text}”" in str(refused.value)


def test_a_refusal_quotes_no_more_than_is_legible():
    with pytest.raises(InvalidPart) as refused:
        Part.parse("9" * 1_000)
    assert len(str(refused.value)) < 200


@given(number=st.none() | st.from_regex(r"[01][0-9]{9}", fullmatch=True), of=st.integers(1, 999))
def test_each_company_is_in_one_part_and_so_is_what_names_none(number, of):
    assert [each for each in range(1, of + 1) if Part(each, of).has(number)] != []
    assert sum(Part(each, of).has(number) for each in range(1, of + 1)) == 1


def test_parts_are_of_about_the_same_size():
    companies = [f"0{number:09}" for number in range(4_000)]
    for each in range(1, 9):
        assert 400 < sum(map(Part(each, 8).has, companies)) < 600
