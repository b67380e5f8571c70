"""An invoice's UBL 2.1 document, following Peppol BIS Billing 3.0."""

import base64

from lxml import etree

from sandbox.ubl import xml
from sandbox.ubl.amounts import Totals, line_amount, totals
from sandbox.ubl.model import Adjustment, Attachment, Delivery, DocumentKind, Invoice, Line, Vat
from sandbox.ubl.parties import add_address, add_party
from sandbox.ubl.xml import add, add_amount, plain

CUSTOMIZATION = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
PROFILE = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"


def ubl(invoice: Invoice) -> bytes:
    """The UTF-8 document of `invoice`, elements in the order of the UBL 2.1 schema."""
    is_credit_note = invoice.kind is DocumentKind.CREDIT_NOTE
    document = xml.root(xml.CREDIT_NOTE, "CreditNote") if is_credit_note else xml.root(xml.INVOICE, "Invoice")
    _add_header(document, invoice)
    _add_references(document, invoice)
    add_party(document, "cac:AccountingSupplierParty", invoice.seller)
    add_party(document, "cac:AccountingCustomerParty", invoice.buyer)
    if invoice.delivery is not None:
        _add_delivery(document, invoice.delivery)
    _add_payment(document, invoice)
    for each in invoice.adjustments:
        _add_vat(_add_adjustment(document, each.adjustment), "cac:TaxCategory", each.vat)
    _add_totals(document, totals(invoice))
    for number, line in enumerate(invoice.lines, start=1):
        _add_line(document, number, line, invoice.kind)
    return etree.tostring(document, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _add_header(document: etree._Element, invoice: Invoice) -> None:
    is_credit_note = invoice.kind is DocumentKind.CREDIT_NOTE
    add(document, "cbc:CustomizationID", CUSTOMIZATION)
    add(document, "cbc:ProfileID", PROFILE)
    add(document, "cbc:ID", invoice.number)
    add(document, "cbc:IssueDate", invoice.issue_date.isoformat())
    if not is_credit_note:
        add(document, "cbc:DueDate", invoice.due_date.isoformat())
    add(document, "cbc:CreditNoteTypeCode" if is_credit_note else "cbc:InvoiceTypeCode", invoice.kind.value)
    if invoice.note is not None:
        add(document, "cbc:Note", invoice.note)
    add(document, "cbc:DocumentCurrencyCode", "EUR")


def _add_references(document: etree._Element, invoice: Invoice) -> None:
    add(document, "cbc:BuyerReference", invoice.buyer_reference)
    if invoice.order_reference is not None:
        add(add(document, "cac:OrderReference"), "cbc:ID", invoice.order_reference)
    if invoice.preceding is not None:
        number, issued = invoice.preceding
        reference = add(add(document, "cac:BillingReference"), "cac:InvoiceDocumentReference")
        add(reference, "cbc:ID", number)
        add(reference, "cbc:IssueDate", issued.isoformat())
    if invoice.attachment is not None:
        _add_attachment(document, invoice.number, invoice.attachment)


def _add_attachment(document: etree._Element, number: str, attachment: Attachment) -> None:
    reference = add(document, "cac:AdditionalDocumentReference")
    add(reference, "cbc:ID", number)
    add(
        add(reference, "cac:Attachment"),
        "cbc:EmbeddedDocumentBinaryObject",
        base64.b64encode(attachment.content).decode("ascii"),
        mimeCode=attachment.mime_type,
        filename=attachment.filename,
    )


def _add_delivery(document: etree._Element, delivery: Delivery) -> None:
    element = add(document, "cac:Delivery")
    add(element, "cbc:ActualDeliveryDate", delivery.date.isoformat())
    add_address(add(add(element, "cac:DeliveryLocation"), "cac:Address"), delivery.address)


def _add_payment(document: etree._Element, invoice: Invoice) -> None:
    means = add(document, "cac:PaymentMeans")
    add(means, "cbc:PaymentMeansCode", "30", name="Credit transfer")
    if invoice.kind is DocumentKind.CREDIT_NOTE:
        add(means, "cbc:PaymentDueDate", invoice.due_date.isoformat())
    add(means, "cbc:PaymentID", invoice.communication)
    account = add(means, "cac:PayeeFinancialAccount")
    add(account, "cbc:ID", invoice.iban)
    add(account, "cbc:Name", invoice.seller.name)
    days = (invoice.due_date - invoice.issue_date).days
    add(add(document, "cac:PaymentTerms"), "cbc:Note", f"Betaling binnen {days} dagen")


def _add_adjustment(parent: etree._Element, adjustment: Adjustment) -> etree._Element:
    element = add(parent, "cac:AllowanceCharge")
    add(element, "cbc:ChargeIndicator", "true" if adjustment.is_charge else "false")
    add(element, "cbc:AllowanceChargeReasonCode", adjustment.code)
    add(element, "cbc:AllowanceChargeReason", adjustment.reason)
    add_amount(element, "cbc:Amount", adjustment.amount)
    return element


def _add_vat(parent: etree._Element, name: str, vat: Vat, *, with_reason: bool = False) -> None:
    category = add(parent, name)
    add(category, "cbc:ID", vat.category)
    if vat.category != "O":  # BR-O-05: outside the scope of VAT there is no rate, not even zero
        add(category, "cbc:Percent", plain(vat.percent))
    if with_reason and vat.exemption_reason is not None:
        add(category, "cbc:TaxExemptionReasonCode", vat.exemption_code)
        add(category, "cbc:TaxExemptionReason", vat.exemption_reason)
    add(add(category, "cac:TaxScheme"), "cbc:ID", "VAT")


def _add_totals(document: etree._Element, amounts: Totals) -> None:
    tax_total = add(document, "cac:TaxTotal")
    add_amount(tax_total, "cbc:TaxAmount", amounts.tax)
    for subtotal in amounts.vat:
        element = add(tax_total, "cac:TaxSubtotal")
        add_amount(element, "cbc:TaxableAmount", subtotal.taxable)
        add_amount(element, "cbc:TaxAmount", subtotal.tax)
        _add_vat(element, "cac:TaxCategory", subtotal.vat, with_reason=True)
    monetary = add(document, "cac:LegalMonetaryTotal")
    add_amount(monetary, "cbc:LineExtensionAmount", amounts.lines)
    add_amount(monetary, "cbc:TaxExclusiveAmount", amounts.without_vat)
    add_amount(monetary, "cbc:TaxInclusiveAmount", amounts.with_vat)
    add_amount(monetary, "cbc:AllowanceTotalAmount", amounts.allowances)
    add_amount(monetary, "cbc:ChargeTotalAmount", amounts.charges)
    add_amount(monetary, "cbc:PayableAmount", amounts.with_vat)


def _add_line(document: etree._Element, number: int, line: Line, kind: DocumentKind) -> None:
    name, quantity = (
        ("cac:CreditNoteLine", "cbc:CreditedQuantity")
        if kind is DocumentKind.CREDIT_NOTE
        else ("cac:InvoiceLine", "cbc:InvoicedQuantity")
    )
    element = add(document, name)
    add(element, "cbc:ID", str(number))
    add(element, quantity, plain(line.quantity), unitCode=line.unit)
    add_amount(element, "cbc:LineExtensionAmount", line_amount(line))
    for adjustment in line.adjustments:
        _add_adjustment(element, adjustment)
    item = add(element, "cac:Item")
    add(item, "cbc:Name", line.name)
    _add_vat(item, "cac:ClassifiedTaxCategory", line.vat)
    add(add(element, "cac:Price"), "cbc:PriceAmount", plain(line.price), currencyID="EUR")
