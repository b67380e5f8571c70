"""Peppol's rules about the currencies of amounts, and about how often and with what sign VAT totals occur."""

from decimal import Decimal

from invoices.findings import PolicyClass, Severity
from invoices.rules.peppol.code_lists import CURRENCIES
from invoices.rules.peppol.values import money, number, text_in
from invoices.rules.rule import Broken, Table
from invoices.rules.subject import Subject
from invoices.rules.tree import Leaf, Node, value_of

AMOUNTS = Table()

FATAL, FORM, MONEY = Severity.FATAL, PolicyClass.FORM, PolicyClass.MONEY

IN_INVOICE_CURRENCY = (
    *("cbc:Amount", "cbc:BaseAmount", "cbc:PriceAmount", "cbc:TaxableAmount", "cbc:LineExtensionAmount"),
    *("cbc:TaxExclusiveAmount", "cbc:TaxInclusiveAmount", "cbc:AllowanceTotalAmount"),
    *("cbc:ChargeTotalAmount", "cbc:PrepaidAmount", "cbc:PayableRoundingAmount", "cbc:PayableAmount"),
)
"""Amounts that are stated in the invoice currency wherever they stand."""

_VAT = "cbc:TaxAmount"
_SUBTOTAL = "cac:TaxSubtotal"


@AMOUNTS.rule_of_all("PEPPOL-EN16931-CL007", FATAL, FORM, *IN_INVOICE_CURRENCY, _VAT)
def currency_is_known(amounts: list[Leaf], _: Subject) -> list[Broken]:
    """Amounts are in a currency of ISO 4217. Peppol BIS Billing 3.0, PEPPOL-EN16931-CL007."""
    return [
        Broken(amount, found=amount.get("currencyID"))
        for amount in amounts
        if amount.get("currencyID") not in CURRENCIES
    ]


def currency_is_the_invoices(amounts: list[Leaf], subject: Subject) -> list[Broken]:
    """Amounts are in the invoice currency (BT-5). Peppol BIS Billing 3.0, PEPPOL-EN16931-R051."""
    currencies = subject.currencies
    return [
        Broken(amount, found=amount.get("currencyID"), expected=subject.currency or None)
        for amount in amounts
        if amount.get("currencyID") not in currencies
    ]


@AMOUNTS.rule_of_all("PEPPOL-EN16931-R051", FATAL, MONEY, "cac:TaxTotal")
def currency_of_vat_is_the_invoices(totals: list[Node], subject: Subject) -> list[Broken]:
    """So is the VAT total that has subtotals. Peppol BIS Billing 3.0, PEPPOL-EN16931-R051."""
    amounts = [amount for total in totals if _SUBTOTAL in total for amount in total.named(_VAT)]
    return currency_is_the_invoices(amounts, subject)


@AMOUNTS.rule("PEPPOL-EN16931-R005", FATAL, FORM, "cbc:TaxCurrencyCode")
def vat_currency_is_another(code: Leaf, subject: Subject) -> Broken | None:
    """The VAT accounting currency (BT-6), where stated, is another than the invoice's.

    Peppol BIS Billing 3.0, PEPPOL-EN16931-R005.
    """
    found = value_of(code)
    return Broken(code, found=found) if found == subject.currency else None


@AMOUNTS.rule("PEPPOL-EN16931-R053", FATAL, MONEY, "/")
def one_vat_total_with_subtotals(root: Node, _: Subject) -> Broken | None:
    """One VAT total has subtotals. Peppol BIS Billing 3.0, PEPPOL-EN16931-R053."""
    totals = [total for total in root.named("cac:TaxTotal") if _SUBTOTAL in total]
    if len(totals) == 1:
        return None
    return Broken(totals[1] if totals else root, found=str(len(totals)), expected="1")


@AMOUNTS.rule("PEPPOL-EN16931-R054", FATAL, MONEY, "/")
def one_vat_total_in_accounting_currency(root: Node, _: Subject) -> Broken | None:
    """One VAT total has no subtotals where there is a VAT accounting currency (BT-6), else none.

    Peppol BIS Billing 3.0, PEPPOL-EN16931-R054.
    """
    totals = [total for total in root.named("cac:TaxTotal") if _SUBTOTAL not in total]
    expected = 1 if "cbc:TaxCurrencyCode" in root else 0
    if len(totals) == expected:
        return None
    return Broken(totals[-1] if totals else root, found=str(len(totals)), expected=str(expected))


@AMOUNTS.rule("PEPPOL-EN16931-R055", FATAL, MONEY, "/")
def vat_totals_have_one_sign(root: Node, subject: Subject) -> Broken | None:
    """The VAT totals in both currencies (BT-110, BT-111) are both below or both above zero, or zero.

    Peppol BIS Billing 3.0, PEPPOL-EN16931-R055.
    """
    if "cbc:TaxCurrencyCode" not in root:
        return None
    in_vat_currency = _vat_in(root, text_in(root, "cbc:TaxCurrencyCode"))
    in_invoice_currency = _vat_in(root, subject.currency)
    numbers = [[number(amount) for amount in each] for each in (in_vat_currency, in_invoice_currency)]
    if all(any(map(_is_not_above_zero, each)) for each in numbers):
        return None
    if all(any(map(_is_not_below_zero, each)) for each in numbers):
        return None
    if not in_vat_currency:
        return Broken(root)
    amount = in_vat_currency[0]
    return Broken(amount, found=money(number(amount), amount.get("currencyID")))


def _vat_in(root: Node, currency: str) -> list[Leaf]:
    amounts = root.leaves(f"cac:TaxTotal/{_VAT}")
    return [amount for amount in amounts if amount.get("currencyID") == currency]


def _is_not_above_zero(amount: Decimal) -> bool:
    return amount <= 0


def _is_not_below_zero(amount: Decimal) -> bool:
    return amount >= 0
