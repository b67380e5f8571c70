"""Belgian enterprise and VAT numbers wherever an invoice states one.

Sources: KBO (FPS Economy): ten digits, the first 0 or 1, of an establishment 2 to 8, the last two 97 less the
remainder of the first eight by 97; a VAT number is BE and the enterprise number.
"""

import re
from collections.abc import Iterator

from invoices.company import ENTERPRISE_SCHEMES, VAT_SCHEMES, InvalidCompanyNumber, enterprise_number
from invoices.findings import PolicyClass, Severity
from invoices.rules.choosing import Profile, is_belgian, profile_of
from invoices.rules.rule import Broken, Table
from invoices.rules.subject import Subject
from invoices.rules.tree import Leaf, Node, attribute, value_of

TABLE = Table(is_belgian)

_PARTIES = (
    "/cac:AccountingSupplierParty/cac:Party",
    "/cac:AccountingCustomerParty/cac:Party",
    "/cac:PayeeParty",
    "/cac:TaxRepresentativeParty",
)
_IDENTIFIERS = ("cbc:EndpointID", "cac:PartyIdentification/cbc:ID", "cac:PartyLegalEntity/cbc:CompanyID")
_PEPPOL = frozenset({Profile.PEPPOL_BILLING, Profile.PEPPOL_SELF_BILLING})
_NOT_DIGITS = re.compile(r"[^0-9]+")
_TEN_DIGITS = re.compile(r"[0-9]{10}")


@TABLE.rule("WB-BE-ENTERPRISE", Severity.WARNING, PolicyClass.WARNING, *_PARTIES)
def enterprise_number_is_right(party: Node, subject: Subject) -> Broken | None:
    """Identifiers of schemes 0208 and 9956 (BT-29, 30, 34, 46, 47, 49, 60, 61) are enterprise numbers.

    The first that is not, but for the number of an establishment, and for what PEPPOL-COMMON-R043 refuses.
    """
    peppol = profile_of(subject) in _PEPPOL
    for leaf in _claimed(party, ENTERPRISE_SCHEMES):
        number = value_of(leaf)
        if _is_wrong(number) and not _is_of_establishment(number) and not (peppol and _is_refused(leaf)):
            return Broken(leaf, number)
    return None


@TABLE.rule("WB-BE-ESTABLISHMENT", Severity.WARNING, PolicyClass.WARNING, *_PARTIES)
def number_is_of_the_company(party: Node, _subject: Subject) -> Broken | None:
    """Identifiers of schemes 0208 and 9956 are not the numbers of establishments, which begin with 2 to 8."""
    for leaf in _claimed(party, ENTERPRISE_SCHEMES):
        if _is_of_establishment(value_of(leaf)):
            return Broken(leaf, value_of(leaf))
    return None


@TABLE.rule("WB-BE-VAT", Severity.WARNING, PolicyClass.WARNING, *_PARTIES)
def vat_number_is_right(party: Node, _subject: Subject) -> Broken | None:
    """VAT identifiers that begin with BE (BT-31, 48, 63) and identifiers of scheme 9925 are VAT numbers.

    The first that is not, unless the same number is wrong as an enterprise number of that party already.
    """
    wrong = [leaf for leaf in _vat_numbers(party) if _is_wrong(value_of(leaf))]
    if not wrong:
        return None
    said = {_digits(leaf) for leaf in _claimed(party, ENTERPRISE_SCHEMES) if _is_wrong(value_of(leaf))}
    for leaf in wrong:
        if _digits(leaf) not in said:
            return Broken(leaf, value_of(leaf))
    return None


def _claimed(party: Node, schemes: frozenset[str]) -> Iterator[Leaf]:
    for path in _IDENTIFIERS:
        for leaf in party.leaves(path):
            if (attribute(leaf, "schemeID") or "").strip().upper() in schemes:
                yield leaf


def _vat_numbers(party: Node) -> Iterator[Leaf]:
    yield from _claimed(party, VAT_SCHEMES)
    for leaf in party.leaves("cac:PartyTaxScheme/cbc:CompanyID"):
        if value_of(leaf)[:2].upper() == "BE":
            yield leaf


def _is_wrong(number: str) -> bool:
    try:
        enterprise_number(number)
    except InvalidCompanyNumber:
        return True
    return False


def _is_of_establishment(number: str) -> bool:
    digits = _NOT_DIGITS.sub("", number)
    return _is_checked(digits) and digits[0] in "2345678"


def _is_refused(leaf: Leaf) -> bool:
    """Whether PEPPOL-COMMON-R043 says that the number is wrong; it does not mind the first digit."""
    return attribute(leaf, "schemeID") == "0208" and not _is_checked(value_of(leaf))


def _is_checked(number: str) -> bool:
    return bool(_TEN_DIGITS.fullmatch(number)) and int(number[8:]) == 97 - int(number[:8]) % 97


def _digits(leaf: Leaf) -> str:
    return _NOT_DIGITS.sub("", value_of(leaf)).zfill(10)
