"""Rules among parties in Germany: Peppol BIS Billing 3.0, DE-R-001 to DE-R-031, the document and its parties."""

import re

from invoices.findings import PolicyClass, Severity
from invoices.rules.national.countries import BUYER, SELLER, country
from invoices.rules.national.reading import has_text, holds, one, text, tidy_text
from invoices.rules.rule import Broken, Table
from invoices.rules.subject import Subject
from invoices.rules.tree import Leaf, Node, normalised, string_of

FATAL, WARNING = Severity.FATAL, Severity.WARNING
FORM, MONEY, ONLY_WARNING = PolicyClass.FORM, PolicyClass.MONEY, PolicyClass.WARNING


def both_are_german(subject: Subject) -> bool:
    """Whether the addresses of seller and buyer are in Germany."""
    return country(subject, SELLER) == "DE" and country(subject, BUYER) == "DE"


AMONG_GERMANS = Table(applies=both_are_german)

TYPES = frozenset({"326", "380", "384", "389", "381", "875", "876", "877"})
CORRECTED = "384"
VAT_CATEGORIES = frozenset({"S", "Z", "E", "AE", "K", "G", "L", "M"})

_DISCOUNT = re.compile(
    r"#SKONTO#TAGE=[0-9]+#PROZENT=[0-9]+\.[0-9]{2}(?:#BASISBETRAG=-?[0-9]+\.[0-9]{2})?#"
).fullmatch
_LINE_END = re.compile(r"\r?\n")
_BETWEEN_HASHES = re.compile(r"#[^\r\n]+#")
_ENDS_LINE = re.compile(r"[ \t\r\n]*\n").match
_URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.\-]+:").match
_MAIL = re.compile(r"[^@ \t\r\n]+@(?:[^@. \t\r\n]+\.)+[^@. \t\r\n]+").fullmatch
_DIGITS = frozenset("0123456789")


@AMONG_GERMANS.rule("DE-R-001", FATAL, FORM, "/")
def says_how_to_pay(root: Node, _: Subject) -> Broken | None:
    """Payment instructions (BG-16) are there. Peppol BIS Billing 3.0, DE-R-001."""
    return None if "cac:PaymentMeans" in root else Broken(root)


@AMONG_GERMANS.rule("DE-R-015", FATAL, FORM, "/")
def has_buyer_reference(root: Node, _: Subject) -> Broken | None:
    """The buyer reference (BT-10, the Leitweg-ID of an authority) is there. Peppol BIS Billing 3.0, DE-R-015."""
    return _filled(root, "cbc:BuyerReference")


@AMONG_GERMANS.rule("DE-R-016", FATAL, MONEY, "/")
def seller_is_known_for_vat(root: Node, _: Subject) -> Broken | None:
    """With VAT, the seller has a VAT or tax number (BT-31, BT-32) or a representative (BG-11).

    Peppol BIS Billing 3.0, DE-R-016.
    """
    if "cac:TaxRepresentativeParty" in root or has_text(root, f"{SELLER}/cac:PartyTaxScheme/cbc:CompanyID"):
        return None
    return Broken(root) if _uses_vat(root) else None


@AMONG_GERMANS.rule("DE-R-017", WARNING, ONLY_WARNING, "/")
def type_is_customary(root: Node, _: Subject) -> Broken | None:
    """The document type (BT-3) is one in use in Germany. Peppol BIS Billing 3.0, DE-R-017."""
    types = _types(root)
    return None if TYPES.intersection(types) else Broken(root, found=next(filter(None, types), None))


@AMONG_GERMANS.rule("DE-R-018", FATAL, FORM, "/")
def cash_discount_is_coded(root: Node, _: Subject) -> Broken | None:
    """Each line of the payment terms (BT-20) that begins with # is a cash discount in the German form.

    `#SKONTO#TAGE=14#PROZENT=2.00#`, or with `BASISBETRAG=100.00#` after it; a line break follows the last. Only
    the first note of each payment terms counts. Peppol BIS Billing 3.0, DE-R-018.
    """
    notes = [terms.leaves("cbc:Note")[0] for terms in root.nodes("cac:PaymentTerms") if "cbc:Note" in terms]
    lines = ((note, normalised(line)) for note in notes for line in _LINE_END.split(string_of(note)))
    coded = [(note, line) for note, line in lines if line.startswith("#")]
    if coded and _DISCOUNT(coded[0][1]) and not _end_with_line_break(notes):
        return Broken(notes[0], found=coded[-1][1])
    return next((Broken(note, found=line) for note, line in coded if not _DISCOUNT(line)), None)


