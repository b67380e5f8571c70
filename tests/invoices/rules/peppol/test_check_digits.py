"""Check digits, against python-stdnum where both mean the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean, luhn
from stdnum.au import abn
from stdnum.be import vat as be_vat
from stdnum.no import orgnr

from invoices.rules.peppol import check_digits as check


def digits(count):
    return st.text("0123456789", min_size=count, max_size=count)


@given(st.one_of(digits(8), digits(12), digits(13), digits(14)))
def test_a_gln_has_the_check_digit_of_gs1(number):
    assert check.is_gln(number) is ean.is_valid(number)
    assert check.is_gln(number[:-1] + ean.calc_check_digit(number[:-1]))


@given(digits(9))
def test_a_norwegian_number_has_modulus_11(number):
    assert check.is_norwegian(number) is (orgnr.is_valid(number) and int(number) > 0)
    assert not check.is_norwegian("000000000")
    assert check.is_norwegian("923829644")


@given(digits(8))
def test_a_belgian_number_has_modulus_97(number):
    whole = f"{number}{97 - int(number) % 97:02}"
    assert check.is_belgian(whole)
    assert not check.is_belgian(f"{number}{(int(whole[8:]) + 1) % 100:02}")
    if number[0] in "01" and int(number):
        assert be_vat.is_valid(whole)


@given(digits(10))
def test_a_swedish_number_passes_luhns_test(number):
    assert check.is_swedish(number) is luhn.is_valid(number)
    assert check.is_swedish(number[:-1] + luhn.calc_check_digit(number[:-1]))


@given(digits(11))
def test_an_italian_vat_number_passes_luhns_test(number):
    assert check.is_italian_vat(f"IT{number}") is luhn.is_valid(number)
    assert check.is_italian_vat(f"it{number[:-1]}{luhn.calc_check_digit(number[:-1])}")


@given(digits(9))
def test_an_australian_number_has_modulus_89(number):
    assert check.is_australian(abn.calc_check_digits(number) + number)
    assert check.is_australian(f"11{number}") is abn.is_valid(f"11{number}")


@given(st.text(max_size=21))
def test_no_text_is_too_strange_to_be_judged(text):
    for test in (
        check.is_gln,
        check.is_norwegian,
        check.is_danish,
        check.is_belgian,
        check.is_swedish,
        check.is_australian,
        check.is_dutch_vat,
        check.is_italian_office,
        check.is_italian_tax_code,
    ):
        assert test(text) in {True, False}


@pytest.mark.parametrize("text", ["٣٣٣٣٣٣٣٣", "1234567", "", " 12345678", "¹²³⁴⁵⁶⁷⁸"])
def test_only_ascii_digits_count(text):
    assert not check.is_digits(text, 8)
    assert check.is_digits("12345678", 8)


@pytest.mark.parametrize(
    ("text", "is_valid"),
    [
        ("RSSMRA85T10A562S", True),
        ("12345678901", True),
        ("+1234567890", True),
        ("RSSMRA85T10A562", False),
        ("RSSMRAxxT10A562S", False),
        ("1234567890A", False),
    ],
)
def test_an_italian_tax_code_has_its_form(text, is_valid):
    assert check.is_italian_tax_code(text) is is_valid


def test_an_italian_vat_number_of_another_country_or_length():
    assert check.is_italian_vat("DE123456789")
    assert not check.is_italian_vat("IT123")
    with pytest.raises(ValueError, match="a sign or a blank"):
        check.is_italian_vat("IT+0743110157")


def test_dutch_and_danish_numbers_have_their_form():
    assert check.is_dutch_vat("NL123456789B01")
    assert not check.is_dutch_vat("NL123456789A01")
    assert check.is_danish("DK12345678")
    assert not check.is_danish("dk12345678")
    assert check.is_italian_office("UFRB7A")
    assert not check.is_italian_office("ÙFRB7A")
