"""Figures of the document totals (BG-22) and of VAT amounts: BR-CO-10 to BR-CO-17."""

from collections.abc import Mapping
from decimal import Decimal

from invoices.rules.en16931.amounts import (
    CENT,
    ZERO,
    number,
    number_at,
    numbers,
    rounded,
    total,
    wrong_amount,
)
from invoices.rules.en16931.places import deepest
from invoices.rules.rule import Broken, Test
from invoices.rules.subject import Subject
from invoices.rules.tree import Node, string_of, value_of


def is_vat(category: Node) -> bool:
    """Whether a tax category or a party's tax scheme is of VAT."""
    return any(value_of(scheme).upper() == "VAT" for scheme in category.leaves("cac:TaxScheme/cbc:ID"))


def is_charge(adjustment: Node) -> bool:
    """Whether an AllowanceCharge is a charge."""
    return adjustment.value("cbc:ChargeIndicator") in {"true", "1"}


def vat_amount(base: Decimal, rate: Decimal) -> Decimal | None:
    """The VAT on a taxable amount, with its sign; None for a negative rate, which no VAT amount satisfies."""
    if rate < 0:
        return None
    vat = rounded(abs(base) * rate * CENT)
    return -vat if base < 0 else vat


def _lines(totals: Node, subject: Subject) -> Broken:
    name = "cac:CreditNoteLine" if subject.is_credit_note else "cac:InvoiceLine"
    amounts = numbers(subject.root, f"{name}/cbc:LineExtensionAmount")
    return wrong_amount(totals, "cbc:LineExtensionAmount", rounded(total(amounts)), subject)


def _adjustments(totals: Node, subject: Subject, name: str, *, charges: bool) -> Broken:
    adjustments = [each for each in subject.root.nodes("cac:AllowanceCharge") if is_charge(each) is charges]
    expected = total(amount for each in adjustments for amount in numbers(each, "cbc:Amount"))
    return wrong_amount(totals, name, rounded(expected), subject)


def _allowances(totals: Node, subject: Subject) -> Broken:
    return _adjustments(totals, subject, "cbc:AllowanceTotalAmount", charges=False)


def _charges(totals: Node, subject: Subject) -> Broken:
    return _adjustments(totals, subject, "cbc:ChargeTotalAmount", charges=True)


def _without_vat(totals: Node, subject: Subject) -> Broken:
    expected = number_at(totals, "cbc:LineExtensionAmount")
    charge = number_at(totals, "cbc:ChargeTotalAmount")
    allowance = number_at(totals, "cbc:AllowanceTotalAmount")
    if expected is not None and (charge is not None or allowance is not None):
        expected = rounded(expected + (charge or ZERO) - (allowance or ZERO))
    return wrong_amount(totals, "cbc:TaxExclusiveAmount", expected, subject)


def _with_vat(root: Node, subject: Subject) -> Broken:
    currency = string_of(root.leaves("cbc:DocumentCurrencyCode")[0])
    vat = "cac:TaxTotal/cbc:TaxAmount"
    in_currency = [amount for amount in root.leaves(vat) if amount.get("currencyID") == currency]
    if len(in_currency) != 1:
        return Broken(in_currency[1] if in_currency else deepest(root, vat))
    totals = root.nodes("cac:LegalMonetaryTotal")[0]
    expected = number_at(totals, "cbc:TaxExclusiveAmount")
    if expected is not None:
        expected = rounded(expected + number(in_currency[0]))
    return wrong_amount(totals, "cbc:TaxInclusiveAmount", expected, subject)


def _payable(totals: Node, subject: Subject) -> Broken:
    due = number_at(totals, "cbc:TaxInclusiveAmount")
    paid = number_at(totals, "cbc:PrepaidAmount")
    rounding = number_at(totals, "cbc:PayableRoundingAmount")
    if due is not None and paid is not None:
        due = rounded(due - paid)
    if due is not None and rounding is not None:
        # Rounded again on the other side: an amount in parts of a cent has no answer.
        due = due + rounding if due == rounded(due) else None
    return wrong_amount(totals, "cbc:PayableAmount", due, subject)


def _vat_total(tax_total: Node, subject: Subject) -> Broken:
    expected = rounded(total(numbers(tax_total, "cac:TaxSubtotal/cbc:TaxAmount")))
    return wrong_amount(tax_total, "cbc:TaxAmount", expected, subject)


def _vat_of_rate(subtotal: Node, subject: Subject) -> Broken:
    """BR-CO-17. A rate under half a percent counts as zero; without a rate, the category is what is wrong."""
    categories = [each for each in subtotal.nodes("cac:TaxCategory") if is_vat(each)]
    rates = [rate for each in categories for rate in numbers(each, "cbc:Percent")]
    if len(rates) != 1:
        return Broken(deepest(subtotal, "cac:TaxCategory"))
    base = number_at(subtotal, "cbc:TaxableAmount")
    if Decimal("-0.5") <= rates[0] < Decimal("0.5"):
        expected: Decimal | None = ZERO
    else:
        expected = None if base is None else vat_amount(base, rates[0])
    return wrong_amount(subtotal, "cbc:TaxAmount", expected, subject)


TOTALS: Mapping[str, Test] = {
    "BR-CO-10": _lines,
    "BR-CO-11": _allowances,
    "BR-CO-12": _charges,
    "BR-CO-13": _without_vat,
    "BR-CO-14": _vat_total,
    "BR-CO-15": _with_vat,
    "BR-CO-16": _payable,
    "BR-CO-17": _vat_of_rate,
}
