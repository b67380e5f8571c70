from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.explain.text import Language
from invoices.explain.values import NO_BREAK, shown

EN, NL, FR = Language.EN, Language.NL, Language.FR


@pytest.mark.parametrize(
    ("value", "language", "text"),
    [
        ("121.00 EUR", EN, "€121.00"),
        ("121.00 EUR", NL, "€_121,00"),
        ("121.00 EUR", FR, "121,00_€"),
        ("1234567.50 EUR", EN, "€1,234,567.50"),
        ("1234567.50 EUR", NL, "€_1.234.567,50"),
        ("1234567.50 EUR", FR, "1.234.567,50_€"),
        ("-0.01 EUR", EN, "-€0.01"),
        ("-0.01 EUR", NL, "€_-0,01"),
        ("-0.01 EUR", FR, "-0,01_€"),
        ("121.00 USD", EN, "USD_121.00"),
        ("121.00 USD", NL, "USD_121,00"),
        ("121.00 USD", FR, "121,00_USD"),
        ("-121.00 USD", EN, "USD_-121.00"),
        ("121 EUR", EN, "€121.00"),
        ("121.5 EUR", NL, "€_121,50"),
        ("121.00", EN, "121.00"),
        ("1234.5", NL, "1.234,5"),
        ("1234.5", FR, "1.234,5"),
    ],
)
def test_amounts_are_written_as_the_reader_does(value, language, text):
    assert shown(value, language) == text.replace("_", NO_BREAK)


@given(
    amount=st.decimals(-(10**12), 10**12, places=4),
    currency=st.sampled_from(["", " EUR", " USD"]),
    language=st.sampled_from(Language),
)
def test_no_figure_of_an_amount_is_lost(amount, currency, language):
    text = shown(f"{amount:f}{currency}", language)
    grouping, point = (",", ".") if language is EN else (".", ",")
    figures = "".join(char for char in text if char in "-0123456789,.")
    assert Decimal(figures.replace(grouping, "").replace(point, ".")) == amount
    assert " " not in text


@pytest.mark.parametrize(
    "code", ["380", "0208", "0403019261", "BE0403019261", "S", "2026/0412", "application/pdf"]
)
@pytest.mark.parametrize("language", Language)
def test_codes_and_numbers_of_things_stay_as_they_are(code, language):
    assert shown(code, language) == code


@pytest.mark.parametrize(
    ("language", "text"), [(EN, "“Gent & Co”"), (NL, "“Gent & Co”"), (FR, "«_Gent & Co_»")]
)
def test_other_values_stand_in_quotation_marks(language, text):
    assert shown("Gent & Co", language) == text.replace("_", NO_BREAK)


@pytest.mark.parametrize("nothing", [None, "", " \n", "\x00"])
@pytest.mark.parametrize("language", Language)
def test_nothing_is_not_shown(nothing, language):
    assert shown(nothing, language) is None


@given(
    value=st.text() | st.text(min_size=1).map(lambda text: text * 10_000), language=st.sampled_from(Language)
)
def test_any_value_is_shown_on_one_short_legible_line(value, language):
    text = shown(value, language)
    assert text is None or len(text) <= 90
    assert all(char.isprintable() or char == NO_BREAK for char in text or "")
