"""Rules for sellers in Sweden: Peppol BIS Billing 3.0, SE-R-001 to SE-R-013."""

from collections.abc import Iterator
from math import isnan

from invoices.findings import PolicyClass, Severity
from invoices.rules.national.check_digits import is_swedish_organisation
from invoices.rules.national.countries import BUYER, SELLER
from invoices.rules.national.reading import NotOne, double, holds, one, only_text, text, tidy_text
from invoices.rules.rule import Broken, Table
from invoices.rules.subject import Subject
from invoices.rules.tree import Node, normalised, string_of, value_of

FATAL, WARNING = Severity.FATAL, Severity.WARNING
FORM, MONEY, ONLY_WARNING = PolicyClass.FORM, PolicyClass.MONEY, PolicyClass.WARNING

APPROVED = "GODKÄND FÖR F-SKATT"
"""Approved for Swedish tax on businesses (F-skatt), in capitals."""
RATES = frozenset({25.0, 12.0, 6.0})
PLUSGIRO, BANKGIRO = "SE:PLUSGIRO", "SE:BANKGIRO"

_CODE = "cac:PostalAddress/cac:Country/cbc:IdentificationCode"
_ENTITY = f"{SELLER}/cac:PartyLegalEntity"
_ACCOUNT = "cac:PaymentMeans/cac:PayeeFinancialAccount"


def seller_is_swedish(subject: Subject) -> bool:
    """Whether the seller's address says exactly SE."""
    return holds(subject.root, f"{SELLER}/{_CODE}", "SE")


def both_are_swedish(subject: Subject) -> bool:
    """Whether the addresses of seller and buyer do."""
    return seller_is_swedish(subject) and holds(subject.root, f"{BUYER}/{_CODE}", "SE")


def seller_has_swedish_vat(subject: Subject) -> bool:
    """Whether the seller's address and a VAT number of it say exactly SE."""
    if not seller_is_swedish(subject):
        return False
    schemes = [scheme for party in subject.root.nodes(SELLER) for scheme in _vat_schemes(party)]
    try:
        return any(text(scheme, "cbc:CompanyID")[:2] == "SE" for scheme in schemes)
    except NotOne:
        return False


SELLERS = Table(applies=seller_is_swedish)
WITH_VAT = Table(applies=seller_has_swedish_vat)
AMONG_SWEDES = Table(applies=both_are_swedish)


@WITH_VAT.rule("SE-R-001", FATAL, FORM, SELLER)
def vat_number_has_14_characters(seller: Node, _: Subject) -> Broken | None:
    """A Swedish VAT number (BT-31) has 14 characters. Peppol BIS Billing 3.0, SE-R-001."""
    number = _vat_number(seller)
    return None if len(normalised(number)) == 14 else Broken(seller, found=normalised(number))


@WITH_VAT.rule("SE-R-002", FATAL, FORM, SELLER)
def vat_number_is_numeric(seller: Node, _: Subject) -> Broken | None:
    """The 12 characters after SE are a number. Peppol BIS Billing 3.0, SE-R-002."""
    number = _vat_number(seller)
    return Broken(seller, found=normalised(number)) if isnan(double(number[2:14])) else None


@SELLERS.rule("SE-R-003", FATAL, FORM, _ENTITY)
def organisation_number_is_numeric(entity: Node, _: Subject) -> Broken | None:
    """A Swedish organisation number (BT-30) is a number. Peppol BIS Billing 3.0, SE-R-003."""
    bad = "cbc:CompanyID" in entity and isnan(double(text(entity, "cbc:CompanyID")))
    return _organisation(entity) if bad else None


@SELLERS.rule("SE-R-004", FATAL, FORM, _ENTITY)
def organisation_number_has_10_characters(entity: Node, _: Subject) -> Broken | None:
    """A Swedish organisation number (BT-30) has 10 characters. Peppol BIS Billing 3.0, SE-R-004."""
    bad = "cbc:CompanyID" in entity and len(tidy_text(entity, "cbc:CompanyID")) != 10
    return _organisation(entity) if bad else None


@SELLERS.rule("SE-R-013", FATAL, FORM, _ENTITY)
def organisation_number_has_check_digit(entity: Node, _: Subject) -> Broken | None:
    """A Swedish organisation number (BT-30) passes Luhn's test. Peppol BIS Billing 3.0, SE-R-013."""
    bad = "cbc:CompanyID" in entity and not is_swedish_organisation(tidy_text(entity, "cbc:CompanyID"))
    return _organisation(entity) if bad else None


