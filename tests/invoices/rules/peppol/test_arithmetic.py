"""The arithmetic of lines, prices and allowances, to the last decimal."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from invoices.rules.peppol.values import EXACT, day, money, quotient, to_cents
from tests.invoices.rules.peppol.asked import INVOICE, broken, changed, codes

QUANTITY = '<cbc:InvoicedQuantity unitCode="C62">2<'
NET = '<cbc:LineExtensionAmount currencyID="EUR">22.00</cbc:LineExtensionAmount>\n    <cac:AllowanceCharge>'
CHARGE = '<cbc:Amount currencyID="EUR">2.00<'
PRICE = '<cbc:PriceAmount currencyID="EUR">10</cbc:PriceAmount>'
DISCOUNT = '<cbc:Amount currencyID="EUR">1.00</cbc:Amount>'

R040, R046, R120 = "PEPPOL-EN16931-R040", "PEPPOL-EN16931-R046", "PEPPOL-EN16931-R120"


def decimals(places, low=-(10**6), high=10**6):
    return st.decimals(low, high, places=places)


def line(quantity, price, charge, net, base=None):
    per = "" if base is None else f"<cbc:BaseQuantity>{base}</cbc:BaseQuantity>"
    edits = [
        (QUANTITY, QUANTITY.replace(">2<", f">{quantity:f}<")),
        (PRICE, PRICE.replace(">10<", f">{price:f}<") + per),
        (CHARGE, CHARGE.replace("2.00", f"{charge:f}")),
        (NET, NET.replace("22.00", f"{net:f}")),
    ]
    return changed(INVOICE, *edits)


@given(decimals(3), decimals(4), decimals(2), decimals(3, -1, 1))
def test_a_line_may_be_two_cents_off_and_no_more(quantity, price, charge, off):
    net = EXACT.add(EXACT.multiply(quantity, price), charge + off)
    assert codes(line(quantity, price, charge, net)) == ([R120] if abs(off) > Decimal("0.02") else [])


@given(decimals(3), decimals(4), st.integers(1, 9999))
def test_a_price_for_more_than_one_is_divided(quantity, price, base):
    net = Fraction(quantity) * Fraction(price) / base + 2
    rounded = Decimal(round(net * 100)) / 100
    assert codes(line(quantity, price, Decimal(2), rounded, base)) == []
    assert codes(line(quantity, price, Decimal(2), rounded + Decimal("0.03"), base)) == [R120]


@given(decimals(2), decimals(2), decimals(1, 0, 100), decimals(3, -1, 1))
def test_an_allowance_may_be_two_cents_off_its_percentage(base, amount, percentage, off):
    amount = EXACT.add(EXACT.multiply(base, percentage).scaleb(-2), off)
    allowance = (
        f"<cbc:MultiplierFactorNumeric>{percentage:f}</cbc:MultiplierFactorNumeric>"
        f'<cbc:Amount currencyID="EUR">{amount:f}</cbc:Amount>'
        f'<cbc:BaseAmount currencyID="EUR">{base:f}</cbc:BaseAmount>'
    )
    assert codes(changed(INVOICE, (DISCOUNT, allowance))) == ([R040] if abs(off) > Decimal("0.02") else [])


@given(decimals(4), decimals(4), decimals(4, -1, 1))
def test_a_net_price_is_exactly_the_gross_price_less_the_discount(gross, discount, off):
    allowance = (
        "<cac:AllowanceCharge><cbc:ChargeIndicator>false</cbc:ChargeIndicator>"
        f'<cbc:Amount currencyID="EUR">{discount:f}</cbc:Amount>'
        f'<cbc:BaseAmount currencyID="EUR">{gross:f}</cbc:BaseAmount></cac:AllowanceCharge>'
    )
    price = gross - discount + off
    document = changed(INVOICE, (PRICE, PRICE.replace(">10<", f">{price:f}<") + allowance))
    assert (R046 in codes(document)) is (off != 0)


def test_numbers_longer_than_a_computer_word_are_reckoned_exactly():
    quantity, price = Decimal("123456789012345678901234567890.123"), Decimal("98765432109876543210.5")
    net = EXACT.multiply(quantity, price)
    assert codes(line(quantity, price, Decimal(0), net)) == []
    assert codes(line(quantity, price, Decimal(0), EXACT.add(net, Decimal("0.021")))) == [R120]


def test_what_a_line_should_be_is_told_in_cents():
    ((_, finding),) = broken(line(Decimal(3), Decimal("3.335"), Decimal(0), Decimal(1)))
    assert (finding.found, finding.expected) == ("1.00 EUR", "10.01 EUR")


@given(st.decimals(-(10**9), 10**9, places=6), st.integers(1, 10**6))
def test_a_quotient_is_right_to_eighteen_decimals(dividend, divisor):
    exact = Fraction(dividend) / divisor
    assert abs(Fraction(quotient(dividend, Decimal(divisor))) - exact) <= Fraction(1, 2 * 10**18)


@pytest.mark.parametrize(
    ("dividend", "divisor", "expected"),
    [
        ("2", "3", "0.666666666666666667"),
        ("1", str(2**19), "0.000001907348632812"),
        ("-1", "3", "-0.333333333333333333"),
    ],
)
def test_a_quotient_is_rounded_as_xpath_processors_do(dividend, divisor, expected):
    assert quotient(Decimal(dividend), Decimal(divisor)) == Decimal(expected)


@pytest.mark.parametrize(
    ("amount", "cents"), [("2.345", "2.35"), ("-2.345", "-2.34"), ("-2.346", "-2.35"), ("2", "2.00")]
)
def test_a_half_cent_goes_up_also_below_zero(amount, cents):
    assert str(to_cents(Decimal(amount))) == cents


def test_amounts_are_shown_with_at_least_two_decimals():
    assert money(Decimal("1E+3"), "EUR") == "1000.00 EUR"
    assert money(Decimal("0.125"), None) == "0.125"


@given(st.dates())
def test_days_follow_each_other_as_in_the_calendar(date):
    assume(date.year < 9999)
    assert day(f"{date.isoformat()}") == date.toordinal() * 1440
    assert day(f"{date.year + 400:04}{date.isoformat()[4:]}") - day(date.isoformat()) == 146_097 * 1440


def test_a_day_begins_sooner_in_the_east():
    assert day("2026-01-01+02:00") == day("2026-01-01") - 120
    assert day(" 2026-01-01-14:00\n") == day("2026-01-01Z") + 840


@pytest.mark.parametrize(
    "text", ["2026-02-30", "2026-W01-1", "20260101", "2026-01-01+15:00", "2026-01-01+01:60", ""]
)
def test_what_is_no_date_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 (it is of several kinds)
        day(text)
