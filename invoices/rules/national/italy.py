"""Rules for sellers in Italy: Peppol BIS Billing 3.0, IT-R-001 to IT-R-004."""

import re

from invoices.findings import PolicyClass, Severity
from invoices.rules.national.countries import SELLER
from invoices.rules.national.reading import only_text, tidy_text
from invoices.rules.rule import Broken, Table
from invoices.rules.subject import Subject
from invoices.rules.tree import Node

FATAL, FORM = Severity.FATAL, PolicyClass.FORM

ITALIAN_SELLERS = Table(applies=lambda subject: subject.seller_country == "IT")

VAT = "VAT"
_TAX_CODE = re.compile(r"[A-Z0-9]{11,16}").fullmatch


@ITALIAN_SELLERS.rule("IT-R-001", FATAL, FORM, f"{SELLER}/cac:PartyTaxScheme")
def tax_code_has_its_form(scheme: Node, _: Subject) -> Broken | None:
    """A tax number other than VAT (BT-32) has 11 to 16 capitals or digits. Peppol BIS Billing 3.0, IT-R-001."""
    if only_text(scheme, "cac:TaxScheme/cbc:ID", VAT) == VAT:
        return None
    number = tidy_text(scheme, "cbc:CompanyID")
    return None if _TAX_CODE(number) else Broken(scheme, found=number)


@ITALIAN_SELLERS.rule("IT-R-002", FATAL, FORM, SELLER)
def seller_has_street(seller: Node, _: Subject) -> Broken | None:
    """The seller's street (BT-35) is there. Peppol BIS Billing 3.0, IT-R-002."""
    return _needs(seller, "cac:PostalAddress/cbc:StreetName")


@ITALIAN_SELLERS.rule("IT-R-003", FATAL, FORM, SELLER)
def seller_has_city(seller: Node, _: Subject) -> Broken | None:
    """The seller's city (BT-37) is there. Peppol BIS Billing 3.0, IT-R-003."""
    return _needs(seller, "cac:PostalAddress/cbc:CityName")


@ITALIAN_SELLERS.rule("IT-R-004", FATAL, FORM, SELLER)
def seller_has_post_code(seller: Node, _: Subject) -> Broken | None:
    """The seller's post code (BT-38) is there. Peppol BIS Billing 3.0, IT-R-004."""
    return _needs(seller, "cac:PostalAddress/cbc:PostalZone")


def _needs(seller: Node, path: str) -> Broken | None:
    return None if seller.has(path) else Broken(seller)
