import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum import iban, luhn
from stdnum.gr import vat as greek

from invoices.rules.national.check_digits import is_greek_tax_number, is_iban, is_swedish_organisation


def digits(*lengths):
    return st.sampled_from(lengths).flatmap(
        lambda length: st.text("0123456789", min_size=length, max_size=length)
    )


@given(digits(10))
def test_ten_digits_are_a_swedish_number_if_they_pass_luhns_test(number):
    assert is_swedish_organisation(number) == luhn.is_valid(number)


@given(digits(9), st.text("0123456789", max_size=4))
def test_one_check_digit_makes_a_swedish_number_and_what_follows_does_not_count(number, more):
    right = [check for check in "0123456789" if is_swedish_organisation(number + check + more)]
    assert right == [luhn.calc_check_digit(number)]


@given(st.text("0123456789 -A", max_size=9) | digits(10).map(lambda number: f"{number[:6]}-{number[6:]}"))
def test_what_is_short_or_has_separators_is_no_swedish_number(text):
    assert not is_swedish_organisation(text)


@pytest.mark.parametrize("number", ["٣٣٣٣٣٣٣٣٣٣", "55603607٩3", "٣"])
def test_swedish_digits_of_other_scripts_have_no_answer(number):
    with pytest.raises(ValueError, match="script"):
        is_swedish_organisation(number)


def test_a_check_digit_of_another_script_is_wrong():
    assert not is_swedish_organisation("556036079٣")


@given(digits(9))
def test_nine_digits_are_a_greek_number_as_the_greek_tax_authority_reckons(number):
    assert is_greek_tax_number(number) == greek.is_valid(number)


@given(digits(8), st.text(max_size=3))
def test_one_check_digit_makes_a_greek_number_and_what_follows_does_not_count(number, more):
    right = [check for check in "0123456789" if is_greek_tax_number(number + check + more)]
    assert right == [greek.calc_check_digit(number)]


@given(st.text(max_size=8) | st.text(min_size=9).filter(lambda text: not text[:9].isascii()))
def test_anything_else_is_no_greek_number(text):
    assert not is_greek_tax_number(text)


@given(
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", max_size=30), st.sampled_from(["DE", "BE", "NL", "XX"])
)
def test_the_check_digits_of_an_iban_make_it_one_whatever_its_length(account, country):
    checked = f"{country}{iban.calc_check_digits(f'{country}00{account}')}{account}"
    assert is_iban(checked)
    assert not is_iban(f"{country}{(int(checked[2:4]) + 1) % 100:02}{account}")


@given(st.text(max_size=40))
def test_what_has_not_the_form_of_an_iban_is_none(text):
    compact = "".join(each for each in text if each not in " \t\r\n")
    assume(not (compact[:2].isalpha() and compact[:2].isupper()))
    assert not is_iban(text)


@pytest.mark.parametrize("account", ["DE89 3704 0044 0532 0130 00", "\tDE89370400440532013000\n"])
def test_white_space_in_an_iban_does_not_count(account):
    assert is_iban(account)


@pytest.mark.parametrize(
    "account", ["DE89\u00a0370400440532013000", "de89370400440532013000", "DE89-3704", "", "D", "DE8"]
)
def test_separators_and_small_letters_do(account):
    assert not is_iban(account)


def test_small_letters_in_the_account_count_for_more_than_capitals():
    assert is_iban("GB82WEST12345698765432")
    assert not is_iban("GB82west12345698765432")
