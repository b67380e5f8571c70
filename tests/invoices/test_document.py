import codecs
import json
import zlib
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.document import MAX_BYTES, MAX_CHILDREN, MAX_DEPTH, MAX_ELEMENTS, Document, Kind, parse
from invoices.findings import PolicyClass, Severity
from invoices.invoice import read_invoice
from invoices.unreadable import Unreadable


def refusal(content: bytes):
    with pytest.raises(Unreadable) as caught:
        parse(content)
    finding = caught.value.finding
    assert finding.severity is Severity.FATAL
    assert finding.policy_class is PolicyClass.STRUCTURE
    assert finding.fix
    assert str(caught.value) == finding.message
    assert finding.message.isprintable()
    assert len(finding.message) < 400
    return finding


def test_an_invoice_and_a_credit_note_are_told_apart_by_their_root(invoice_xml, credit_note_xml):
    assert parse(invoice_xml).kind is Kind.INVOICE
    assert parse(credit_note_xml).kind is Kind.CREDIT_NOTE


def test_a_document_knows_its_size_and_its_hash(invoice_xml):
    document = parse(invoice_xml)
    assert document.size == len(invoice_xml)
    assert document.sha256 == sha256(invoice_xml).hexdigest()


def test_every_whole_official_example_parses(official_documents):
    whole = [each for each in official_documents if each.whole]
    assert len(whole) > 100
    for each in whole:
        assert isinstance(parse(each.content), Document), each.name


@pytest.mark.parametrize(
    ("declared", "codec", "mark"),
    [
        ("UTF-8", "utf-8", b""),
        ("utf8", "utf-8", b""),
        ("UTF-8", "utf-8", codecs.BOM_UTF8),
        ("ISO-8859-1", "utf-8", codecs.BOM_UTF8),
        ("UTF-16", "utf-16-le", codecs.BOM_UTF16_LE),
        ("UTF-16", "utf-16-be", codecs.BOM_UTF16_BE),
        ("UTF-16LE", "utf-16-le", b""),
        ("UTF-8", "utf-16-be", b""),
        ("ISO-8859-1", "latin-1", b""),
        ("iso-8859-15", "iso-8859-15", b""),
        ("windows-1252", "cp1252", b""),
    ],
)
def test_encodings_are_read_by_byte_order_mark_first_and_declaration_second(
    invoice_xml, declared, codec, mark
):
    text = invoice_xml.decode().replace("Klant BV", "Café Ünïque").replace("UTF-8", declared, 1)
    assert read_invoice(parse(mark + text.encode(codec))).buyer.name == "Café Ünïque"


def test_a_document_without_declaration_is_utf_8(invoice_xml):
    content = invoice_xml.partition(b"?>")[2].strip().replace(b"Klant BV", "Café".encode())
    assert read_invoice(parse(content)).buyer.name == "Café"


@pytest.mark.parametrize(
    ("declared", "codec", "says"),
    [
        ("UTF-8", "latin-1", "not UTF-8"),
        ("us-ascii", "latin-1", "ASCII"),
        ("UTF-16", "utf-8", "not in UTF-16"),
        ("UTF-7", "utf-7", "UTF-7 is not accepted"),
        ("rot13", "utf-8", "rot13 is not accepted"),
        ("iso-8859-99", "utf-8", "iso-8859-99 is not accepted"),
        ("UTF-32", "utf-32", "utf-32 is not accepted"),
        ("EBCDIC-CP-BE", "utf-8", "EBCDIC-CP-BE is not accepted"),
        ("windows-1252\x1b[31m", "utf-8", "not accepted"),
    ],
)
def test_other_encodings_and_wrong_declarations_are_refused(invoice_xml, declared, codec, says):
    text = invoice_xml.decode().replace("Klant BV", "Café").replace("UTF-8", declared, 1)
    finding = refusal(text.encode(codec))
    assert finding.code == "WB-ENCODING"
    assert says in finding.message


def test_half_a_utf_16_character_is_refused(invoice_xml):
    assert refusal(codecs.BOM_UTF16_LE + invoice_xml.decode().encode("utf-16-le")[:-1]).code == "WB-ENCODING"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b" \n\t ", "empty"),
        (codecs.BOM_UTF8, "empty"),
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF"),
        (b"PK\x03\x04" + b"\0" * 20, "a zip archive"),
        (b"\x1f\x8b\x08" + zlib.compress(b"x"), "gzip-compressed"),
        (json.dumps({"error": "no"}).encode(), "JSON"),
        (b"[1]", "JSON"),
        (b"Internal Server Error", "Internal Server Error"),
        (b"\0\0\0\0\0", "00 00 00 00"),
        (b"<Invoice>", "line 1, column 10"),
        (b"<Invoice>\n  <ID>1</IDD></Invoice>", "line 2"),
        (b"<Invoice>\0</Invoice>", "line 1"),
        (b"<Invoice>&company;</Invoice>", "company"),
        (b"<a/><b/>", "line 1"),
        (b"<a b='1' b='2'/>", "redefined"),
        (b"<!-- a -- b --><Invoice/>", "line 1"),
        (b"<", "line 1"),
    ],
)
def test_what_is_not_well_formed_xml_is_refused_with_what_it_looks_like_and_where(content, says):
    finding = refusal(content)
    assert finding.code == "WB-XML"
    assert says in finding.message


