"""Short forms for the demo's invoices: what is the same for all of them stands here."""

import zlib
from datetime import date, timedelta
from decimal import Decimal

from sandbox.demo.companies import iban_of
from sandbox.ubl.identifiers import structured_communication
from sandbox.ubl.model import Invoice, Line, Party, Vat


def line(name: str, quantity: str, price: str, vat: Vat, unit: str = "C62") -> Line:
    """An invoice line; `quantity` and `price` in decimal notation."""
    return Line(name, Decimal(quantity), Decimal(price), vat, unit)


def draft(number: str, issued: date, seller: Party, buyer: Party, *lines: Line) -> Invoice:
    """An invoice payable in 30 days to the seller's account."""
    return Invoice(
        number=number,
        issue_date=issued,
        due_date=issued + timedelta(days=30),
        seller=seller,
        buyer=buyer,
        lines=lines,
        iban=iban_of(seller),
        communication=structured_communication(zlib.crc32(number.encode())),
        buyer_reference=f"REF {number}",
    )
