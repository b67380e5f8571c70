"""Rules for the invoice number (BT-1) of sellers in Greece: Peppol BIS Billing 3.0, GR-R-001-1 to GR-R-001-7.

It has six parts with | between: tax number, date of issue, branch, type, series, serial number.
"""

import re
from math import isnan

from invoices.findings import PolicyClass, Severity
from invoices.rules.national.check_digits import is_greek_tax_number
from invoices.rules.national.countries import SELLER
from invoices.rules.national.greece import seller_is_greek
from invoices.rules.national.reading import double, holds, integer, text
from invoices.rules.rule import Broken, Table
from invoices.rules.subject import Subject
from invoices.rules.tree import Leaf, normalised, string_of

FATAL, FORM = Severity.FATAL, PolicyClass.FORM

GREEK_NUMBERS = Table(applies=seller_is_greek)

TYPES = frozenset({"1.1", "1.6", "2.1", "2.4", "5.1", "5.2"})
"""Document types of the Greek tax authority."""

_DATE = re.compile(r"(?:0?[1-9]|[12][0-9]|3[01])[-\\/ ]?(?:0?[1-9]|1[0-2])[-\\/ ]?(?:19|20)[0-9]{2}").match


@GREEK_NUMBERS.rule("GR-R-001-1", FATAL, FORM, "/cbc:ID")
def has_six_parts(number: Leaf, _: Subject) -> Broken | None:
    """The number has six parts. Peppol BIS Billing 3.0, GR-R-001-1."""
    parts = _parts(number)
    return None if len(parts) == 6 else Broken(number, found=str(len(parts)), expected="6")


@GREEK_NUMBERS.rule("GR-R-001-2", FATAL, FORM, "/cbc:ID")
def begins_with_tax_number(number: Leaf, subject: Subject) -> Broken | None:
    """The first part is the tax number of the seller or its representative. Peppol BIS Billing 3.0, GR-R-001-2."""
    part = _part(number, 1)
    known = len(normalised(part)) == 9 and is_greek_tax_number(part) and part in _tax_numbers(subject)
    return None if known else Broken(number, found=part)


@GREEK_NUMBERS.rule("GR-R-001-3", FATAL, FORM, "/cbc:ID")
def has_date_of_issue(number: Leaf, subject: Subject) -> Broken | None:
    """The second part is the date of issue (BT-2) as DD/MM/YYYY. Peppol BIS Billing 3.0, GR-R-001-3."""
    part = _part(number, 2)
    issued = text(subject.root, "cbc:IssueDate").split("-")
    stated = part.split("/")
    same = len(issued) >= 3 and len(stated) >= 3 and stated[:3] == issued[2::-1]
    return None if same and _DATE(part) else Broken(number, found=part, expected="/".join(issued[2::-1]))


@GREEK_NUMBERS.rule("GR-R-001-4", FATAL, FORM, "/cbc:ID")
def has_branch(number: Leaf, _: Subject) -> Broken | None:
    """The third part, the branch, is a whole number from 0. Peppol BIS Billing 3.0, GR-R-001-4.

    Raises:
        ValueError: It is a number, but not a whole one: the official rule has no answer then.
    """
    part = _part(number, 3)
    return None if not isnan(double(part)) and integer(part) >= 0 else Broken(number, found=part)


@GREEK_NUMBERS.rule("GR-R-001-5", FATAL, FORM, "/cbc:ID")
def has_type(number: Leaf, _: Subject) -> Broken | None:
    """The fourth part is a document type of the tax authority. Peppol BIS Billing 3.0, GR-R-001-5."""
    part = _part(number, 4)
    return None if part in TYPES else Broken(number, found=part)


@GREEK_NUMBERS.rule("GR-R-001-6", FATAL, FORM, "/cbc:ID")
def has_series(number: Leaf, _: Subject) -> Broken | None:
    """The fifth part, the series, is not empty. Peppol BIS Billing 3.0, GR-R-001-6."""
    return None if _part(number, 5) else Broken(number)


@GREEK_NUMBERS.rule("GR-R-001-7", FATAL, FORM, "/cbc:ID")
def has_serial_number(number: Leaf, _: Subject) -> Broken | None:
    """The sixth part, the serial number, is not empty. Peppol BIS Billing 3.0, GR-R-001-7."""
    return None if _part(number, 6) else Broken(number)


def _parts(number: Leaf) -> list[str]:
    whole = string_of(number)
    return whole.split("|") if whole else []


def _part(number: Leaf, place: int) -> str:
    parts = _parts(number)
    return parts[place - 1] if len(parts) >= place else ""


def _tax_numbers(subject: Subject) -> set[str]:
    paths = (f"{SELLER}/cac:PartyTaxScheme", "cac:TaxRepresentativeParty/cac:PartyTaxScheme")
    schemes = [scheme for path in paths for scheme in subject.root.nodes(path)]
    return {
        text(each, "cbc:CompanyID")[2:11] for each in schemes if holds(each, "cac:TaxScheme/cbc:ID", "VAT")
    }
