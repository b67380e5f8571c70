from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from invoices.rules.en16931.amounts import in_cents, plain, rounded
from invoices.rules.en16931.figures import figures
from invoices.rules.en16931.figures_vat import CATEGORIES
from invoices.rules.tree import element_of
from sandbox.demo.companies import BAKERY, RESTAURANT
from sandbox.demo.draft import draft, line
from sandbox.ubl.document import ubl
from sandbox.ubl.model import (
    EXEMPT_TRAINING,
    EXPORT,
    REVERSE_CHARGE,
    S6,
    S12,
    S21,
    ZERO_RATED,
    Adjustment,
    DocumentAdjustment,
    DocumentKind,
    Invoice,
)
from tests.invoices.rules.en16931.conftest import subject_of

TOTALS = {
    "cbc:LineExtensionAmount": "BR-CO-10",
    "cbc:AllowanceTotalAmount": "BR-CO-11",
    "cbc:ChargeTotalAmount": "BR-CO-12",
    "cbc:TaxExclusiveAmount": "BR-CO-13",
    "cbc:TaxInclusiveAmount": "BR-CO-15",
    "cbc:PayableAmount": "BR-CO-16",
}
FAMILIES = {code: family for family, code in CATEGORIES.items()}

vats = st.sampled_from([S21, S12, S6, ZERO_RATED, EXEMPT_TRAINING, REVERSE_CHARGE, EXPORT])
cents = st.decimals(Decimal("0.01"), Decimal(99999), places=2)
quantities = st.decimals(Decimal(-99), Decimal(99), places=2).filter(bool)
lines = st.builds(line, st.just("Brood"), quantities.map(str), cents.map(str), vats)
adjustments = st.builds(
    DocumentAdjustment,
    st.builds(Adjustment, cents, st.just("Korting"), st.just("95"), is_charge=st.booleans()),
    vats,
)


@st.composite
def invoices(draw: st.DrawFn) -> Invoice:
    drafted = draft(
        "2026/1", date(2026, 1, 5), BAKERY, RESTAURANT, *draw(st.lists(lines, min_size=1, max_size=4))
    )
    return replace(
        drafted,
        kind=draw(st.sampled_from(DocumentKind)),
        adjustments=tuple(draw(st.lists(adjustments, max_size=3))),
    )


def check(code, holder, name, context, subject, damage) -> None:
    """Damaged, the amount is where it shows, what is found, and what it was is expected."""
    amount = holder.first(name)
    original = amount.text
    damaged = Decimal(original) + damage
    amount.text = f"{damaged}"
    broken = figures(code, context, subject)
    amount.text = original
    assert element_of(broken.at) is amount, code
    assert broken.found == f"{plain(damaged)} EUR", code
    assert broken.expected == f"{plain(Decimal(original))} EUR", code


damages = st.decimals(-5000, 5000, places=2).filter(bool)


@given(invoices(), damages)
def test_a_damaged_total_is_expected_to_be_what_it_was(invoice, damage):
    subject = subject_of(ubl(invoice))
    totals = subject.root["cac:LegalMonetaryTotal"]
    for name, code in TOTALS.items():
        check(code, totals, name, subject.root if code == "BR-CO-15" else totals, subject, damage)
    tax_total = subject.root["cac:TaxTotal"]
    check("BR-CO-14", tax_total, "cbc:TaxAmount", tax_total, subject, damage)


@given(invoices(), damages)
def test_a_damaged_vat_breakdown_is_expected_to_be_what_it_was(invoice, damage):
    subject = subject_of(ubl(invoice))
    for subtotal in subject.root.nodes("cac:TaxTotal/cac:TaxSubtotal"):
        category = subtotal["cac:TaxCategory"]
        family = FAMILIES[category.value("cbc:ID")]
        check("BR-CO-17", subtotal, "cbc:TaxAmount", subtotal, subject, damage)
        check(f"{family}-09", subtotal, "cbc:TaxAmount", category, subject, damage)
        check(f"{family}-08", subtotal, "cbc:TaxableAmount", category, subject, damage)


def test_taxable_amounts_are_reckoned_per_rate_where_rates_differ(edited):
    subject = edited("<cbc:Percent>21</cbc:Percent>", "<cbc:Percent>12</cbc:Percent>")
    broken = figures(
        "BR-S-08", subject.root.nodes("cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory")[0], subject
    )
    assert (broken.found, broken.expected) == ("120.00 EUR", None)  # no line is of 12 %: no amount would do


