"""Parties: who an invoice says its seller and its buyer are."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from lxml import etree

from invoices import ubl
from invoices.company import Identifier, PartyIdentifiers
from invoices.values import code, name, short

MOST_IDENTIFIERS = 20
"""Of each sort; more are not read."""

_LEGAL_NAME, _TRADING_NAME = "cac:PartyLegalEntity/cbc:RegistrationName", "cac:PartyName/cbc:Name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Party(PartyIdentifiers):
    """Seller (BG-4) or buyer (BG-7).

    Attributes:
        name: Legal name (BT-27, BT-44), or else the trading name (BT-28, BT-45).
        country: BT-40, BT-55.
    """

    name: str | None = None
    country: str | None = None


def read_party(party: etree._Element | None) -> Party:
    """What the `cac:Party` element says of the party; never raises."""
    if party is None:
        return Party()
    return Party(
        name=name(party, _LEGAL_NAME) or name(party, _TRADING_NAME),
        country=code(party, "cac:PostalAddress/cac:Country/cbc:IdentificationCode"),
        legal_ids=_identifiers(party, "cac:PartyLegalEntity/cbc:CompanyID"),
        endpoint=next(iter(_identifiers(party, "cbc:EndpointID")), None),
        identifications=_identifiers(party, "cac:PartyIdentification/cbc:ID"),
        vat_numbers=tuple(islice(_vat_numbers(party), MOST_IDENTIFIERS)),
    )


def _identifiers(party: etree._Element, path: str) -> tuple[Identifier, ...]:
    elements = islice(ubl.every(party, path), MOST_IDENTIFIERS)
    stated = ((code(each), short(each.get("schemeID"))) for each in elements)
    return tuple(Identifier(value, scheme) for value, scheme in stated if value)


def _vat_numbers(party: etree._Element) -> Iterator[str]:
    for registration in ubl.every(party, "cac:PartyTaxScheme"):
        scheme = code(registration, "cac:TaxScheme/cbc:ID")
        number = code(registration, "cbc:CompanyID")
        if number and scheme and scheme.upper() == "VAT":
            yield number
