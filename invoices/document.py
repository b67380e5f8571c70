"""Documents: from hostile bytes to the XML tree of a UBL invoice or credit note."""

import re
from codecs import BOM_UTF8
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256

from lxml import etree

from invoices import ubl
from invoices.encoding import as_utf8
from invoices.legible import legible
from invoices.unreadable import Unreadable

MAX_BYTES = 40_000_000
"""Size limit of a document: a 20 MB PDF in base64 fits."""
MAX_DEPTH = 100
"""Limit of nested elements; UBL uses about ten."""
MAX_ELEMENTS = 500_000
"""Limit of elements, and of attributes."""
MAX_CHILDREN = 20_000
"""Limit of elements in one element, and so of invoice lines: reporting an error takes time by its siblings."""

LIMITS = frozenset({"WB-SIZE", "WB-ELEMENTS"})
"""What is wrong with documents that may be sound but go beyond a limit of ours; none nests as deep as WB-DEPTH."""

_TOO_WIDE = etree.XPath(f"boolean(//*[{MAX_CHILDREN + 1}])")
_TOO_DEEP = etree.XPath("boolean(" + "/*" * (MAX_DEPTH + 1) + ")")
_PROLOG = re.compile(rb"(?:\s++|<\?.*?\?>|<!--.*?-->)*+", re.DOTALL)

_AS_UBL = "Send the invoice as UBL 2.1: Peppol BIS Billing 3.0, an Invoice or a CreditNote."
_OTHER_FORMATS = {
    b"%PDF-": "a PDF",
    b"PK\x03\x04": "a zip archive",
    b"\x1f\x8b": "gzip-compressed",
    b"{": "JSON",
    b"[": "JSON",
}
_OTHER_ROOTS = {
    "CrossIndustryInvoice": "a UN/CEFACT CII invoice",
    "StandardBusinessDocument": "a Peppol envelope (SBDH); send the document inside it",
    "Envelope": "a SOAP message; send the document inside it",
    "html": "a web page, perhaps an error page of the system that it came from",
}


class Kind(StrEnum):
    """What a document is: by its root element, or by its type code (BT-3)."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


_ROOTS = {f"{{{ubl.INVOICE}}}Invoice": Kind.INVOICE, f"{{{ubl.CREDIT_NOTE}}}CreditNote": Kind.CREDIT_NOTE}


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A well-formed UBL document: its root element, its kind by that root, its size in bytes and its hash."""

    root: etree._Element = field(repr=False)
    kind: Kind
    size: int
    sha256: str


def parse(content: bytes) -> Document:
    """The document in `content`; comments and processing instructions are left out of its tree.

    Raises:
        Unreadable: WB-SIZE, WB-ENCODING, WB-XML, WB-DOCTYPE, WB-ELEMENTS, WB-DEPTH or WB-ROOT.
    """
    _check_size(content)
    data = as_utf8(content)
    _check_elements(data)
    _check_beginning(data)
    root = _root(data)
    return Document(root, _kind(root), len(content), sha256(content).hexdigest())


def _check_size(content: bytes) -> None:
    if len(content) > MAX_BYTES:
        raise Unreadable.because(
            "WB-SIZE",
            f"The document has {len(content):,} bytes; at most {MAX_BYTES:,} are read.",
            found=str(len(content)),
            fix="Send it with smaller or fewer attachments.",
        )


def _check_elements(data: bytes) -> None:
    """Counts before parsing, since a parser's tree takes a hundred times the room of `<a/>`."""
    elements = data.count(b"<")
    if elements > MAX_ELEMENTS:
        elements -= data.count(b"</")
    if max(elements, data.count(b"=")) > MAX_ELEMENTS:
        raise _too_many(f"The document has more than {MAX_ELEMENTS:,} elements or attributes.")


