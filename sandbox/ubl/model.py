"""The description of an invoice or credit note, in the business terms of EN 16931 that our invoices use."""

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Self


class DocumentKind(StrEnum):
    """The type code (BT-3, UNCL 1001)."""

    INVOICE = "380"
    CREDIT_NOTE = "381"


@dataclass(frozen=True, slots=True)
class Vat:
    """A VAT category (BT-118, UNCL 5305) with its rate in percent and, where needed, why no VAT is due."""

    category: str
    percent: Decimal
    exemption_reason: str | None = None
    exemption_code: str | None = None


S21 = Vat("S", Decimal(21))
S12 = Vat("S", Decimal(12))
S6 = Vat("S", Decimal(6))
ZERO_RATED = Vat("Z", Decimal(0))
EXEMPT_TRAINING = Vat(
    "E", Decimal(0), "Vrijgesteld van btw: beroepsopleiding, artikel 44, § 2, 4° WBTW", "VATEX-EU-132-1I"
)
REVERSE_CHARGE = Vat("AE", Decimal(0), "Verlegging van heffing: artikel 20 KB nr. 1", "VATEX-EU-AE")
INTRA_COMMUNITY = Vat("K", Decimal(0), "Intracommunautaire levering: artikel 39bis WBTW", "VATEX-EU-IC")
EXPORT = Vat("G", Decimal(0), "Uitvoer: artikel 39 WBTW", "VATEX-EU-G")
OUTSIDE_SCOPE = Vat("O", Decimal(0), "Niet aan de btw onderworpen", "VATEX-EU-O")


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address (BG-5, BG-8, BG-15); `country` is ISO 3166-1 alpha-2."""

    street: str
    city: str
    postal_zone: str
    country: str = "BE"


@dataclass(frozen=True, slots=True)
class Party:
    """A seller (BG-4) or buyer (BG-7).

    `endpoint` is (scheme, identifier) of BT-34 or BT-49; `legal_number` is BT-30 or BT-47, of scheme 0208 for
    a Belgian party.
    """

    name: str
    address: Address
    endpoint: tuple[str, str]
    legal_number: str | None
    vat_number: str | None
    email: str

    @classmethod
    def belgian(cls, name: str, number: str, address: Address, email: str) -> Self:
        """A company with enterprise number `number` (ten digits), registered for VAT."""
        return cls(name, address, ("0208", number), number, f"BE{number}", email)

    def without_vat_number(self) -> Self:
        """The same party as invoices outside the scope of VAT must name it (BR-O-02)."""
        return replace(self, vat_number=None)


@dataclass(frozen=True, slots=True)
class Adjustment:
    """An allowance or a charge (BG-20, BG-21, BG-27, BG-28); `code` is of UNCL 5189 or UNCL 7161."""

    amount: Decimal
    reason: str
    code: str
    is_charge: bool = False

    @property
    def signed(self) -> Decimal:
        """What it adds to the amount that it adjusts."""
        return self.amount if self.is_charge else -self.amount


@dataclass(frozen=True, slots=True)
class DocumentAdjustment:
    """An allowance or charge on the whole document, with its own VAT."""

    adjustment: Adjustment
    vat: Vat


@dataclass(frozen=True, slots=True)
class Line:
    """An invoice line (BG-25); `price` is net of VAT for one `unit` (UN/ECE Recommendation 20)."""

    name: str
    quantity: Decimal
    price: Decimal
    vat: Vat
    unit: str = "C62"
    adjustments: tuple[Adjustment, ...] = ()


@dataclass(frozen=True, slots=True)
class Attachment:
    """An embedded supporting document (BG-24)."""

    filename: str
    content: bytes = field(repr=False)
    mime_type: str = "application/pdf"


@dataclass(frozen=True, slots=True)
class Delivery:
    """When and where it was delivered (BG-13)."""

    date: date
    address: Address


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice or a credit note in euro, to be paid by credit transfer.

    `buyer_reference` is BT-10, `communication` BT-83, `preceding` the number and date of BG-3.
    """

    number: str
    issue_date: date
    due_date: date
    seller: Party
    buyer: Party
    lines: tuple[Line, ...]
    iban: str
    communication: str
    buyer_reference: str
    kind: DocumentKind = DocumentKind.INVOICE
    adjustments: tuple[DocumentAdjustment, ...] = ()
    note: str | None = None
    order_reference: str | None = None
    preceding: tuple[str, date] | None = None
    attachment: Attachment | None = None
    delivery: Delivery | None = None