@AMONG_GERMANS.rule("DE-R-022", FATAL, FORM, "/")
def attachments_have_names_of_their_own(root: Node, _: Subject) -> Broken | None:
    """No two attachments (BT-125) have the same file name. Peppol BIS Billing 3.0, DE-R-022."""
    seen: set[str] = set()
    for reference in root.nodes("cac:AdditionalDocumentReference"):
        files = reference.leaves("cac:Attachment/cbc:EmbeddedDocumentBinaryObject")
        names = {name for file in files if (name := file.get("filename")) is not None}
        if repeated := names & seen:
            return Broken(reference, found=min(repeated))
        seen |= names
    return None


@AMONG_GERMANS.rule("DE-R-026", WARNING, ONLY_WARNING, "/")
def correction_refers_to_invoice(root: Node, _: Subject) -> Broken | None:
    """A corrected invoice (384) names the one before it (BG-3). Peppol BIS Billing 3.0, DE-R-026."""
    named = root.has("cac:BillingReference/cac:InvoiceDocumentReference")
    return Broken(root) if CORRECTED in _types(root) and not named else None


@AMONG_GERMANS.rule("DE-R-030", FATAL, FORM, "/")
def direct_debit_names_creditor(root: Node, _: Subject) -> Broken | None:
    """With direct debit (BG-19) the creditor's identifier (BT-90) is there. Peppol BIS Billing 3.0, DE-R-030."""
    if not root.has("cac:PaymentMeans/cac:PaymentMandate"):
        return None
    parties = (SELLER, "cac:PayeeParty")
    identifiers = (
        each for party in parties for each in root.leaves(f"{party}/cac:PartyIdentification/cbc:ID")
    )
    return None if any(each.get("schemeID") == "SEPA" for each in identifiers) else Broken(root)


@AMONG_GERMANS.rule("DE-R-031", FATAL, FORM, "/")
def direct_debit_names_account(root: Node, _: Subject) -> Broken | None:
    """With direct debit (BG-19) the debited account (BT-91) is there. Peppol BIS Billing 3.0, DE-R-031."""
    mandates = root.nodes("cac:PaymentMeans/cac:PaymentMandate")
    stated = any(mandate.has("cac:PayerFinancialAccount/cbc:ID") for mandate in mandates)
    return Broken(mandates[0]) if mandates and not stated else None


@AMONG_GERMANS.rule(
    "DE-R-T02",
    *(WARNING, ONLY_WARNING, "/cac:AdditionalDocumentReference/cac:Attachment/cac:ExternalReference"),
)
def link_is_absolute(reference: Node, _: Subject) -> Broken | None:
    """A link to a document outside (BT-124) begins with a scheme. Peppol BIS Billing 3.0, DE-R-T02."""
    link = text(reference, "cbc:URI")
    return None if _URL(link) else Broken(reference, found=normalised(link))


@AMONG_GERMANS.rule("DE-R-002", FATAL, FORM, "/cac:AccountingSupplierParty")
def seller_has_contact(seller: Node, _: Subject) -> Broken | None:
    """The seller's contact (BG-6) is there. Peppol BIS Billing 3.0, DE-R-002."""
    return None if seller.has("cac:Party/cac:Contact") else Broken(seller)


@AMONG_GERMANS.rule("DE-R-003", FATAL, FORM, f"/{SELLER}/cac:PostalAddress")
def seller_has_city(address: Node, _: Subject) -> Broken | None:
    """The seller's city (BT-37) is there. Peppol BIS Billing 3.0, DE-R-003."""
    return _filled(address, "cbc:CityName")


@AMONG_GERMANS.rule("DE-R-004", FATAL, FORM, f"/{SELLER}/cac:PostalAddress")
def seller_has_post_code(address: Node, _: Subject) -> Broken | None:
    """The seller's post code (BT-38) is there. Peppol BIS Billing 3.0, DE-R-004."""
    return _filled(address, "cbc:PostalZone")


@AMONG_GERMANS.rule("DE-R-005", FATAL, FORM, f"/{SELLER}/cac:Contact")
def contact_has_name(contact: Node, _: Subject) -> Broken | None:
    """The name of the seller's contact (BT-41) is there. Peppol BIS Billing 3.0, DE-R-005."""
    return _filled(contact, "cbc:Name")


@AMONG_GERMANS.rule("DE-R-006", FATAL, FORM, f"/{SELLER}/cac:Contact")
def contact_has_telephone(contact: Node, _: Subject) -> Broken | None:
    """The telephone number of the seller's contact (BT-42) is there. Peppol BIS Billing 3.0, DE-R-006."""
    return _filled(contact, "cbc:Telephone")


