"""Hostile documents: what each is, the bytes of it, and what must become of it in one run of the main job."""

import base64
import codecs
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.demo import demo_records

PURCHASE = next(record for record in demo_records() if record.source_id == "ERP-1012")
"""A purchase that breaks no rule; what is made of it is forwarded wherever policy lets it."""
SOUND = (PURCHASE.read_document() or b"").strip()
NUMBER, SUPPLIER = b"W260118", b"Molens Waterloop NV"
UBL = b"urn:oasis:names:specification:ubl:schema:xsd:"
HEAD = b"<?xml version='1.0' encoding='UTF-8'?>"
EMPTY = b'<Invoice xmlns="' + UBL + b'Invoice-2">%s</Invoice>'


@dataclass(frozen=True)
class Hostile:
    """A document, and what a run must say of it.

    Attributes:
        name: What it is; the id of its record.
        make: Makes its bytes.
        state: In which the run leaves it; `rejected` where it cannot even become an invoice.
        code: Of the finding that says why; None where there is none.
        says: Part of what people read of it.
    """

    name: str
    make: Callable[[], bytes]
    state: str
    code: str | None = None
    says: str = ""


def sound(number: str) -> bytes:
    """The purchase under another number."""
    return SOUND.replace(NUMBER, number.encode())


def swapped(old: bytes, new: bytes, number: str = "") -> bytes:
    """The purchase with something put in the place of `old`, which must be there."""
    assert old in SOUND, old
    document = SOUND.replace(old, new)
    return document.replace(NUMBER, number.encode()) if number else document


def with_doctype(declarations: bytes, body: bytes) -> bytes:
    return HEAD + b"<!DOCTYPE Invoice " + declarations + b">" + EMPTY % body


def laughs(levels: int = 10) -> bytes:
    entities = (b"<!ENTITY l%d '%s'>" % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, levels))
    return with_doctype(b"[<!ENTITY l0 'ha'>" + b"".join(entities) + b"]", b"&l%d;" % (levels - 1))


def quadratic() -> bytes:
    return with_doctype(b"[<!ENTITY a '" + b"a" * 100_000 + b"'>]", b"&a;" * 20_000)


def beside_the_number(element: bytes) -> bytes:
    """The purchase with an element that UBL does not have."""
    return SOUND.replace(b"<cbc:IssueDate>", element + b"<cbc:IssueDate>", 1)


def in_note(note: bytes, number: str) -> bytes:
    """The purchase with this note."""
    before = b"<cbc:DocumentCurrencyCode>"
    return sound(number).replace(before, b"<cbc:Note>" + note + b"</cbc:Note>" + before, 1)


def attached(content: bytes, number: str) -> bytes:
    """The purchase with an embedded PDF of these base64 characters."""
    reference = (
        b"<cac:AdditionalDocumentReference><cbc:ID>1</cbc:ID><cac:Attachment><cbc:EmbeddedDocumentBinaryObject"
        b' mimeCode="application/pdf" filename="a.pdf">%s</cbc:EmbeddedDocumentBinaryObject></cac:Attachment>'
        b"</cac:AdditionalDocumentReference>" % content
    )
    start = b"<cac:AccountingSupplierParty>"
    return SOUND.replace(NUMBER, number.encode()).replace(start, reference + start, 1)


