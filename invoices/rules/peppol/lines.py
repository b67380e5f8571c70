"""Peppol's rules about invoice lines: their arithmetic, their periods and what they refer to."""

from decimal import Decimal

from invoices.findings import PolicyClass, Severity
from invoices.rules.peppol.allowances import total
from invoices.rules.peppol.values import (
    EXACT,
    day,
    differ,
    holds,
    money,
    number,
    number_in,
    only,
    quotient,
    to_cents,
)
from invoices.rules.rule import Broken, Table
from invoices.rules.subject import Subject
from invoices.rules.tree import Leaf, Node, attribute, value_of

LINES = Table()

FATAL, FORM, MONEY = Severity.FATAL, PolicyClass.FORM, PolicyClass.MONEY

INVOICED_OBJECT = "130"
"""Document type code of what a line invoices (BT-128), such as a meter."""

_LINE = ("cac:InvoiceLine", "cac:CreditNoteLine")
_NET, _PRICE = "cbc:LineExtensionAmount", "cbc:PriceAmount"
_INVOICED, _CREDITED = "cbc:InvoicedQuantity", "cbc:CreditedQuantity"
_BASE_QUANTITY = "cbc:BaseQuantity"
_ZERO, _ONE = Decimal(0), Decimal(1)


@LINES.rule("PEPPOL-EN16931-R120", FATAL, MONEY, *_LINE)
def net_amount_adds_up(line: Node, subject: Subject) -> Broken | None:
    """The net amount is quantity times price, with charges and less allowances, give or take 0.02.

    Peppol BIS Billing 3.0, PEPPOL-EN16931-R120.
    """
    stated = only(line, _NET)
    net = _ZERO if stated is None else number(stated)
    computed = _net_amount(line, subject)
    if not differ(net, computed):
        return None
    return Broken(
        line if stated is None else stated,
        found=money(net, subject.currency),
        expected=money(to_cents(computed), subject.currency),
    )


@LINES.rule("PEPPOL-EN16931-R121", FATAL, MONEY, *_LINE)
def base_quantity_is_positive(line: Node, _: Subject) -> Broken | None:
    """The quantity that a price is for (BT-149) is above zero. Peppol BIS Billing 3.0, PEPPOL-EN16931-R121."""
    price = only(line, "cac:Price")
    base = None if price is None else only(price, _BASE_QUANTITY)
    if base is None or number(base) > 0:
        return None
    return Broken(base, found=value_of(base))


@LINES.rule("PEPPOL-EN16931-R100", FATAL, FORM, *_LINE)
def one_invoiced_object(line: Node, _: Subject) -> Broken | None:
    """A line refers to one invoiced object (BT-128) at most. Peppol BIS Billing 3.0, PEPPOL-EN16931-R100."""
    if "cac:DocumentReference" not in line:
        return None
    objects = line.named("cac:DocumentReference")
    return Broken(objects[1], found=str(len(objects)), expected="1") if len(objects) > 1 else None


@LINES.rule("PEPPOL-EN16931-R101", FATAL, FORM, *_LINE)
def refers_to_invoiced_object(line: Node, _: Subject) -> Broken | None:
    """A line refers to nothing but its invoiced object. Peppol BIS Billing 3.0, PEPPOL-EN16931-R101."""
    if "cac:DocumentReference" not in line or holds(
        line, "cac:DocumentReference/cbc:DocumentTypeCode", INVOICED_OBJECT
    ):
        return None
    reference = line.named("cac:DocumentReference")[0]
    found = reference.value("cbc:DocumentTypeCode") or None
    return Broken(reference, found=found, expected=INVOICED_OBJECT)


@LINES.rule("PEPPOL-EN16931-R130", FATAL, FORM, "cac:Price")
def units_are_the_same(price: Node, subject: Subject) -> Broken | None:
    """The price's quantity has the unit of the line's (BT-150, BT-130).

    Peppol BIS Billing 3.0, PEPPOL-EN16931-R130.
    """
    line = price.parent
    if line is None or _BASE_QUANTITY not in price or not (_INVOICED in line or _CREDITED in line):
        return None
    units = [attribute(each, "unitCode") for each in line.named(_quantity(subject))]
    for base in price.named(_BASE_QUANTITY):
        unit = attribute(base, "unitCode")
        if unit is not None and unit not in units:
            return Broken(base, found=unit, expected=units[0] if units else None)
    return None


@LINES.rule(
    "PEPPOL-EN16931-R110",
    FATAL,
    FORM,
    "/cac:InvoiceLine/cac:InvoicePeriod/cbc:StartDate",
    "/cac:CreditNoteLine/cac:InvoicePeriod/cbc:StartDate",
)
def starts_in_period(start: Leaf, subject: Subject) -> Broken | None:
    """A line's period starts no sooner than the invoice's. Peppol BIS Billing 3.0, PEPPOL-EN16931-R110."""
    bound = _of_invoice_period(subject, "cbc:StartDate")
    if bound is None or (start.text and day(start.text) >= day(bound)):
        return None
    return Broken(start, found=value_of(start), expected=bound)


@LINES.rule(
    "PEPPOL-EN16931-R111",
    FATAL,
    FORM,
    "/cac:InvoiceLine/cac:InvoicePeriod/cbc:EndDate",
    "/cac:CreditNoteLine/cac:InvoicePeriod/cbc:EndDate",
)
def ends_in_period(end: Leaf, subject: Subject) -> Broken | None:
    """A line's period ends no later than the invoice's. Peppol BIS Billing 3.0, PEPPOL-EN16931-R111."""
    bound = _of_invoice_period(subject, "cbc:EndDate")
    if bound is None or (end.text and day(end.text) <= day(bound)):
        return None
    return Broken(end, found=value_of(end), expected=bound)


def _net_amount(line: Node, subject: Subject) -> Decimal:
    quantity = number_in(line, _quantity(subject))
    price = only(line, "cac:Price")
    computed = EXACT.multiply(
        _ONE if quantity is None else quantity, _ZERO if price is None else _each(price)
    )
    if "cac:AllowanceCharge" in line:
        computed = EXACT.add(computed, EXACT.subtract(total(line, "true"), total(line, "false")))
    return computed


def _each(price: Node) -> Decimal:
    """The price of one unit."""
    amount = number_in(price, _PRICE) or _ZERO
    base = number_in(price, _BASE_QUANTITY)
    return quotient(amount, base) if base and base != 1 else amount


def _quantity(subject: Subject) -> str:
    return _CREDITED if subject.is_credit_note else _INVOICED


def _of_invoice_period(subject: Subject, name: str) -> str | None:
    dates = subject.root.leaves(f"cac:InvoicePeriod/{name}")
    if len(dates) > 1:
        raise ValueError(f"The invoice has {len(dates)} periods with {name}.")
    return value_of(dates[0]) if dates else None
