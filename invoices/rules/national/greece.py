"""Rules for sellers in Greece: Peppol BIS Billing 3.0, GR-R-002 to GR-R-010 and the warnings GR-S-008, GR-S-011."""

import re

from invoices.findings import PolicyClass, Severity
from invoices.rules.national.check_digits import is_greek_tax_number
from invoices.rules.national.countries import SELLER, address_country
from invoices.rules.national.reading import NotOne, holds, one, only_text, text, tidy_text
from invoices.rules.rule import Broken, Table
from invoices.rules.subject import Subject
from invoices.rules.tree import Leaf, Node, attribute, normalised, string_of, value_of

FATAL, WARNING = Severity.FATAL, Severity.WARNING
FORM, ONLY_WARNING = PolicyClass.FORM, PolicyClass.WARNING

GREEK = frozenset({"GR", "EL"})
TAX_NUMBER = "9933"
"""Scheme of electronic addresses that are Greek tax numbers."""
MARK, LINK = "##M.AR.K##", "##INVOICE|URL##"
"""Descriptions of the references that hold the number and the address given by the tax authority."""

_REFERENCE = "cac:AdditionalDocumentReference"
_BUYER = "cac:AccountingCustomerParty/cac:Party"
_BEGINS_WITH_1_TO_9 = re.compile(r"[1-9]").match


def seller_is_greek(subject: Subject) -> bool:
    """Whether the seller's or its representative's VAT number, or else the seller's address, is Greek."""
    return subject.seller_country in GREEK


def seller_lives_in_greece(subject: Subject) -> bool:
    """Whether, besides, the seller's address says exactly GR."""
    path = f"{SELLER}/cac:PostalAddress/cac:Country/cbc:IdentificationCode"
    return seller_is_greek(subject) and holds(subject.root, path, "GR")


def seller_itself_is_greek(subject: Subject) -> bool:
    """Whether the seller is Greek, its representative aside."""
    if not seller_is_greek(subject) and "cac:TaxRepresentativeParty" not in subject.root:
        return False
    return _without_representative(subject) in GREEK


def both_are_greek(subject: Subject) -> bool:
    """Whether seller and buyer are."""
    return seller_is_greek(subject) and subject.buyer_country in GREEK


SELLERS = Table(applies=seller_is_greek)
AT_HOME = Table(applies=seller_lives_in_greece)
ADDRESSES = Table(applies=seller_itself_is_greek)
AMONG_GREEKS = Table(applies=both_are_greek)


@SELLERS.rule("GR-R-002", FATAL, FORM, SELLER)
def seller_has_name(seller: Node, _: Subject) -> Broken | None:
    """The seller's name as registered (BT-28) is there. Peppol BIS Billing 3.0, GR-R-002."""
    return None if text(seller, "cac:PartyName/cbc:Name") else Broken(seller)


@SELLERS.rule("GR-S-011", WARNING, ONLY_WARNING, SELLER)
def seller_has_vat_number(seller: Node, _: Subject) -> Broken | None:
    """The seller has one VAT number (BT-31): EL and its tax number. Peppol BIS Billing 3.0, GR-S-011."""
    return _one_vat_number(seller)


@SELLERS.rule("GR-R-003", FATAL, FORM, f"{SELLER}/cac:PartyTaxScheme")
def vat_number_is_greek(scheme: Node, _: Subject) -> Broken | None:
    """A VAT number (BT-31) is EL and a Greek tax number. Peppol BIS Billing 3.0, GR-R-003."""
    if only_text(scheme, "cac:TaxScheme/cbc:ID") != "VAT":
        return None
    wrong = (number for number in scheme.leaves("cbc:CompanyID") if not _is_vat_number(number))
    return next((Broken(number, found=value_of(number)) for number in wrong), None)


@AT_HOME.rule("GR-R-004-1", FATAL, FORM, "/")
def has_one_mark(root: Node, _: Subject) -> Broken | None:
    """One reference holds the number of the tax authority (MARK). Peppol BIS Billing 3.0, GR-R-004-1."""
    count = _count(root, MARK)
    return None if count == 1 else Broken(root, found=str(count), expected="1")


@AT_HOME.rule("GR-S-008-1", WARNING, ONLY_WARNING, "/")
def has_one_link(root: Node, _: Subject) -> Broken | None:
    """One reference holds the invoice's address at the tax authority. Peppol BIS Billing 3.0, GR-S-008-1."""
    count = _count(root, LINK)
    return None if count == 1 else Broken(root, found=str(count), expected="1")


