"""Small changes to a document, each a function of its root; paths and fragments use UBL's usual prefixes.

Paths are XPath from the root element, which may be either kind's: what invoices and credit notes name
differently is written as invoices have it.
"""

from collections.abc import Callable
from decimal import Decimal

from lxml import etree

from sandbox.ubl.xml import NAMESPACES

Edit = Callable[[etree._Element], None]

_DECLARED = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
_IN_CREDIT_NOTES = {
    "InvoiceLine": "CreditNoteLine",
    "InvoicedQuantity": "CreditedQuantity",
    "InvoiceTypeCode": "CreditNoteTypeCode",
}


def changed(document: bytes, *edits: Edit) -> bytes:
    """The document after these changes, one after the other."""
    root = etree.fromstring(document)
    for edit in edits:
        edit(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def drop(path: str) -> Edit:
    """Take away every element at `path`."""

    def edit(root: etree._Element) -> None:
        for element in _all(root, path):
            element.getparent().remove(element)

    return edit


def text(path: str, value: str) -> Edit:
    """Give the first element at `path` another text."""

    def edit(root: etree._Element) -> None:
        _all(root, path)[0].text = value

    return edit


def attribute(path: str, name: str, value: str | None = None) -> Edit:
    """Give the first element at `path` an attribute; without a value, take it away."""

    def edit(root: etree._Element) -> None:
        element = _all(root, path)[0]
        if value is None:
            del element.attrib[name]
        else:
            element.set(name, value)

    return edit


def after(path: str, *fragments: str) -> Edit:
    """Put fragments behind the first element at `path`."""

    def edit(root: etree._Element) -> None:
        for fragment in reversed(fragments):
            _all(root, path)[0].addnext(_element(root, fragment))

    return edit


def before(path: str, *fragments: str) -> Edit:
    """Put fragments before the first element at `path`."""

    def edit(root: etree._Element) -> None:
        place = _all(root, path)[0]
        for fragment in fragments:
            place.addprevious(_element(root, fragment))

    return edit


def twice(path: str) -> Edit:
    """Put a copy of the first element at `path` behind it."""

    def edit(root: etree._Element) -> None:
        element = _all(root, path)[0]
        element.addnext(etree.fromstring(etree.tostring(element, with_tail=False)))

    return edit


def more(by: str, *paths: str) -> Edit:
    """Add an amount to the first element at each path."""

    def edit(root: etree._Element) -> None:
        for path in paths:
            element = _all(root, path)[0]
            element.text = str(Decimal(element.text) + Decimal(by))

    return edit


def xml(path: str, *content: str, **attributes: str) -> str:
    """A fragment: elements of these names, one in the other, the last with the content and the attributes."""
    *around, last = path.split("/")
    given = "".join(f' {name}="{value}"' for name, value in attributes.items())
    inside = f"<{last}{given}>{''.join(content)}</{last}>"
    for name in reversed(around):
        inside = f"<{name}>{inside}</{name}>"
    return inside


def eur(name: str, amount: str) -> str:
    """A fragment: an amount in euro."""
    return xml(name, amount, currencyID="EUR")


def _all(root: etree._Element, path: str) -> list[etree._Element]:
    found = root.xpath(_of_kind(root, path), namespaces=NAMESPACES)
    assert found, f"nothing at {path}"
    return found


def _element(root: etree._Element, fragment: str) -> etree._Element:
    return etree.fromstring(f"<_ {_DECLARED}>{_of_kind(root, fragment)}</_>")[0]


def _of_kind(root: etree._Element, written: str) -> str:
    if etree.QName(root).localname == "CreditNote":
        for invoices, credit_notes in _IN_CREDIT_NOTES.items():
            written = written.replace(invoices, credit_notes)
    return written