@AMONG_GERMANS.rule("DE-R-007", FATAL, FORM, f"/{SELLER}/cac:Contact")
def contact_has_mail(contact: Node, _: Subject) -> Broken | None:
    """The mail address of the seller's contact (BT-43) is there. Peppol BIS Billing 3.0, DE-R-007."""
    return _filled(contact, "cbc:ElectronicMail")


@AMONG_GERMANS.rule("DE-R-027", WARNING, ONLY_WARNING, f"/{SELLER}/cac:Contact")
def telephone_has_digits(contact: Node, _: Subject) -> Broken | None:
    """A telephone number (BT-42) has three digits at least. Peppol BIS Billing 3.0, DE-R-027."""
    telephone = tidy_text(contact, "cbc:Telephone")
    return None if sum(each in _DIGITS for each in telephone) >= 3 else Broken(contact, found=telephone)


@AMONG_GERMANS.rule("DE-R-028", WARNING, ONLY_WARNING, f"/{SELLER}/cac:Contact")
def mail_address_is_one(contact: Node, _: Subject) -> Broken | None:
    """A mail address (BT-43) has one @, and a dot in its domain. Peppol BIS Billing 3.0, DE-R-028."""
    address = tidy_text(contact, "cbc:ElectronicMail")
    return None if _MAIL(address) else Broken(contact, found=address)


@AMONG_GERMANS.rule("DE-R-008", FATAL, FORM, f"/{BUYER}/cac:PostalAddress")
def buyer_has_city(address: Node, _: Subject) -> Broken | None:
    """The buyer's city (BT-52) is there. Peppol BIS Billing 3.0, DE-R-008."""
    return _filled(address, "cbc:CityName")


@AMONG_GERMANS.rule("DE-R-009", FATAL, FORM, f"/{BUYER}/cac:PostalAddress")
def buyer_has_post_code(address: Node, _: Subject) -> Broken | None:
    """The buyer's post code (BT-53) is there. Peppol BIS Billing 3.0, DE-R-009."""
    return _filled(address, "cbc:PostalZone")


@AMONG_GERMANS.rule("DE-R-010", FATAL, FORM, "/cac:Delivery/cac:DeliveryLocation/cac:Address")
def delivery_has_city(address: Node, _: Subject) -> Broken | None:
    """The city of an address of delivery (BT-77) is there. Peppol BIS Billing 3.0, DE-R-010."""
    return _filled(address, "cbc:CityName")


@AMONG_GERMANS.rule("DE-R-011", FATAL, FORM, "/cac:Delivery/cac:DeliveryLocation/cac:Address")
def delivery_has_post_code(address: Node, _: Subject) -> Broken | None:
    """The post code of an address of delivery (BT-78) is there. Peppol BIS Billing 3.0, DE-R-011."""
    return _filled(address, "cbc:PostalZone")


@AMONG_GERMANS.rule("DE-R-014", FATAL, MONEY, "/cac:TaxTotal/cac:TaxSubtotal")
def vat_has_rate(subtotal: Node, _: Subject) -> Broken | None:
    """Each part of the VAT breakdown states its rate (BT-119). Peppol BIS Billing 3.0, DE-R-014."""
    return _filled(subtotal, "cac:TaxCategory/cbc:Percent")


def _filled(node: Node, path: str) -> Broken | None:
    return None if has_text(node, path) else Broken(node)


def _types(root: Node) -> tuple[str, str]:
    return tidy_text(root, "cbc:InvoiceTypeCode"), tidy_text(root, "cbc:CreditNoteTypeCode")


def _uses_vat(root: Node) -> bool:
    changes = root.nodes("cac:AllowanceCharge")
    told = [
        each
        for each in changes
        if any(holds(each, "cbc:ChargeIndicator", told) for told in ("true", "false"))
    ]
    if any(_is_vat(each) for change in told for each in change.leaves("cac:TaxCategory/cbc:ID")):
        return True
    lines = (line for name in ("cac:InvoiceLine", "cac:CreditNoteLine") for line in root.named(name))
    return any(
        _is_vat(each) for line in lines for each in line.leaves("cac:Item/cac:ClassifiedTaxCategory/cbc:ID")
    )


def _is_vat(category: Leaf) -> bool:
    return string_of(category) in VAT_CATEGORIES


def _end_with_line_break(notes: list[Leaf]) -> bool:
    filled = [note for note in notes if string_of(note)]
    note = one(filled, "notes of payment terms")
    return note is not None and bool(_ENDS_LINE(_BETWEEN_HASHES.split(string_of(note))[-1]))
