"""Elements of UBL 2.1 by their usual prefixed names."""

from decimal import Decimal

from lxml import etree

INVOICE = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
CREDIT_NOTE = "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"
NAMESPACES = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}


def root(namespace: str, name: str) -> etree._Element:
    """The root element `name` of `namespace`, which is its default namespace."""
    prefixes = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
    return etree.fromstring(f'<{name} xmlns="{namespace}" {prefixes}/>')


def add(parent: etree._Element, name: str, text: str | None = None, /, **attributes: str) -> etree._Element:
    """Append the element `name`, such as `cbc:ID`, to `parent`."""
    prefix, local_name = name.split(":")
    element = etree.SubElement(parent, f"{{{NAMESPACES[prefix]}}}{local_name}", attributes)
    element.text = text
    return element


def add_amount(parent: etree._Element, name: str, amount: Decimal) -> None:
    """Append an amount in euro, with two decimals."""
    add(parent, name, f"{amount:.2f}", currencyID="EUR")


def plain(number: Decimal) -> str:
    """`number` without exponent or trailing zeros."""
    return f"{number.normalize():f}"
