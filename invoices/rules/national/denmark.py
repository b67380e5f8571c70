"""Rules for sellers in Denmark: Peppol BIS Billing 3.0, DK-R-002 to DK-R-017."""

from invoices.findings import PolicyClass, Severity
from invoices.rules.national.countries import BUYER, SELLER, address_country
from invoices.rules.national.reading import double, filled_text, holds, scheme, text
from invoices.rules.rule import Broken, Table
from invoices.rules.subject import Subject
from invoices.rules.tree import Node, normalised

FATAL, FORM, MONEY = Severity.FATAL, PolicyClass.FORM, PolicyClass.MONEY

CVR = "0184"
"""Scheme of the numbers of Danish companies."""
OTHER_TAX = "ZZZ"
CLASSIFICATIONS = frozenset({"19.05.01", "19.0501", "26.08.01", "26.0801"})
"""Versions of UNSPSC (list TST) in use in Denmark."""

_DUE = "cac:LegalMonetaryTotal/cbc:PayableAmount"
_COMPANY = "cac:PartyLegalEntity/cbc:CompanyID"
_CLASSIFICATION = "cac:Item/cac:CommodityClassification/cbc:ItemClassificationCode"


def seller_is_danish(subject: Subject) -> bool:
    """Whether the seller's address says exactly DK."""
    return address_country(subject, SELLER) == "DK"


def both_are_danish(subject: Subject) -> bool:
    """Whether the addresses of seller and buyer do."""
    return seller_is_danish(subject) and address_country(subject, BUYER) == "DK"


SELLERS = Table(applies=seller_is_danish)
AMONG_DANES = Table(applies=both_are_danish)


@SELLERS.rule("DK-R-002", FATAL, FORM, "/")
def seller_has_number(root: Node, _: Subject) -> Broken | None:
    """The seller's CVR number (BT-30) is there. Peppol BIS Billing 3.0, DK-R-002."""
    return None if filled_text(root, f"{SELLER}/{_COMPANY}") else Broken(root)


@SELLERS.rule("DK-R-014", FATAL, FORM, "/")
def seller_number_is_cvr(root: Node, _: Subject) -> Broken | None:
    """The seller's legal identifier (BT-30) has scheme 0184. Peppol BIS Billing 3.0, DK-R-014."""
    return _cvr(root, f"{SELLER}/{_COMPANY}")


@AMONG_DANES.rule("DK-R-016", FATAL, MONEY, "/")
def credit_note_is_not_negative(root: Node, subject: Subject) -> Broken | None:
    """A credit note does not ask for a negative amount (BT-115). Peppol BIS Billing 3.0, DK-R-016."""
    if not subject.is_credit_note:
        return None
    due = filled_text(root, _DUE)
    if not double(due) < 0:
        return None
    amount = next(each for each in root.leaves(_DUE) if each.text)
    return Broken(amount, found=f"{due} {amount.get('currencyID', '')}".rstrip())


@AMONG_DANES.rule(
    "DK-R-013", FATAL, FORM, f"/{SELLER}/cac:PartyIdentification", f"/{BUYER}/cac:PartyIdentification"
)
def identifier_has_scheme(identification: Node, _: Subject) -> Broken | None:
    """An identifier of seller or buyer (BT-29, BT-46) has a scheme. Peppol BIS Billing 3.0, DK-R-013."""
    lacking = "cbc:ID" in identification and not scheme(identification, "cbc:ID")
    return Broken(identification, found=identification.value("cbc:ID")) if lacking else None


@AMONG_DANES.rule("DK-R-017", FATAL, FORM, f"/{BUYER}")
def buyer_number_is_cvr(buyer: Node, _: Subject) -> Broken | None:
    """The buyer's legal identifier (BT-47) has scheme 0184. Peppol BIS Billing 3.0, DK-R-017."""
    return _cvr(buyer, _COMPANY)


@AMONG_DANES.rule("DK-R-003", FATAL, FORM, "/cac:InvoiceLine", "/cac:CreditNoteLine")
def classification_is_current(line: Node, _: Subject) -> Broken | None:
    """A class of list TST (UNSPSC) goes with one of its versions in use. Peppol BIS Billing 3.0, DK-R-003."""
    codes = line.leaves(_CLASSIFICATION)
    if not any(code.get("listID") == "TST" for code in codes):
        return None
    versions = [code.get("listVersionID") for code in codes]
    return None if CLASSIFICATIONS.intersection(versions) else Broken(codes[0], found=versions[0])


@AMONG_DANES.rule("DK-R-004", FATAL, FORM, "cac:AllowanceCharge")
def other_tax_is_named(charge: Node, _: Subject) -> Broken | None:
    """A tax other than VAT (reason code ZZZ) is named by its four digits, or by text with a # inside.

    Peppol BIS Billing 3.0, DK-R-004.
    """
    if not holds(charge, "cbc:AllowanceChargeReasonCode", OTHER_TAX):
        return None
    reason = text(charge, "cbc:AllowanceChargeReason")
    is_category = len(normalised(reason)) == 4 and 0 <= double(reason) <= 9999
    is_described = "#" in reason and not reason.startswith("#") and not reason.endswith("#")
    return None if is_category or is_described else Broken(charge, found=normalised(reason))


def _cvr(node: Node, path: str) -> Broken | None:
    numbers = node.leaves(path)
    if not numbers or (stated := scheme(node, path)) == CVR:
        return None
    return Broken(numbers[0], found=stated, expected=CVR)
