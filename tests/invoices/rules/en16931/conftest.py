"""Documents as rules see them."""

from collections.abc import Callable, Iterable

import pytest
from lxml import etree

from invoices import ubl
from invoices.rules.rule import Broken
from invoices.rules.subject import Subject
from invoices.rules.tree import Node, Tree, element_of


def subject_of(document: bytes) -> Subject:
    """A document as rules are asked about it."""
    parser = etree.XMLParser(remove_comments=True, remove_pis=True)
    return Subject(Tree(etree.fromstring(document, parser)))


def at(subject: Subject, location: str) -> Node | etree._Element:
    """The element at an XPath such as `/Invoice/cac:InvoiceLine[2]`."""
    return next(each for each in elements(subject) if ubl.location(element_of(each)) == location)


def elements(subject: Subject) -> Iterable[Node | etree._Element]:
    """Every element of a document."""
    return [each for found in subject.tree.places.values() for each in found]


def shows(broken: Broken, location: str, found: str | None = None, expected: str | None = None) -> None:
    """Assert where a broken rule shows, what was found there and what was expected."""
    assert (ubl.location(element_of(broken.at)), broken.found, broken.expected) == (location, found, expected)


Edited = Callable[..., Subject]


@pytest.fixture(scope="session")
def edited(invoice_xml) -> Edited:
    """The invoice of `invoice_xml` with one text replaced by another; `count` times, or wherever it stands."""

    def edit(old: str = "", new: str = "", count: int = -1) -> Subject:
        document = invoice_xml.decode()
        assert old in document
        return subject_of(document.replace(old, new, count).encode() if old else invoice_xml)

    return edit
