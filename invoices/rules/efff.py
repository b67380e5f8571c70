"""e-FFF: the arithmetic of invoices in this older Belgian form of UBL, tolerant of what they leave out.

Sums are exact to the cent. VAT may be off by less than 1, as BR-CO-17 of EN 16931 has it: programs round it
per line or per rate. An e-FFF of version 1 is an Invoice even when it is a credit note (type code 381), and
may have a TaxTotal for each rate.
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal

from invoices import values
from invoices.findings import PolicyClass, Severity
from invoices.rules.rule import Broken, Table
from invoices.rules.subject import Subject
from invoices.rules.tree import Leaf, Node, attribute, value_of

_CENT = Decimal("0.01")
_EXACT = Context(prec=100)
_TOTAL = "/cac:LegalMonetaryTotal"

_TABLE = Table()
E_FFF: tuple[Table, ...] = (_TABLE,)
"""What is asked of an e-FFF document."""


@_TABLE.rule("WB-EFFF-LINES", Severity.FATAL, PolicyClass.MONEY, _TOTAL)
def lines_add_up(total: Node, subject: Subject) -> Broken | None:
    """The sum of the lines (BT-106) is that of their net amounts (BT-131); as BR-CO-10."""
    stated = total.leaves("cbc:LineExtensionAmount")
    line = "cac:CreditNoteLine" if subject.is_credit_note else "cac:InvoiceLine"
    return _compared(stated, _sum(subject.root.leaves(f"{line}/cbc:LineExtensionAmount")))


@_TABLE.rule("WB-EFFF-NET", Severity.FATAL, PolicyClass.MONEY, _TOTAL)
def net_total_adds_up(total: Node, subject: Subject) -> Broken | None:
    """The total without VAT (BT-109) is lines less allowances plus charges; as BR-CO-13.

    Not asked where there are allowances or charges, but no totals of them.
    """
    lines = total.leaves("cbc:LineExtensionAmount")
    allowances, charges = (total.leaves(f"cbc:{name}TotalAmount") for name in ("Allowance", "Charge"))
    if not lines or (subject.root.has("cac:AllowanceCharge") and not (allowances or charges)):
        return None
    expected = _sum(lines) - _sum(allowances) + _sum(charges)
    return _compared(total.leaves("cbc:TaxExclusiveAmount"), expected)


@_TABLE.rule("WB-EFFF-RATE", Severity.FATAL, PolicyClass.MONEY, "/cac:TaxTotal/cac:TaxSubtotal")
def vat_is_at_its_rate(subtotal: Node, _subject: Subject) -> Broken | None:
    """The VAT of a category (BT-117) is its taxable amount at its rate, give or take 1; as BR-CO-17."""
    rates = subtotal.leaves("cac:TaxCategory/cbc:Percent") or subtotal.leaves("cbc:Percent")
    taxable, vat = subtotal.leaves("cbc:TaxableAmount"), subtotal.leaves("cbc:TaxAmount")
    if not (rates and taxable and vat):
        return None
    expected = _rounded(_decimal(taxable[0]) * _decimal(rates[0]) / 100)
    if abs(_decimal(vat[0]) - expected) < 1:
        return None
    return Broken(vat[0], _money(_decimal(vat[0]), vat[0]), _money(expected, vat[0]))


@_TABLE.rule("WB-EFFF-VAT", Severity.FATAL, PolicyClass.MONEY, "/cac:TaxTotal")
def categories_add_up(total: Node, _subject: Subject) -> Broken | None:
    """The VAT of a TaxTotal (BT-110) is that of its categories (BT-117); as BR-CO-14."""
    parts = total.leaves("cac:TaxSubtotal/cbc:TaxAmount")
    return _compared(total.leaves("cbc:TaxAmount"), _sum(parts)) if parts else None


@_TABLE.rule("WB-EFFF-TOTAL", Severity.FATAL, PolicyClass.MONEY, _TOTAL)
def total_includes_vat(total: Node, subject: Subject) -> Broken | None:
    """The total with VAT (BT-112) is that without plus the VAT in the same currency; as BR-CO-15."""
    stated, net = total.leaves("cbc:TaxInclusiveAmount"), total.leaves("cbc:TaxExclusiveAmount")
    if not (stated and net):
        return None
    currency = attribute(stated[0], "currencyID")
    taxes = subject.root.leaves("cac:TaxTotal/cbc:TaxAmount")
    vat = [tax for tax in taxes if attribute(tax, "currencyID") == currency]
    return _compared(stated, _sum(net) + _sum(vat)) if vat else None


@_TABLE.rule("WB-EFFF-PAYABLE", Severity.FATAL, PolicyClass.MONEY, _TOTAL)
def rest_is_payable(total: Node, _subject: Subject) -> Broken | None:
    """What is to be paid (BT-115) is the total with VAT less what was paid, rounded; as BR-CO-16."""
    gross = total.leaves("cbc:TaxInclusiveAmount")
    prepaid, rounding = total.leaves("cbc:PrepaidAmount"), total.leaves("cbc:PayableRoundingAmount")
    expected = _sum(gross) - _sum(prepaid) + _sum(rounding)
    return _compared(total.leaves("cbc:PayableAmount"), expected) if gross else None


def _compared(stated: list[Leaf], expected: Decimal) -> Broken | None:
    if not stated:
        return None
    found = _decimal(stated[0])
    if _rounded(found) == _rounded(expected):
        return None
    return Broken(stated[0], _money(found, stated[0]), _money(_rounded(expected), stated[0]))


def _sum(amounts: Iterable[Leaf]) -> Decimal:
    return sum(map(_decimal, amounts), Decimal(0))


def _decimal(leaf: Leaf) -> Decimal:
    value = values.decimal(value_of(leaf))
    if value is None:
        raise ValueError(f"{leaf.tag} holds no number")
    return value


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP, _EXACT)


def _money(amount: Decimal, leaf: Leaf) -> str:
    """The amount with its currency, as `121.00 EUR`."""
    rounded = _rounded(amount)
    return f"{rounded if rounded == amount else amount:f} {attribute(leaf, 'currencyID') or ''}".rstrip()