@AT_HOME.rule("GR-R-008-2", FATAL, FORM, "/")
def has_no_two_links(root: Node, _: Subject) -> Broken | None:
    """At most one does. Peppol BIS Billing 3.0, GR-R-008-2."""
    count = _count(root, LINK)
    return None if count <= 1 else Broken(root, found=str(count), expected="1")


@AT_HOME.rule("GR-R-004-2", FATAL, FORM, _REFERENCE)
def mark_is_positive(reference: Node, _: Subject) -> Broken | None:
    """The number of the tax authority (MARK) is positive. Peppol BIS Billing 3.0, GR-R-004-2."""
    if "cbc:ID" not in reference or not holds(reference, "cbc:DocumentDescription", MARK):
        return None
    mark = text(reference, "cbc:ID")
    return None if _BEGINS_WITH_1_TO_9(mark) else Broken(reference, found=mark)


@SELLERS.rule("GR-R-008-3", FATAL, FORM, _REFERENCE)
def link_is_stated(reference: Node, _: Subject) -> Broken | None:
    """A reference for the invoice's address holds it (BT-124). Peppol BIS Billing 3.0, GR-R-008-3."""
    if not holds(reference, "cbc:DocumentDescription", LINK):
        return None
    return None if tidy_text(reference, "cac:Attachment/cac:ExternalReference/cbc:URI") else Broken(reference)


@SELLERS.rule("GR-R-005", FATAL, FORM, _BUYER)
def buyer_has_name(buyer: Node, _: Subject) -> Broken | None:
    """The buyer's name (BT-45) is there. Peppol BIS Billing 3.0, GR-R-005."""
    return None if text(buyer, "cac:PartyName/cbc:Name") else Broken(buyer)


@ADDRESSES.rule("GR-R-009", FATAL, FORM, f"{SELLER}/cbc:EndpointID")
def seller_address_is_tax_number(address: Leaf, _: Subject) -> Broken | None:
    """The seller's electronic address (BT-34) is its tax number, 9933. Peppol BIS Billing 3.0, GR-R-009."""
    return _tax_number(address)


@AMONG_GREEKS.rule("GR-R-006", FATAL, FORM, _BUYER)
def buyer_has_vat_number(buyer: Node, _: Subject) -> Broken | None:
    """A Greek buyer has one VAT number (BT-48): EL and its tax number. Peppol BIS Billing 3.0, GR-R-006."""
    return _one_vat_number(buyer)


@AMONG_GREEKS.rule("GR-R-010", FATAL, FORM, f"{_BUYER}/cbc:EndpointID")
def buyer_address_is_tax_number(address: Leaf, _: Subject) -> Broken | None:
    """A Greek buyer's electronic address (BT-49) is its tax number, 9933. Peppol BIS Billing 3.0, GR-R-010."""
    return _tax_number(address)


def _without_representative(subject: Subject) -> str:
    path = f"{SELLER}/cac:PartyTaxScheme"
    schemes = [each for each in subject.root.nodes(path) if holds(each, "cac:TaxScheme/cbc:ID", "VAT")]
    try:
        scheme = one(schemes, "VAT registrations")
        begin = text(scheme, "cbc:CompanyID")[:2] if scheme else ""
    except NotOne:
        return ""
    return normalised(begin or address_country(subject, SELLER)).upper()


def _one_vat_number(party: Node) -> Broken | None:
    schemes = party.nodes("cac:PartyTaxScheme")
    vat = [each for each in schemes if tidy_text(each, "cac:TaxScheme/cbc:ID") == "VAT"]
    numbers = [number for each in vat for number in each.leaves("cbc:CompanyID")]
    if len(numbers) == 1 and _is_vat_number(numbers[0]):
        return None
    return Broken(party, found=value_of(numbers[0]) if numbers else None)


def _is_vat_number(number: Leaf) -> bool:
    value = string_of(number)
    return value[:2] == "EL" and is_greek_tax_number(value[2:])


def _tax_number(address: Leaf) -> Broken | None:
    right = attribute(address, "schemeID") == TAX_NUMBER and is_greek_tax_number(string_of(address))
    return None if right else Broken(address, found=value_of(address))


def _count(root: Node, description: str) -> int:
    return sum(holds(each, "cbc:DocumentDescription", description) for each in root.nodes(_REFERENCE))
