"""Peppol's rules about allowances and charges of the document, of its lines and of prices."""

from decimal import Decimal

from invoices.findings import PolicyClass, Severity
from invoices.rules.peppol.values import (
    EXACT,
    differ,
    money,
    number,
    number_in,
    only,
    quotient,
    text_in,
    to_cents,
)
from invoices.rules.rule import Broken, Table
from invoices.rules.subject import Subject
from invoices.rules.tree import Node, value_of

ALLOWANCES = Table()

FATAL, FORM, MONEY = Severity.FATAL, PolicyClass.FORM, PolicyClass.MONEY

_OF_DOCUMENT_OR_LINE = (
    "/cac:AllowanceCharge",
    "/cac:InvoiceLine/cac:AllowanceCharge",
    "/cac:CreditNoteLine/cac:AllowanceCharge",
)
_OF_PRICE = "cac:Price/cac:AllowanceCharge"
_AMOUNT, _BASE, _PERCENTAGE = "cbc:Amount", "cbc:BaseAmount", "cbc:MultiplierFactorNumeric"
_INDICATOR = "cbc:ChargeIndicator"


@ALLOWANCES.rule("PEPPOL-EN16931-R041", FATAL, FORM, *_OF_DOCUMENT_OR_LINE)
def percentage_has_base(allowance: Node, _: Subject) -> Broken | None:
    """A percentage comes with its base amount. Peppol BIS Billing 3.0, PEPPOL-EN16931-R041."""
    return Broken(allowance) if _PERCENTAGE in allowance and _BASE not in allowance else None


@ALLOWANCES.rule("PEPPOL-EN16931-R042", FATAL, FORM, *_OF_DOCUMENT_OR_LINE)
def base_has_percentage(allowance: Node, _: Subject) -> Broken | None:
    """A base amount comes with its percentage. Peppol BIS Billing 3.0, PEPPOL-EN16931-R042."""
    return Broken(allowance) if _BASE in allowance and _PERCENTAGE not in allowance else None


@ALLOWANCES.rule("PEPPOL-EN16931-R040", FATAL, MONEY, *_OF_DOCUMENT_OR_LINE)
def amount_is_percentage_of_base(allowance: Node, subject: Subject) -> Broken | None:
    """The amount is the percentage of the base, give or take 0.02.

    Peppol BIS Billing 3.0, PEPPOL-EN16931-R040.
    """
    percentage, base = number_in(allowance, _PERCENTAGE), number_in(allowance, _BASE)
    if percentage is None or base is None:
        return None
    stated = only(allowance, _AMOUNT)
    amount = Decimal(0) if stated is None else number(stated)
    computed = quotient(EXACT.multiply(base, percentage), Decimal(100))
    if not differ(amount, computed):
        return None
    currency = subject.currency
    return Broken(
        allowance if stated is None else stated,
        found=money(amount, currency),
        expected=money(to_cents(computed), currency),
    )


@ALLOWANCES.rule("PEPPOL-EN16931-R043", FATAL, FORM, *_OF_DOCUMENT_OR_LINE)
def is_allowance_or_charge(allowance: Node, _: Subject) -> Broken | None:
    """ChargeIndicator says true or false; not asked where base or percentage stands alone.

    Peppol BIS Billing 3.0, PEPPOL-EN16931-R043.
    """
    if (_BASE in allowance) is not (_PERCENTAGE in allowance):
        return None
    indicator = only(allowance, _INDICATOR)
    if indicator is None:
        return Broken(allowance)
    found = value_of(indicator)
    return None if found in {"true", "false"} else Broken(indicator, found=found)


@ALLOWANCES.rule("PEPPOL-EN16931-R044", FATAL, FORM, _OF_PRICE)
def no_charge_on_price(allowance: Node, _: Subject) -> Broken | None:
    """A price has allowances only. Peppol BIS Billing 3.0, PEPPOL-EN16931-R044."""
    indicator = only(allowance, _INDICATOR)
    if indicator is None:
        return Broken(allowance, expected="false")
    found = value_of(indicator)
    return None if found == "false" else Broken(indicator, found=found, expected="false")


@ALLOWANCES.rule("PEPPOL-EN16931-R046", FATAL, MONEY, _OF_PRICE)
def net_price_is_gross_less_allowance(allowance: Node, subject: Subject) -> Broken | None:
    """The net price (BT-146) is the gross price (BT-148) less the discount (BT-147), to the last decimal.

    Peppol BIS Billing 3.0, PEPPOL-EN16931-R046.
    """
    gross, discount = number_in(allowance, _BASE), number_in(allowance, _AMOUNT)
    if gross is None:
        return None
    price = allowance.parent
    stated = only(price, "cbc:PriceAmount") if price is not None else None
    if discount is None or stated is None:
        return Broken(allowance)
    net, computed = number(stated), EXACT.subtract(gross, discount)
    if net == computed:
        return None
    return Broken(stated, found=money(net, subject.currency), expected=money(computed, subject.currency))


def total(line: Node, indicator: str) -> Decimal:
    """The allowances ("false") or charges ("true") of a line, together, to two decimals."""
    amounts = [
        number(amount)
        for each in line.nodes("cac:AllowanceCharge")
        if text_in(each, _INDICATOR) == indicator
        for amount in each.leaves(_AMOUNT)
    ]
    together = Decimal(0)
    for amount in amounts:
        together = EXACT.add(together, amount)
    return to_cents(together)
