"""Rules for sellers in Norway: Peppol BIS Billing 3.0, NO-R-001 and NO-R-002."""

from invoices.findings import PolicyClass, Severity
from invoices.rules.national.countries import SELLER
from invoices.rules.national.reading import one, text, tidy_text
from invoices.rules.peppol.check_digits import is_norwegian
from invoices.rules.rule import Broken, Table
from invoices.rules.subject import Subject
from invoices.rules.tree import Node, normalised, string_of

NORWEGIAN_SELLERS = Table(applies=lambda subject: subject.seller_country == "NO")

REGISTER = "Foretaksregisteret"
"""The Norwegian register of business enterprises."""


@NORWEGIAN_SELLERS.rule("NO-R-002", Severity.WARNING, PolicyClass.WARNING, SELLER)
def register_is_named(seller: Node, _: Subject) -> Broken | None:
    """Most sellers are in the register of business enterprises, and say so (BT-32).

    Peppol BIS Billing 3.0, NO-R-002.
    """
    numbers = [number for scheme in _schemes(seller, "TAX") for number in scheme.leaves("cbc:CompanyID")]
    stated = one(numbers, "tax registrations")
    found = "" if stated is None else normalised(string_of(stated))
    return None if found == REGISTER else Broken(seller, found=found, expected=REGISTER)


@NORWEGIAN_SELLERS.rule("NO-R-001", Severity.FATAL, PolicyClass.FORM, SELLER)
def vat_number_is_norwegian(seller: Node, _: Subject) -> Broken | None:
    """A VAT number (BT-31) with NO is an organisation number, then MVA. Peppol BIS Billing 3.0, NO-R-001."""
    numbers = [text(scheme, "cbc:CompanyID") for scheme in _schemes(seller, "VAT")]
    if not any(number[:2] == "NO" for number in numbers):
        return None
    number = one(numbers, "VAT registrations") or ""
    is_one = len(number) == 14 and number[11:] == "MVA" and is_norwegian(number[2:11])
    return None if is_one else Broken(seller, found=normalised(number))


def _schemes(seller: Node, scheme: str) -> list[Node]:
    schemes = seller.nodes("cac:PartyTaxScheme")
    return [each for each in schemes if tidy_text(each, "cac:TaxScheme/cbc:ID") == scheme]