def test_a_truncated_document_is_refused_with_its_line(invoice_xml):
    for length in range(1, len(invoice_xml) - 1, 97):
        assert refusal(invoice_xml[:length]).code in {"WB-XML", "WB-DOCTYPE"}
    assert refusal(invoice_xml[:-5]).line == invoice_xml.count(b"\n") + 1


_LAUGHS = "".join(f'<!ENTITY l{i + 1} "{f"&l{i};" * 10}">' for i in range(12))


@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE Invoice>",
        '<!DOCTYPE Invoice SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE Invoice [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE Invoice PUBLIC "-//X" "http://127.0.0.1:9/x.dtd">',
        f'<!DOCTYPE Invoice [<!ENTITY l0 "ha">{_LAUGHS}]>',
        "<!-- a comment --> <?php echo ?>\n<!DOCTYPE Invoice>",
        "<!doctype invoice>",
    ],
)
@pytest.mark.parametrize("codec", ["utf-8", "utf-16"])
def test_any_doctype_is_refused_before_a_parser_sees_it(invoice_xml, doctype, codec):
    text = invoice_xml.decode().replace("?>", f"?>{doctype}", 1).replace("Klant BV", "&l12;")
    assert refusal(text.encode(codec)).code == "WB-DOCTYPE"


def test_a_web_page_is_called_one():
    assert "HTML page" in refusal(b"<!DOCTYPE html><html><body>Bad gateway<br></body></html>").message
    assert "web page" in refusal(b"<html><body>Bad gateway</body></html>").message


def test_a_doctype_in_a_note_is_only_text(invoice_xml):
    content = invoice_xml.replace(b"PO-77", b"<![CDATA[<!DOCTYPE html>]]>")
    assert read_invoice(parse(content)).buyer_reference == "<!DOCTYPE html>"


def test_too_large_a_document_is_refused():
    finding = refusal(b" " * (MAX_BYTES + 1))
    assert finding.code == "WB-SIZE"
    assert "40,000,001" in finding.message


def test_a_20_mb_attachment_passes(invoice_xml):
    content = invoice_xml.replace(b"SGVs", b"QUJD" * 6_900_000)
    (attachment,) = read_invoice(parse(content)).attachments
    assert attachment.size == 20_700_000 + 2


@pytest.mark.parametrize(
    "content",
    [
        b"<a>" + b"<b/>" * MAX_ELEMENTS + b"</a>",
        b"<a>" + b"<b></b>" * MAX_ELEMENTS + b"</a>",
        b"<a" + b"".join(b' b%d=""' % i for i in range(MAX_ELEMENTS + 1)) + b"/>",
        ("<a>" + "<b/>" * MAX_ELEMENTS + "</a>").encode("utf-16"),
    ],
)
def test_too_many_elements_or_attributes_are_refused(content):
    assert refusal(content).code == "WB-ELEMENTS"


def nested(groups: int, children: int) -> bytes:
    return b"<a>" + (b"<b>" + b"<c></c>" * children + b"</b>") * groups + b"</a>"


def test_end_tags_do_not_count_as_elements():
    groups = MAX_ELEMENTS // (MAX_CHILDREN + 1)
    assert refusal(nested(groups, MAX_CHILDREN)).code == "WB-ROOT"


def test_too_many_elements_in_one_are_refused():
    finding = refusal(nested(1, MAX_CHILDREN + 1))
    assert finding.code == "WB-ELEMENTS"
    assert "20,000" in finding.message


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 1_500, 100_000])
def test_too_deep_nesting_is_refused(depth):
    assert refusal(b"<a>" * depth + b"</a>" * depth).code == "WB-DEPTH"


def test_the_deepest_nesting_allowed_is_allowed():
    assert refusal(b"<a>" * MAX_DEPTH + b"</a>" * MAX_DEPTH).code == "WB-ROOT"


@pytest.mark.parametrize(
    ("root", "says"),
    [
        ('<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2"/>', "another kind: Order"),
        ('<r:CrossIndustryInvoice xmlns:r="urn:un:unece:uncefact:x"/>', "CII"),
        ('<StandardBusinessDocument xmlns="urn:sbdh"/>', "Peppol envelope"),
        ("<Invoice/>", "another namespace (none)"),
        ('<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"/>', "another namespace"),
        ('<CreditNote xmlns="urn:fdc"/>', "another namespace (urn:fdc)"),
    ],
)
def test_other_documents_are_refused_with_what_was_found(root, says):
    finding = refusal(root.encode())
    assert finding.code == "WB-ROOT"
    assert says in finding.message


def test_found_values_are_short():
    finding = refusal(f'<{"x" * 5000} xmlns="urn:{"y" * 5000}"/>'.encode())
    assert len(finding.found or "") <= 160


def test_comments_and_instructions_do_not_cut_a_value(invoice_xml):
    content = invoice_xml.replace(b"2026/0412<", b"2026<!-- x -->/<?x y?><![CDATA[04]]>12<", 1)
    assert read_invoice(parse(content)).number == "2026/0412"


@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_be_refused(content):
    refusal(content)


@given(data=st.data())
def test_a_damaged_document_parses_or_is_refused(invoice_xml, data):
    start = data.draw(st.integers(0, len(invoice_xml)))
    length = data.draw(st.integers(0, 20))
    damaged = invoice_xml[:start] + data.draw(st.binary(max_size=8)) + invoice_xml[start + length :]
    try:
        document = parse(damaged)
    except Unreadable:
        return
    assert read_invoice(document).kind is Kind.INVOICE