def _check_beginning(data: bytes) -> None:
    start = data[_prolog_end(data) :][:40]
    if start[:9].upper() == b"<!DOCTYPE":
        kind = "an HTML page" if start[9:].strip()[:4].lower() == b"html" else "a document with a DOCTYPE"
        raise Unreadable.because(
            "WB-DOCTYPE",
            f"This is {kind}; a DOCTYPE is never read, since it can make a reader do harm.",
            found=_shown(start),
            fix="Send the invoice as UBL without a DOCTYPE; UBL needs none.",
        )
    if not start.startswith(b"<"):
        raise Unreadable.because("WB-XML", _not_xml(start), found=_shown(start) or None, fix=_AS_UBL)


def _prolog_end(data: bytes) -> int:
    match = _PROLOG.match(data)
    return match.end() if match else 0


def _not_xml(start: bytes) -> str:
    if not start:
        return "The document is empty."
    if start.startswith(BOM_UTF8):
        return "A second byte order mark (U+FEFF), which cannot be seen, stands before the XML."
    for beginning, name in _OTHER_FORMATS.items():
        if start.startswith(beginning):
            return f"This is not XML; it looks like {name}."
    return f"This is not XML; it begins with “{_shown(start) or start[:4].hex(' ')}”."


def _shown(start: bytes) -> str:
    return legible(start.decode("utf-8", "replace"), 40)


def _root(data: bytes) -> etree._Element:
    # A parser of its own for each document: its error log would still hold the errors of earlier ones.
    parser = etree.XMLParser(
        encoding="utf-8",
        huge_tree=True,
        load_dtd=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
        resolve_entities=False,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise _malformed(error) from None
    if _TOO_DEEP(root):
        raise _too_deep()
    if _may_be_wide(data) and _TOO_WIDE(root):
        raise _too_many(f"An element holds more than {MAX_CHILDREN:,} others.")
    return root


def _may_be_wide(data: bytes) -> bool:
    """Whether there are enough elements for it, which is found out faster than how they are nested."""
    return len(data) > MAX_CHILDREN and data.count(b"<") - data.count(b"</") > MAX_CHILDREN


def _malformed(error: etree.XMLSyntaxError) -> Unreadable:
    line, column = error.position
    problem = legible(str(error.msg).removesuffix(f", line {line}, column {column}"), 160)
    if problem.startswith("Excessive depth"):
        return _too_deep()
    if problem.startswith("Invalid bytes in character encoding"):
        return Unreadable.because(
            "WB-ENCODING",
            f"Line {line}, column {column} holds bytes that are not UTF-8, which the document says it is in.",
            line=line,
            fix="Write the file in UTF-8, or declare in its first line the encoding that it is in.",
        )
    return Unreadable.because(
        "WB-XML",
        f"The XML is broken at line {line}, column {column}: {problem}.",
        line=line,
        found=problem,
        fix="Send the complete file as the invoicing program wrote it.",
    )


def _too_many(message: str) -> Unreadable:
    return Unreadable.because("WB-ELEMENTS", message, fix="Split the invoice into several.")


def _too_deep() -> Unreadable:
    return Unreadable.because(
        "WB-DEPTH",
        f"Elements are nested more than {MAX_DEPTH} deep; no invoice is.",
        fix=_AS_UBL,
    )


def _kind(root: etree._Element) -> Kind:
    kind = _ROOTS.get(root.tag)
    if kind is not None:
        return kind
    name = etree.QName(root)
    namespace = legible(name.namespace, 120) if name.namespace else "none"
    if name.localname in {"Invoice", "CreditNote"}:
        article = "an" if name.localname == "Invoice" else "a"
        what = f"{article} {name.localname} in another namespace ({namespace}) than UBL's"
    else:
        what = _OTHER_ROOTS.get(name.localname, f"a document of another kind: {legible(name.localname, 60)}")
    raise Unreadable.because(
        "WB-ROOT",
        f"This is not a UBL invoice or credit note but {what}.",
        found=legible(root.tag, 160),
        fix=_AS_UBL,
    )
