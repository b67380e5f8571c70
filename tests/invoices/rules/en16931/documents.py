"""Documents that break no rule of EN 16931, by their VAT category, as invoices and as credit notes."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from sandbox.demo.companies import CLIENTS, MILL
from sandbox.demo.draft import draft, line
from sandbox.ubl.document import ubl
from sandbox.ubl.model import (
    EXEMPT_TRAINING,
    EXPORT,
    INTRA_COMMUNITY,
    OUTSIDE_SCOPE,
    REVERSE_CHARGE,
    S21,
    ZERO_RATED,
    Address,
    Adjustment,
    Attachment,
    Delivery,
    DocumentAdjustment,
    DocumentKind,
    Invoice,
    Party,
    Vat,
)

CANARIES = Vat("L", Decimal(7))
CEUTA = Vat("M", Decimal(4))
SPLIT_PAYMENT = Vat("B", Decimal(22))
CATEGORIES = {
    "S": S21,
    "AE": REVERSE_CHARGE,
    "E": EXEMPT_TRAINING,
    "G": EXPORT,
    "K": INTRA_COMMUNITY,
    "L": CANARIES,
    "M": CEUTA,
    "O": OUTSIDE_SCOPE,
    "Z": ZERO_RATED,
    "B": SPLIT_PAYMENT,
}
"""The VAT categories (UNCL 5305), with a rate and a reason for exemption that fit."""

ALLOWANCE = Adjustment(Decimal("10.00"), "Korting", "95")
CHARGE = Adjustment(Decimal("20.00"), "Vracht", "FC", is_charge=True)


@dataclass(frozen=True)
class Base:
    """A document to change, in both kinds."""

    invoice: bytes
    credit_note: bytes


def full(vat: Vat) -> Base:
    """A document with everything that our invoices have, all in one VAT category."""
    first = replace(line("Meel", "100", "10", vat), adjustments=(ALLOWANCE, CHARGE))
    adjustments = tuple(DocumentAdjustment(each, vat) for each in (ALLOWANCE, CHARGE))
    return _both(_draft(vat, first, line("Gist", "5", "2", vat), adjustments=adjustments))


def lines_only(vat: Vat) -> Base:
    """A document with one line of 1,000 euro and no allowance or charge."""
    return _both(_draft(vat, line("Meel", "100", "10", vat)))


def in_italy(vat: Vat, adjustment: Adjustment) -> Base:
    """A document with a line in split payment, whose rules ask nothing, and an adjustment in `vat`."""
    adjustments = (DocumentAdjustment(adjustment, vat),)
    return _both(_draft(SPLIT_PAYMENT, line("Farina", "100", "10", SPLIT_PAYMENT), adjustments=adjustments))


def _draft(vat: Vat, *lines, adjustments: tuple[DocumentAdjustment, ...] = ()) -> Invoice:
    issued = date(2026, 1, 5)
    seller, buyer = (_party(party, vat) for party in (MILL, CLIENTS[0]))
    return replace(
        draft("2026/1", issued, seller, buyer, *lines),
        adjustments=adjustments,
        note="Bedankt",
        order_reference="PO-77",
        preceding=("2025/9", date(2025, 12, 1)),
        attachment=Attachment("2026-1.pdf", b"%PDF-1.7"),
        delivery=Delivery(date(2026, 1, 4), buyer.address),
    )


def _party(party: Party, vat: Vat) -> Party:
    if vat.category in {"B", "O"}:  # split payment is for Italy alone, and here may meet what has no VAT
        party = replace(party, address=Address("Via Roma 1", "Milano", "20121", "IT"))
    return party.without_vat_number() if vat.category == "O" else party


def _both(invoice: Invoice) -> Base:
    return Base(ubl(invoice), ubl(replace(invoice, kind=DocumentKind.CREDIT_NOTE)))


STANDARD = full(S21)
EXEMPT = full(EXEMPT_TRAINING)
ITALIAN = lines_only(SPLIT_PAYMENT)
