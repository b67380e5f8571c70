"""Sellers, buyers and addresses as UBL elements (BG-4 to BG-9)."""

from lxml import etree

from sandbox.ubl.model import Address, Party
from sandbox.ubl.xml import add


def add_party(document: etree._Element, role: str, party: Party) -> None:
    """Append `party` in its role, such as `cac:AccountingSupplierParty`."""
    element = add(add(document, role), "cac:Party")
    scheme, endpoint = party.endpoint
    add(element, "cbc:EndpointID", endpoint, schemeID=scheme)
    add(add(element, "cac:PartyName"), "cbc:Name", party.name)
    add_address(add(element, "cac:PostalAddress"), party.address)
    if party.vat_number is not None:
        tax = add(element, "cac:PartyTaxScheme")
        add(tax, "cbc:CompanyID", party.vat_number)
        add(add(tax, "cac:TaxScheme"), "cbc:ID", "VAT")
    legal = add(element, "cac:PartyLegalEntity")
    add(legal, "cbc:RegistrationName", party.name)
    if party.legal_number is not None:
        add(legal, "cbc:CompanyID", party.legal_number, schemeID="0208")
    add(add(element, "cac:Contact"), "cbc:ElectronicMail", party.email)


def add_address(element: etree._Element, address: Address) -> None:
    """Fill `element` with `address`."""
    add(element, "cbc:StreetName", address.street)
    add(element, "cbc:CityName", address.city)
    add(element, "cbc:PostalZone", address.postal_zone)
    add(add(element, "cac:Country"), "cbc:IdentificationCode", address.country)