@pytest.mark.parametrize(
    ("code", "amounts", "expected"),
    [
        ("BR-CO-13", {"LineExtensionAmount": "100.005", "TaxExclusiveAmount": "1"}, "100.005 EUR"),
        (
            "BR-CO-13",
            {"LineExtensionAmount": "100.005", "TaxExclusiveAmount": "1", "ChargeTotalAmount": "0"},
            "100.01 EUR",
        ),
        ("BR-CO-13", {"TaxExclusiveAmount": "1"}, None),
        ("BR-CO-16", {"TaxInclusiveAmount": "121", "PayableAmount": "1"}, "121.00 EUR"),
        (
            "BR-CO-16",
            {"TaxInclusiveAmount": "121", "PrepaidAmount": "21.005", "PayableAmount": "1"},
            "100.00 EUR",
        ),
        (
            "BR-CO-16",
            {
                "TaxInclusiveAmount": "121",
                "PrepaidAmount": "21",
                "PayableRoundingAmount": "-.02",
                "PayableAmount": "1",
            },
            "99.98 EUR",
        ),
        (
            "BR-CO-16",
            {"TaxInclusiveAmount": "121.02", "PayableRoundingAmount": "-0.02", "PayableAmount": "1"},
            "121.00 EUR",
        ),
        (
            "BR-CO-16",
            {"TaxInclusiveAmount": "121.005", "PayableRoundingAmount": "0.02", "PayableAmount": "1"},
            None,
        ),
        ("BR-CO-16", {"PayableAmount": "1"}, None),
        ("BR-CO-12", {"ChargeTotalAmount": "1"}, "0.00 EUR"),
    ],
)
def test_totals_are_reckoned_as_the_rules_reckon(edited, code, amounts, expected):
    whole = etree.tostring(edited().root.element).decode()
    before, name, rest = whole.partition("<cac:LegalMonetaryTotal>")
    rest = rest[rest.index("</cac:LegalMonetaryTotal>") :]
    stated = "".join(f'<cbc:{name} currencyID="EUR">{value}</cbc:{name}>' for name, value in amounts.items())
    subject = subject_of(f"{before}{name}{stated}{rest}".encode())
    broken = figures(code, subject.root["cac:LegalMonetaryTotal"], subject)
    assert (broken.found, broken.expected) == ("1.00 EUR", expected)


def test_a_missing_total_is_looked_for_where_it_belongs(edited):
    subject = edited('<cbc:LineExtensionAmount currencyID="EUR">120.00</cbc:LineExtensionAmount>')
    totals = subject.root["cac:LegalMonetaryTotal"]
    broken = figures("BR-CO-10", totals, subject)
    assert broken.at is totals
    assert (broken.found, broken.expected) == (None, "120.00 EUR")


def test_without_one_vat_total_in_the_currency_nothing_is_expected_of_the_total(edited):
    none = edited('<cbc:TaxAmount currencyID="EUR">', '<cbc:TaxAmount currencyID="SEK">')
    assert element_of(figures("BR-CO-15", none.root, none).at).get("currencyID") == "SEK"
    two = edited('<cbc:TaxAmount currencyID="USD">', '<cbc:TaxAmount currencyID="EUR">')
    broken = figures("BR-CO-15", two.root, two)
    assert element_of(broken.at).text == "27.72"
    assert broken.expected is None


@pytest.mark.parametrize(
    ("percent", "expected"), [("21", "25.20 EUR"), ("0.4", "0.00 EUR"), ("0.5", "0.60 EUR"), ("-6", None)]
)
def test_a_rate_under_half_a_percent_is_no_rate(edited, percent, expected):
    subject = edited("<cbc:Percent>21</cbc:Percent>", f"<cbc:Percent>{percent}</cbc:Percent>")
    subtotal = subject.root.nodes("cac:TaxTotal/cac:TaxSubtotal")[0]
    assert figures("BR-CO-17", subtotal, subject).expected == expected


def test_vat_without_a_rate_is_shown_at_its_category(edited):
    subject = edited("<cbc:Percent>21</cbc:Percent>")
    subtotal = subject.root.nodes("cac:TaxTotal/cac:TaxSubtotal")[0]
    assert figures("BR-CO-17", subtotal, subject).at is subtotal["cac:TaxCategory"]
    assert figures("BR-S-09", subtotal["cac:TaxCategory"], subject).expected is None


@pytest.mark.parametrize("text", ["1e3", "NaN", "12,00", "", "9" * 80, "٣"])
def test_what_is_no_number_has_no_sum(edited, text):
    subject = edited('currencyID="EUR">60.00', f'currencyID="EUR">{text}')
    totals = subject.root["cac:LegalMonetaryTotal"]
    assert figures("BR-CO-10", totals, subject).at is totals
    category = subject.root.nodes("cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory")[0]
    for _ in range(2):
        broken = figures("BR-S-08", category, subject)
        assert broken.at is category
        assert broken.expected is None


def test_a_breakdown_is_reckoned_once_for_all_its_groups(edited):
    subject = edited()
    category = subject.root.nodes("cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory")[0]
    assert figures("BR-S-08", category, subject).expected == "120.00 EUR"
    subject.root.nodes("cac:InvoiceLine")[0]["cbc:LineExtensionAmount"].text = "1000"
    assert figures("BR-S-08", category, subject).expected == "120.00 EUR"


def test_a_found_amount_that_is_no_number_is_shown_as_it_stands(edited):
    subject = edited(">145.20<", ">veel<")
    assert figures("BR-CO-15", subject.root, subject).found == "veel"


@given(st.decimals(-(10**12), 10**12, places=4))
def test_amounts_are_rounded_to_the_nearest_cent(amount):
    assert abs(rounded(amount) - amount) <= Decimal("0.005")
    assert abs(in_cents(amount) - amount) <= Decimal("0.005")
    assert rounded(amount).as_tuple().exponent >= -2
    assert Decimal(plain(amount)) == amount
    assert len(plain(amount).partition(".")[2]) >= 2


def test_halves_go_up_in_rules_and_away_from_zero_in_books():
    half = Decimal("-1.005")
    assert (rounded(half), in_cents(half)) == (Decimal("-1.00"), Decimal("-1.01"))
    assert plain(Decimal("-0")) == "0.00"
