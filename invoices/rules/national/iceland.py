"""Rules for sellers in Iceland: Peppol BIS Billing 3.0, IS-R-001 to IS-R-010."""

from invoices.findings import PolicyClass, Severity
from invoices.rules.national.countries import BUYER, SELLER, address_country
from invoices.rules.national.reading import holds, one, tidy_text
from invoices.rules.peppol.values import day
from invoices.rules.rule import Broken, Table
from invoices.rules.subject import Subject
from invoices.rules.tree import Leaf, Node, string_of, value_of

FATAL, FORM = Severity.FATAL, PolicyClass.FORM

KENNITALA = "0196"
"""Scheme of Icelandic identity numbers."""
TYPES = frozenset({"380", "381"})
FINAL_DUE_DATE = "EINDAGI"
"""Description of the reference that holds the last day before interest falls due."""
CLAIM, TRANSFER = "9", "42"


def seller_is_icelandic(subject: Subject) -> bool:
    """Whether the seller's address says exactly IS."""
    return address_country(subject, SELLER) == "IS"


def both_are_icelandic(subject: Subject) -> bool:
    """Whether the addresses of seller and buyer do."""
    return seller_is_icelandic(subject) and address_country(subject, BUYER) == "IS"


SELLERS = Table(applies=seller_is_icelandic)
AMONG_ICELANDERS = Table(applies=both_are_icelandic)


@SELLERS.rule("IS-R-001", Severity.WARNING, PolicyClass.WARNING, "/")
def type_is_customary(root: Node, _: Subject) -> Broken | None:
    """The document type (BT-3) is 380 or 381. Peppol BIS Billing 3.0, IS-R-001."""
    types = tidy_text(root, "cbc:InvoiceTypeCode"), tidy_text(root, "cbc:CreditNoteTypeCode")
    return None if TYPES.intersection(types) else Broken(root, found=next(filter(None, types), None))


@SELLERS.rule("IS-R-002", FATAL, FORM, "/")
def seller_has_kennitala(root: Node, _: Subject) -> Broken | None:
    """The seller's legal identifier (BT-30) is a kennitala, scheme 0196. Peppol BIS Billing 3.0, IS-R-002."""
    return _kennitala(root, SELLER)


@SELLERS.rule("IS-R-003", FATAL, FORM, "/")
def seller_has_address(root: Node, _: Subject) -> Broken | None:
    """The seller's address has street and post code. Peppol BIS Billing 3.0, IS-R-003."""
    return _address(root, SELLER)


@SELLERS.rule("IS-R-006", FATAL, FORM, "/")
def claim_has_account(root: Node, _: Subject) -> Broken | None:
    """A claim (9) has an account (BT-84) of 12 characters. Peppol BIS Billing 3.0, IS-R-006."""
    return _account(root, CLAIM)


@SELLERS.rule("IS-R-007", FATAL, FORM, "/")
def transfer_has_account(root: Node, _: Subject) -> Broken | None:
    """A transfer (42) has an account (BT-84) of 12 characters. Peppol BIS Billing 3.0, IS-R-007."""
    return _account(root, TRANSFER)


@SELLERS.rule("IS-R-008", FATAL, FORM, "/")
def final_due_date_is_date(root: Node, _: Subject) -> Broken | None:
    """The final due date (BT-122 of the reference EINDAGI) is written YYYY-MM-DD.

    Peppol BIS Billing 3.0, IS-R-008.
    """
    references = _final_due_dates(root)
    stated = one([each for reference in references for each in reference.leaves("cbc:ID")], FINAL_DUE_DATE)
    written = "" if stated is None else string_of(stated)
    if not references or (len(written) == 10 and _is_date(written)):
        return None
    return Broken(references[0], found=written)


@SELLERS.rule("IS-R-009", FATAL, FORM, "/")
def final_due_date_needs_due_date(root: Node, _: Subject) -> Broken | None:
    """Beside a final due date there is a due date (BT-9). Peppol BIS Billing 3.0, IS-R-009."""
    references = _final_due_dates(root)
    return Broken(references[0]) if references and "cbc:DueDate" not in root else None


@SELLERS.rule("IS-R-010", FATAL, FORM, "/")
def final_due_date_is_later(root: Node, _: Subject) -> Broken | None:
    """The final due date is not before the due date (BT-9). Peppol BIS Billing 3.0, IS-R-010."""
    references = _final_due_dates(root)
    final = [string_of(each) for reference in references for each in reference.leaves("cbc:ID")]
    due = [string_of(each) for each in root.leaves("cbc:DueDate")]
    if not references or (due and final and min(due) <= max(final)):
        return None
    return Broken(references[0], found=max(final, default=None), expected=min(due, default=None))


@AMONG_ICELANDERS.rule("IS-R-004", FATAL, FORM, "/cac:AccountingCustomerParty")
def buyer_has_kennitala(buyer: Node, _: Subject) -> Broken | None:
    """The buyer's legal identifier (BT-47) is a kennitala, scheme 0196. Peppol BIS Billing 3.0, IS-R-004."""
    return _kennitala(buyer, "cac:Party")


@AMONG_ICELANDERS.rule("IS-R-005", FATAL, FORM, "/cac:AccountingCustomerParty")
def buyer_has_address(buyer: Node, _: Subject) -> Broken | None:
    """The buyer's address has street and post code. Peppol BIS Billing 3.0, IS-R-005."""
    return _address(buyer, "cac:Party")


def _kennitala(node: Node, party: str) -> Broken | None:
    numbers = node.leaves(f"{party}/cac:PartyLegalEntity/cbc:CompanyID")
    if any(number.get("schemeID") == KENNITALA for number in numbers):
        return None
    return Broken(numbers[0] if numbers else node, found=value_of(numbers[0]) if numbers else None)


def _address(node: Node, party: str) -> Broken | None:
    needed = (f"{party}/cac:PostalAddress/{name}" for name in ("cbc:StreetName", "cbc:PostalZone"))
    return None if all(node.has(path) for path in needed) else Broken(node)


def _account(root: Node, code: str) -> Broken | None:
    ways = [each for each in root.nodes("cac:PaymentMeans") if holds(each, "cbc:PaymentMeansCode", code)]
    if not ways:
        return None
    accounts: list[Leaf] = [each for way in ways for each in way.leaves("cac:PayeeFinancialAccount/cbc:ID")]
    account = one(accounts, f"accounts of way of payment {code}")
    if account is not None and len(value_of(account)) == 12:
        return None
    return Broken(ways[0], found=None if account is None else value_of(account))


def _final_due_dates(root: Node) -> list[Node]:
    references = root.nodes("cac:AdditionalDocumentReference")
    return [each for each in references if holds(each, "cbc:DocumentDescription", FINAL_DUE_DATE)]


def _is_date(written: str) -> bool:
    try:
        day(written)
    except ValueError:
        return False
    return True
