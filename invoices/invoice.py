"""Invoices: what a UBL invoice or credit note says, in the business terms of EN 16931.

Reading never fails: what is missing or absurd is None. Also documents that break the rules are read, so that
people can be told which invoice it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from hashlib import sha256
from itertools import islice

from lxml import etree

from invoices import ubl
from invoices.document import Document, Kind
from invoices.legible import legible
from invoices.party import Party, read_party
from invoices.values import (
    LONGEST_NAME,
    Amount,
    amount,
    calendar_date,
    code,
    decimal,
    embedded_file,
    name,
    short,
)

MOST_TAX_TOTALS = 20
"""Two are allowed: in the invoice currency and in the accounting currency; beyond this none is read."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Document totals (BG-22): BT-106 to BT-115, and VAT in the accounting currency (BT-111)."""

    line_extension: Amount | None
    allowances: Amount | None
    charges: Amount | None
    tax_exclusive: Amount | None
    tax: Amount | None
    tax_in_accounting_currency: Amount | None
    tax_inclusive: Amount | None
    prepaid: Amount | None
    rounding: Amount | None
    payable: Amount | None


@dataclass(frozen=True, slots=True)
class VatBreakdown:
    """One VAT category and rate (BG-23): BT-116 to BT-119."""

    category: str | None
    rate: Decimal | None
    taxable: Amount | None
    tax: Amount | None


@dataclass(frozen=True, slots=True)
class Line:
    """Invoice line (BG-25): BT-126, BT-153, BT-129, BT-130, BT-131, BT-146, BT-151, BT-152."""

    id: str | None
    name: str | None
    quantity: Decimal | None
    unit: str | None
    net_amount: Amount | None
    price: Amount | None
    vat_category: str | None
    vat_rate: Decimal | None


@dataclass(frozen=True, slots=True)
class Attachment:
    """An embedded document (BG-24): BT-122, and BT-125 with its file name and mime code.

    `size` in bytes and `sha256` are of the decoded file; None where its base64 is broken.
    """

    id: str | None
    filename: str | None
    mime_code: str | None
    size: int | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Invoice:
    """What the document says in its head; lines, VAT breakdown and attachments are read when asked for."""

    kind: Kind
    number: str | None
    issue_date: date | None
    due_date: date | None
    type_code: str | None
    customization_id: str | None
    profile_id: str | None
    currency: str | None
    tax_currency: str | None
    buyer_reference: str | None
    seller: Party
    buyer: Party
    totals: Totals
    _root: etree._Element = field(repr=False, compare=False)

    @property
    def vat_breakdown(self) -> tuple[VatBreakdown, ...]:
        """BG-23: the VAT categories in the invoice currency; read anew each time."""
        return tuple(_vat_breakdown(each) for each in _tax_subtotals(self._root, self.currency))

    @property
    def lines(self) -> tuple[Line, ...]:
        """BG-25: the invoice lines; read anew each time."""
        element = "cac:InvoiceLine" if self.kind is Kind.INVOICE else "cac:CreditNoteLine"
        return tuple(_line(each) for each in ubl.every(self._root, element))

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """BG-24: the embedded documents, decoded to hash them; read anew each time."""
        references = ubl.every(self._root, "cac:AdditionalDocumentReference")
        return tuple(attachment for each in references for attachment in _attachments(each))


def read_invoice(document: Document) -> Invoice:
    """What the document says, in business terms; never raises."""
    root = document.root
    currency = code(root, "cbc:DocumentCurrencyCode")
    tax_currency = code(root, "cbc:TaxCurrencyCode")
    return Invoice(
        kind=document.kind,
        number=code(root, "cbc:ID"),
        issue_date=calendar_date(root, "cbc:IssueDate"),
        due_date=_due_date(root),
        type_code=code(root, "cbc:InvoiceTypeCode") or code(root, "cbc:CreditNoteTypeCode"),
        customization_id=code(root, "cbc:CustomizationID"),
        profile_id=code(root, "cbc:ProfileID"),
        currency=currency,
        tax_currency=tax_currency,
        buyer_reference=name(root, "cbc:BuyerReference"),
        seller=read_party(ubl.first(root, "cac:AccountingSupplierParty/cac:Party")),
        buyer=read_party(ubl.first(root, "cac:AccountingCustomerParty/cac:Party")),
        totals=_totals(root, currency, tax_currency),
        _root=root,
    )


