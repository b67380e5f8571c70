"""The arithmetic of an invoice: line amounts, VAT breakdown (BG-23) and document totals (BG-22)."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from sandbox.ubl.model import Invoice, Line, Vat

CENT = Decimal("0.01")


def rounded(amount: Decimal) -> Decimal:
    """`amount` in whole cents, halves away from zero."""
    return amount.quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class VatSubtotal:
    """One group of the VAT breakdown (BG-23)."""

    vat: Vat
    taxable: Decimal

    @property
    def tax(self) -> Decimal:
        """BT-117: taxable amount times rate (BR-CO-17)."""
        return rounded(self.taxable * self.vat.percent / 100)


@dataclass(frozen=True, slots=True)
class Totals:
    """The document totals (BG-22) in euro."""

    lines: Decimal
    allowances: Decimal
    charges: Decimal
    vat: tuple[VatSubtotal, ...]

    @property
    def without_vat(self) -> Decimal:
        """BT-109 (BR-CO-13)."""
        return self.lines - self.allowances + self.charges

    @property
    def tax(self) -> Decimal:
        """BT-110 (BR-CO-14)."""
        return sum((subtotal.tax for subtotal in self.vat), Decimal("0.00"))

    @property
    def with_vat(self) -> Decimal:
        """BT-112 (BR-CO-15)."""
        return self.without_vat + self.tax


def line_amount(line: Line) -> Decimal:
    """BT-131: quantity times price, with the line's allowances and charges."""
    return rounded(line.quantity * line.price) + sum(adjustment.signed for adjustment in line.adjustments)


def totals(invoice: Invoice) -> Totals:
    """All totals of `invoice`."""
    on_document = [each.adjustment for each in invoice.adjustments]
    return Totals(
        lines=sum((line_amount(line) for line in invoice.lines), Decimal("0.00")),
        allowances=sum((each.amount for each in on_document if not each.is_charge), Decimal("0.00")),
        charges=sum((each.amount for each in on_document if each.is_charge), Decimal("0.00")),
        vat=_breakdown(invoice),
    )


def _breakdown(invoice: Invoice) -> tuple[VatSubtotal, ...]:
    taxable: defaultdict[Vat, Decimal] = defaultdict(Decimal)
    for line in invoice.lines:
        taxable[line.vat] += line_amount(line)
    for each in invoice.adjustments:
        taxable[each.vat] += each.adjustment.signed
    return tuple(VatSubtotal(vat, amount) for vat, amount in taxable.items())