def zipped(name: str, content: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return target.getvalue()


def in_encoding(codec: str, declared: str, number: str) -> bytes:
    text = SOUND.decode().replace("UTF-8", declared, 1).replace(NUMBER.decode(), number)
    return text.encode(codec)


ENTITIES = (
    Hostile("billion laughs", laughs, "invalid", "WB-DOCTYPE", "never read"),
    Hostile("quadratic blowup", quadratic, "invalid", "WB-DOCTYPE", "never read"),
    Hostile(
        "external entity, a file",
        lambda: with_doctype(b'[<!ENTITY e SYSTEM "file:///etc/passwd">]', b"&e;"),
        "invalid",
        "WB-DOCTYPE",
    ),
    Hostile(
        "external entity, a server",
        lambda: with_doctype(b'[<!ENTITY e SYSTEM "http://169.254.169.254/latest/meta-data">]', b"&e;"),
        "invalid",
        "WB-DOCTYPE",
    ),
    Hostile(
        "parameter entity",
        lambda: with_doctype(b'[<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]', b""),
        "invalid",
        "WB-DOCTYPE",
    ),
    Hostile(
        "external DTD",
        lambda: with_doctype(b'SYSTEM "http://127.0.0.1:9/evil.dtd"', b""),
        "invalid",
        "WB-DOCTYPE",
    ),
    Hostile(
        "DOCTYPE in UTF-16, behind a comment",
        lambda: laughs().replace(b"<!DOCTYPE", b"<!--x--><?y?><!DOCTYPE", 1).decode().encode("utf-16"),
        "invalid",
        "WB-DOCTYPE",
    ),
    Hostile(
        "XInclude",
        lambda: beside_the_number(
            b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'
        ),
        "invalid",
        "UBL-XSD",
        "include",
    ),
    Hostile(
        "schema location elsewhere",
        lambda: swapped(
            b"<Invoice ",
            b'<Invoice xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
            b' xsi:schemaLocation="' + UBL + b'Invoice-2 http://127.0.0.1:9/evil.xsd" ',
            "SCHEMA-1",
        ),
        "sent",
    ),
    Hostile(
        "stylesheet instruction",
        lambda: swapped(
            HEAD, HEAD + b'<?xml-stylesheet type="text/xsl" href="http://127.0.0.1:9/x.xsl"?>', "PI-1"
        ),
        "sent",
    ),
)

SHAPES = (
    Hostile("nested 101 deep", lambda: b"<a>" * 101 + b"</a>" * 101, "invalid", "WB-DEPTH", "no invoice is"),
    Hostile("nested 200,000 deep", lambda: b"<a>" * 200_000, "invalid", "WB-DEPTH", "no invoice is"),
    Hostile(
        "600,000 attributes",
        lambda: (
            EMPTY.replace(b"<Invoice", b"<Invoice" + b"".join(b' a%d=""' % n for n in range(600_000))) % b""
        ),
        "could_not_check",
        "WB-ELEMENTS",
        "more than 500,000",
    ),
    Hostile(
        "300,000 attributes",
        lambda: (
            EMPTY.replace(b"<Invoice", b"<Invoice" + b"".join(b' a%d=""' % n for n in range(300_000))) % b""
        ),
        "invalid",
        "UBL-XSD",
    ),
    Hostile(
        "a million elements",
        lambda: EMPTY % (b"<b/>" * 1_000_000),
        "could_not_check",
        "WB-ELEMENTS",
        "more than",
    ),
    Hostile(
        "30,000 lines", lambda: EMPTY % (b"<b/>" * 30_000), "could_not_check", "WB-ELEMENTS", "more than"
    ),
    Hostile(
        "an attribute of 10 MB",
        lambda: sound("ATTRIBUTE").replace(b'schemeID="0208"', b'schemeID="%s"' % (b"9" * 10_000_000), 1),
        "sent",
        "BR-CL-25",
    ),
    Hostile("a text of 10 MB", lambda: in_note(b"x" * 10_000_000, "NOTE-10MB"), "sent"),
    Hostile("a text of 50 MB", lambda: EMPTY % (b"x" * 50_000_000), "rejected", "WB-RECORD-SIZE", "larger"),
    Hostile("an attachment of 15 MB", lambda: attached(b"QUJD" * 5_000_000, "ATTACHED-1"), "sent"),
    Hostile(
        "an attachment that is a zip bomb",
        lambda: attached(base64.b64encode(zipped("a", bytes(20_000_000))), "ATTACHED-2"),
        "sent",
    ),
    # The schema's engine passes over characters that base64 does not have; what is sent is what came.
    Hostile("an attachment of no base64", lambda: attached(b"!" * 1_000_000, "ATTACHED-3"), "sent"),
    Hostile(
        "a prefix bound elsewhere",
        lambda: swapped(UBL + b"CommonBasic", b"urn:evil:CommonBasic"),
        "invalid",
        "UBL-XSD",
    ),
    Hostile(
        "a prefix bound anew inside",
        lambda: swapped(b"<cac:PaymentTerms>", b'<cac:PaymentTerms xmlns:cbc="urn:evil">', "PREFIX-1"),
        "invalid",
        "UBL-XSD",
    ),
    Hostile(
        "another root namespace",
        lambda: swapped(UBL + b"Invoice-2", b"urn:evil"),
        "invalid",
        "WB-ROOT",
        "namespace",
    ),
    Hostile("truncated", lambda: SOUND[: len(SOUND) // 2], "invalid", "WB-XML", "broken at line"),
    Hostile("two roots", lambda: SOUND + EMPTY % b"", "invalid", "WB-XML"),
    Hostile("nothing", lambda: b"", "invalid", "WB-XML", "empty"),
    Hostile("only white space", lambda: b" \r\n\t" * 1000, "invalid", "WB-XML", "empty"),
)

OTHERS = (
    Hostile("a PDF", lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "invalid", "WB-XML", "a PDF"),
    Hostile("a zip", lambda: zipped("invoice.xml", SOUND), "invalid", "WB-XML", "a zip archive"),
    Hostile("a zip bomb", lambda: zipped("a.xml", bytes(20_000_000)), "invalid", "WB-XML", "a zip archive"),
    Hostile("gzip", lambda: gzip.compress(SOUND), "invalid", "WB-XML", "gzip"),
    Hostile("JSON", lambda: json.dumps({"invoice": 1}).encode(), "invalid", "WB-XML", "JSON"),
    Hostile(
        "an HTML page",
        lambda: b"<!DOCTYPE html><html><script>alert(1)</script></html>",
        "invalid",
        "WB-DOCTYPE",
        "HTML",
    ),
    Hostile(
        "an HTML page without DOCTYPE",
        lambda: b"<html><body>502</body></html>",
        "invalid",
        "WB-ROOT",
        "web page",
    ),
)

ENCODINGS = (
    Hostile("NUL bytes", lambda: swapped(NUMBER, b"A\0B"), "invalid", "WB-XML"),
    Hostile("NULs alone", lambda: bytes(1000), "invalid", "WB-XML"),
    Hostile("NUL by reference", lambda: swapped(NUMBER, b"A&#0;B"), "invalid", "WB-XML"),
    Hostile("UTF-7", lambda: in_encoding("utf-7", "UTF-7", "U7"), "invalid", "WB-ENCODING", "not accepted"),
    Hostile("EBCDIC", lambda: in_encoding("utf-8", "cp037", "E1"), "invalid", "WB-ENCODING", "not accepted"),
    Hostile("a made-up encoding", lambda: in_encoding("utf-8", "x" * 150, "E2"), "invalid", "WB-ENCODING"),
    Hostile("UTF-16 with BOM", lambda: in_encoding("utf-16", "UTF-16", "U16-1"), "sent"),
    Hostile("UTF-16 without BOM", lambda: in_encoding("utf-16-le", "UTF-16", "U16-2"), "sent"),
    Hostile(
        "UTF-16 only declared",
        lambda: in_encoding("utf-8", "UTF-16", "U16-3"),
        "invalid",
        "WB-ENCODING",
        "declares UTF-16",
    ),
    Hostile(
        "UTF-32", lambda: in_encoding("utf-32", "UTF-32", "U32"), "invalid", "WB-ENCODING", "not accepted"
    ),
    Hostile(
        "Latin-1 that says UTF-8",
        lambda: swapped(SUPPLIER, "Café".encode("latin-1")),
        "invalid",
        "WB-ENCODING",
    ),
    Hostile("a BOM", lambda: codecs.BOM_UTF8 + sound("BOM-1"), "sent"),
    Hostile("two BOMs", lambda: codecs.BOM_UTF8 * 2 + sound("BOM-2"), "invalid", "WB-XML"),
    Hostile(
        "a lone surrogate in UTF-8", lambda: swapped(SUPPLIER, b"A\xed\xa0\x80B"), "invalid", "WB-ENCODING"
    ),
    Hostile("a lone surrogate by reference", lambda: swapped(SUPPLIER, b"A&#xD800;B"), "invalid", "WB-XML"),
    Hostile("overlong UTF-8", lambda: swapped(SUPPLIER, b"\xc0\xbcscript\xc0\xbe"), "invalid", "WB-ENCODING"),
    Hostile("control characters", lambda: swapped(SUPPLIER, b"\x1b[2J\x07"), "invalid", "WB-XML"),
    Hostile("control characters by reference", lambda: swapped(SUPPLIER, b"&#27;[2J"), "invalid", "WB-XML"),
)

READING = (*ENTITIES, *SHAPES, *OTHERS, *ENCODINGS)