@SELLERS.rule_of_all("SE-R-005", FATAL, FORM, f"{SELLER}/cac:PartyTaxScheme")
def tax_registration_is_stated(schemes: list[Node], subject: Subject) -> Iterator[Broken]:
    """Beside VAT, a registered company states that it is approved for F-skatt (BT-32).

    Peppol BIS Billing 3.0, SE-R-005.
    """
    if not subject.root.has(f"{_ENTITY}/cbc:CompanyID"):
        return
    others = (each for each in schemes if only_text(each, "cac:TaxScheme/cbc:ID", "VAT").upper() != "VAT")
    for number in (number for other in others for number in other.leaves("cbc:CompanyID")):
        if normalised(string_of(number).upper()) != APPROVED:
            yield Broken(number, found=value_of(number), expected="Godkänd för F-skatt")


@WITH_VAT.rule("SE-R-006", FATAL, MONEY, "cac:TaxCategory", "cac:ClassifiedTaxCategory")
def rate_is_swedish(category: Node, _: Subject) -> Broken | None:
    """The standard category (S) has a rate of 25, 12 or 6 %. Peppol BIS Billing 3.0, SE-R-006."""
    if not holds(category, "cbc:ID", "S"):
        return None
    rate = text(category, "cbc:Percent")
    return None if double(rate) in RATES else Broken(category, found=normalised(rate))


@SELLERS.rule("SE-R-007", WARNING, ONLY_WARNING, _ACCOUNT)
def plusgiro_is_numeric(account: Node, _: Subject) -> Broken | None:
    """An account with Plusgiro (BT-84) is a number. Peppol BIS Billing 3.0, SE-R-007."""
    number = _giro_number(account, PLUSGIRO)
    return Broken(account, found=number) if number is not None and isnan(double(number)) else None


@SELLERS.rule("SE-R-010", WARNING, ONLY_WARNING, _ACCOUNT)
def plusgiro_has_2_to_8_characters(account: Node, _: Subject) -> Broken | None:
    """An account with Plusgiro (BT-84) has 2 to 8 characters. Peppol BIS Billing 3.0, SE-R-010."""
    number = _giro_number(account, PLUSGIRO)
    return Broken(account, found=number) if number is not None and not 2 <= len(number) <= 8 else None


@SELLERS.rule("SE-R-008", WARNING, ONLY_WARNING, _ACCOUNT)
def bankgiro_is_numeric(account: Node, _: Subject) -> Broken | None:
    """An account with Bankgiro (BT-84) is a number. Peppol BIS Billing 3.0, SE-R-008."""
    number = _giro_number(account, BANKGIRO)
    return Broken(account, found=number) if number is not None and isnan(double(number)) else None


@SELLERS.rule("SE-R-009", WARNING, ONLY_WARNING, _ACCOUNT)
def bankgiro_has_7_or_8_characters(account: Node, _: Subject) -> Broken | None:
    """An account with Bankgiro (BT-84) has 7 or 8 characters. Peppol BIS Billing 3.0, SE-R-009."""
    number = _giro_number(account, BANKGIRO)
    return Broken(account, found=number) if number is not None and len(number) not in {7, 8} else None


@SELLERS.rule("SE-R-011", WARNING, ONLY_WARNING, "cac:PaymentMeans")
def giro_is_a_transfer(means: Node, _: Subject) -> Broken | None:
    """Plusgiro and Bankgiro are transfers (30), not codes 50 or 56. Peppol BIS Billing 3.0, SE-R-011."""
    return _instead_of_30(means, "50", "56")


@AMONG_SWEDES.rule("SE-R-012", WARNING, ONLY_WARNING, "cac:PaymentMeans")
def domestic_transfer_is_30(means: Node, _: Subject) -> Broken | None:
    """Among Swedish parties a transfer is code 30, not 31. Peppol BIS Billing 3.0, SE-R-012."""
    return _instead_of_30(means, "31")


def _vat_schemes(party: Node) -> list[Node]:
    schemes = party.nodes("cac:PartyTaxScheme")
    return [each for each in schemes if holds(each, "cac:TaxScheme/cbc:ID", "VAT")]


def _vat_number(party: Node) -> str:
    numbers = [number for scheme in _vat_schemes(party) for number in scheme.leaves("cbc:CompanyID")]
    number = one(numbers, "VAT numbers")
    return "" if number is None else string_of(number)


def _organisation(entity: Node) -> Broken:
    number = entity.leaves("cbc:CompanyID")[0]
    return Broken(number, found=value_of(number))


def _giro_number(account: Node, giro: str) -> str | None:
    means = account.parent
    if "cbc:ID" not in account or means is None:
        return None
    if only_text(account, "cac:FinancialInstitutionBranch/cbc:ID") != giro:
        return None
    return tidy_text(account, "cbc:ID") if only_text(means, "cbc:PaymentMeansCode") == "30" else None


def _instead_of_30(means: Node, *codes: str) -> Broken | None:
    code = next((code for code in codes if holds(means, "cbc:PaymentMeansCode", code)), None)
    return Broken(means, found=code, expected="30") if code else None
