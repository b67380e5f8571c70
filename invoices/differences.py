"""Accounting content: what of a document matters to the books, its fingerprint, and how two of them differ.

Left out are attachments (BG-24), notes (BT-22, BT-127), signatures, extensions, and technical identifiers: a
regenerated PDF or another export of the same invoice leaves its content as it is.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from lxml import etree

from invoices import ubl
from invoices.document import Document
from invoices.legible import legible
from invoices.terms import term_at

MOST_DIFFERENCES = 20
LONGEST_VALUE = 120

_MAY_BE_LEFT_OUT = frozenset(
    {
        "ext:UBLExtensions",
        "cac:AdditionalDocumentReference",
        "cac:Attachment",
        "cac:Signature",
        "cbc:Note",
        "cbc:UBLVersionID",
        "cbc:UUID",
    }
)
_MOST_ATTRIBUTES = 50
"""UBL allows a dozen; each is looked up among all, so a hundred thousand would take minutes."""
_INVOICED_OBJECT = "130"
"""Document type code of BT-18, which UBL puts among the attachments."""
_NUMERIC = ("Amount", "Quantity", "Percent", "Numeric", "Rate", "Measure")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")


@dataclass(frozen=True, slots=True)
class Difference:
    """One field in which two documents differ; None where one of them does not have it.

    Attributes:
        path: XPath with UBL's usual prefixes; the first of several namesakes carries no index.
        term: Its business term in EN 16931, where the path alone tells it.
    """

    path: str
    term: str | None
    ours: str | None
    theirs: str | None


def fingerprint(document: Document) -> str:
    """SHA-256 in hex of the accounting content."""
    content = "\n".join(f"{path}={value}" for path, value in _content(document))
    return sha256(content.encode()).hexdigest()


def differences(ours: Document, theirs: Document) -> list[Difference]:
    """The fields in which the accounting content differs, in document order; at most `MOST_DIFFERENCES`."""
    here, there = dict(_content(ours)), dict(_content(theirs))
    paths = [path for path in {**here, **there} if here.get(path) != there.get(path)]
    return [
        Difference(path, term_at(path), _shown(here.get(path)), _shown(there.get(path)))
        for path in paths[:MOST_DIFFERENCES]
    ]


def _shown(value: str | None) -> str | None:
    return None if value is None else legible(value, LONGEST_VALUE)


def _content(document: Document) -> list[tuple[str, str]]:
    """Path and value of each field; no value holds a line break and no path an equals sign."""
    fields: list[tuple[str, str]] = []
    _collect(document.root, f"/{ubl.usual_name(document.root.tag)}", fields)
    return fields


def _collect(parent: etree._Element, path: str, fields: list[tuple[str, str]]) -> None:
    namesakes: dict[str, int] = {}
    for element in parent:
        name, numeric, may_be_left_out = _named(element.tag)
        if may_be_left_out and _left_out(element, name, parent):
            continue
        namesakes[name] = count = namesakes.get(name, 0) + 1
        here = f"{path}/{name}" if count == 1 else f"{path}/{name}[{count}]"
        if value := _one_line(element.text):
            fields.append((here, _plain(value) if numeric else value))
        fields.extend(_attributes(element, here))
        if len(element):
            _collect(element, here, fields)


@lru_cache(maxsize=1024)
def _named(tag: str) -> tuple[str, bool, bool]:
    name = ubl.usual_name(tag)
    return name, name.endswith(_NUMERIC), name in _MAY_BE_LEFT_OUT


def _left_out(element: etree._Element, name: str, parent: etree._Element) -> bool:
    if name == "cbc:Note":  # in payment terms it is BT-20
        return ubl.usual_name(parent.tag) != "cac:PaymentTerms"
    if name == "cac:AdditionalDocumentReference":
        return ubl.text(element, "cbc:DocumentTypeCode") != _INVOICED_OBJECT
    return True


def _attributes(element: etree._Element, path: str) -> list[tuple[str, str]]:
    names = sorted(str(name) for name in element.keys()[:_MOST_ATTRIBUTES] if name[0] != "{")
    return [(f"{path}/@{name}", _one_line(element.get(name))) for name in names]


def _one_line(text: str | None) -> str:
    return " ".join(text.split()) if text else ""


def _plain(number: str) -> str:
    if not _NUMBER.fullmatch(number):
        return number
    whole, _, fraction = number.lstrip("+-").partition(".")
    plain = f"{whole.lstrip('0') or '0'}.{fraction}".rstrip("0").rstrip(".")
    return f"-{plain}" if number[0] == "-" and plain != "0" else plain
