"""Rules for sellers in the Netherlands: Peppol BIS Billing 3.0, NL-R-001 to NL-R-009."""

from invoices.findings import PolicyClass, Severity
from invoices.rules.national.countries import BUYER, REPRESENTATIVE, SELLER, country
from invoices.rules.national.reading import one, tidy_text
from invoices.rules.peppol.values import money, number
from invoices.rules.rule import Broken, Table
from invoices.rules.subject import Subject
from invoices.rules.tree import Leaf, Node, attribute, value_of

FATAL, FORM = Severity.FATAL, PolicyClass.FORM

REGISTERS = ("0106", "0190")
"""Schemes of the numbers of Dutch companies (KVK) and public bodies (OIN)."""
MEANS_OF_PAYMENT = frozenset({"30", "48", "49", "57", "58", "59"})


def seller_is_dutch(subject: Subject) -> bool:
    """Whether the seller's address is in the Netherlands."""
    return country(subject, SELLER) == "NL"


def both_are_dutch(subject: Subject) -> bool:
    """Whether the addresses of seller and buyer are."""
    return seller_is_dutch(subject) and country(subject, BUYER) == "NL"


def representative_is_dutch(subject: Subject) -> bool:
    """Whether the addresses of the seller and its tax representative are."""
    return seller_is_dutch(subject) and country(subject, REPRESENTATIVE) == "NL"


SELLERS = Table(applies=seller_is_dutch)
AMONG_DUTCH = Table(applies=both_are_dutch)
REPRESENTED = Table(applies=representative_is_dutch)


@SELLERS.rule("NL-R-001", FATAL, FORM, "cbc:CreditNoteTypeCode")
def credit_note_refers_to_invoice(code: Leaf, subject: Subject) -> Broken | None:
    """A credit note names an invoice before it (BT-25). Peppol BIS Billing 3.0, NL-R-001."""
    named = subject.root.has("cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID")
    return None if named else Broken(code)


@SELLERS.rule("NL-R-002", FATAL, FORM, f"{SELLER}/cac:PostalAddress")
def seller_address_is_full(address: Node, _: Subject) -> Broken | None:
    """The seller's address has street, city and post code. Peppol BIS Billing 3.0, NL-R-002."""
    return _full(address)


@SELLERS.rule("NL-R-003", FATAL, FORM, f"{SELLER}/cac:PartyLegalEntity/cbc:CompanyID")
def seller_is_registered(identifier: Leaf, _: Subject) -> Broken | None:
    """The seller's legal identifier (BT-30) is a KVK number or an OIN. Peppol BIS Billing 3.0, NL-R-003."""
    return _registered(identifier)


@AMONG_DUTCH.rule("NL-R-004", FATAL, FORM, f"{BUYER}/cac:PostalAddress")
def buyer_address_is_full(address: Node, _: Subject) -> Broken | None:
    """A Dutch buyer's address has street, city and post code. Peppol BIS Billing 3.0, NL-R-004."""
    return _full(address)


@AMONG_DUTCH.rule("NL-R-005", FATAL, FORM, f"{BUYER}/cac:PartyLegalEntity/cbc:CompanyID")
def buyer_is_registered(identifier: Leaf, _: Subject) -> Broken | None:
    """A Dutch buyer's legal identifier (BT-47) is a KVK number or an OIN. Peppol BIS Billing 3.0, NL-R-005."""
    return _registered(identifier)


@REPRESENTED.rule("NL-R-006", FATAL, FORM, f"{REPRESENTATIVE}/cac:PostalAddress")
def representative_address_is_full(address: Node, _: Subject) -> Broken | None:
    """A Dutch representative's address has street, city and post code. Peppol BIS Billing 3.0, NL-R-006."""
    return _full(address)


@SELLERS.rule("NL-R-007", FATAL, FORM, "cac:LegalMonetaryTotal")
def can_be_paid(totals: Node, subject: Subject) -> Broken | None:
    """Where the buyer is to pay, the means of payment (BG-16) are stated. Peppol BIS Billing 3.0, NL-R-007."""
    if any(place.name == "cac:PaymentMeans" for place in subject.tree.places):
        return None
    amount = one(totals.named("cbc:PayableAmount"), "cbc:PayableAmount")
    if amount is None:
        return Broken(totals)
    due = number(amount)
    if due >= 0 if subject.is_credit_note else due <= 0:
        return None
    return Broken(amount, found=money(due, attribute(amount, "currencyID")))


@AMONG_DUTCH.rule("NL-R-008", FATAL, FORM, "cac:PaymentMeans")
def means_of_payment_are_dutch(means: Node, _: Subject) -> Broken | None:
    """Among Dutch parties: transfers, direct debit, cards, standing agreement. Peppol BIS Billing 3.0, NL-R-008."""
    code = tidy_text(means, "cbc:PaymentMeansCode")
    return None if code in MEANS_OF_PAYMENT else Broken(means, found=code)


@SELLERS.rule("NL-R-009", FATAL, FORM, "cac:OrderLineReference/cbc:LineID")
def order_of_line_is_named(line: Leaf, subject: Subject) -> Broken | None:
    """Whoever refers to a line of an order names the order (BT-13). Peppol BIS Billing 3.0, NL-R-009."""
    return None if subject.root.has("cac:OrderReference/cbc:ID") else Broken(line, found=value_of(line))


def _full(address: Node) -> Broken | None:
    stated = all(name in address for name in ("cbc:StreetName", "cbc:CityName", "cbc:PostalZone"))
    return None if stated else Broken(address)


def _registered(identifier: Leaf) -> Broken | None:
    scheme = attribute(identifier, "schemeID") or ""
    known = any(f" {register} " in f" {scheme} " for register in REGISTERS)
    return None if known and value_of(identifier) else Broken(identifier, found=scheme)
