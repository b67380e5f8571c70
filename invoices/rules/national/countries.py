"""Whose country counts: what each national rule set takes a party's country from."""

from invoices.rules.national.reading import NotOne, text
from invoices.rules.subject import Subject
from invoices.rules.tree import normalised

SELLER = "cac:AccountingSupplierParty/cac:Party"
BUYER = "cac:AccountingCustomerParty/cac:Party"
REPRESENTATIVE = "cac:TaxRepresentativeParty"

_CODE = "cac:PostalAddress/cac:Country/cbc:IdentificationCode"


def address_country(subject: Subject, party: str) -> str:
    """The country code in a party's address exactly as it stands; empty where there is none, or several."""
    known = subject.address_countries
    if party not in known:
        known[party] = _address_country(subject, party)
    return known[party]


def _address_country(subject: Subject, party: str) -> str:
    try:
        return text(subject.root, f"{party}/{_CODE}")
    except NotOne:
        return ""


def country(subject: Subject, party: str) -> str:
    """The country code in a party's address in capitals, without white space around it."""
    return normalised(address_country(subject, party)).upper()