def _due_date(root: etree._Element) -> date | None:
    """BT-9: a credit note has no place for it but in its means of payment."""
    return calendar_date(root, "cbc:DueDate") or calendar_date(root, "cac:PaymentMeans/cbc:PaymentDueDate")


def _totals(root: etree._Element, currency: str | None, tax_currency: str | None) -> Totals:
    total = "cac:LegalMonetaryTotal/cbc:"
    stated = islice(ubl.every(root, "cac:TaxTotal/cbc:TaxAmount"), MOST_TAX_TOTALS)
    taxes = {tax.currency: tax for tax in map(amount, stated) if tax}
    return Totals(
        line_extension=amount(root, f"{total}LineExtensionAmount"),
        allowances=amount(root, f"{total}AllowanceTotalAmount"),
        charges=amount(root, f"{total}ChargeTotalAmount"),
        tax_exclusive=amount(root, f"{total}TaxExclusiveAmount"),
        tax=taxes.get(currency),
        tax_in_accounting_currency=taxes.get(tax_currency) if tax_currency != currency else None,
        tax_inclusive=amount(root, f"{total}TaxInclusiveAmount"),
        prepaid=amount(root, f"{total}PrepaidAmount"),
        rounding=amount(root, f"{total}PayableRoundingAmount"),
        payable=amount(root, f"{total}PayableAmount"),
    )


def _tax_subtotals(root: etree._Element, currency: str | None) -> Iterator[etree._Element]:
    for total in ubl.every(root, "cac:TaxTotal"):
        tax = amount(total, "cbc:TaxAmount")
        if tax is None or tax.currency == currency:
            yield from ubl.every(total, "cac:TaxSubtotal")


def _vat_breakdown(subtotal: etree._Element) -> VatBreakdown:
    return VatBreakdown(
        category=code(subtotal, "cac:TaxCategory/cbc:ID"),
        rate=decimal(ubl.text(subtotal, "cac:TaxCategory/cbc:Percent")),
        taxable=amount(subtotal, "cbc:TaxableAmount"),
        tax=amount(subtotal, "cbc:TaxAmount"),
    )


def _line(line: etree._Element) -> Line:
    quantity = ubl.first(line, "cbc:InvoicedQuantity")
    if quantity is None:
        quantity = ubl.first(line, "cbc:CreditedQuantity")
    return Line(
        id=code(line, "cbc:ID"),
        name=name(line, "cac:Item/cbc:Name"),
        quantity=decimal(ubl.text(quantity)),
        unit=None if quantity is None else short(quantity.get("unitCode")),
        net_amount=amount(line, "cbc:LineExtensionAmount"),
        price=amount(line, "cac:Price/cbc:PriceAmount"),
        vat_category=code(line, "cac:Item/cac:ClassifiedTaxCategory/cbc:ID"),
        vat_rate=decimal(ubl.text(line, "cac:Item/cac:ClassifiedTaxCategory/cbc:Percent")),
    )


def _attachments(reference: etree._Element) -> Iterator[Attachment]:
    for embedded in ubl.every(reference, "cac:Attachment/cbc:EmbeddedDocumentBinaryObject"):
        content = embedded_file(embedded.text or "")
        yield Attachment(
            id=code(reference, "cbc:ID"),
            filename=legible(embedded.get("filename", ""), LONGEST_NAME) or None,
            mime_code=short(embedded.get("mimeCode")),
            size=None if content is None else len(content),
            sha256=None if content is None else sha256(content).hexdigest(),
        )
