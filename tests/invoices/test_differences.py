import re
from copy import deepcopy
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from invoices import ubl
from invoices.differences import LONGEST_VALUE, MOST_DIFFERENCES, Difference, differences, fingerprint
from invoices.document import parse

CAC, CBC, EXT = (f"{{{ubl.NAMESPACES[prefix]}}}" for prefix in ("cac", "cbc", "ext"))
NUMERIC = ("Amount", "Quantity", "Percent")


def reindent(root):
    etree.indent(root, space="\t")


def flatten(root):
    for element in root.iter():
        if not (element.tail or "").strip():
            element.tail = None
        if not (element.text or "").strip():
            element.text = None


def comment(root):
    root.insert(0, etree.Comment(" generated again "))
    for element in root.iter(f"{CBC}Name"):
        text, element.text = element.text, None
        element.insert(0, etree.Comment("within a value"))
        element[0].tail = text


def regenerate_attachment(root):
    for element in root.iter(f"{CBC}EmbeddedDocumentBinaryObject"):
        element.text = "QUJD"
        element.set("filename", "other.pdf")
    for element in root.iterfind(f"{CAC}AdditionalDocumentReference/{CBC}ID"):
        element.text = "other.pdf"


def drop_attachments(root):
    for element in root.findall(f"{CAC}AdditionalDocumentReference"):
        root.remove(element)


def attach_to_a_line(root):
    reference = etree.SubElement(root[-1], f"{CAC}DocumentReference")
    etree.SubElement(
        etree.SubElement(reference, f"{CAC}Attachment"), f"{CBC}EmbeddedDocumentBinaryObject"
    ).text = "QQ=="


def reword_notes(root):
    for path in (f"{CBC}Note", f"{CAC}InvoiceLine/{CBC}Note"):
        for element in root.findall(path):
            element.text = "Anders verwoord"


def drop_notes(root):
    for parent in (root, *root.findall(f"{CAC}InvoiceLine")):
        for element in parent.findall(f"{CBC}Note"):
            parent.remove(element)


def sign(root):
    extensions = etree.Element(f"{EXT}UBLExtensions")
    etree.SubElement(extensions, f"{EXT}UBLExtension").text = "signature value"
    root.insert(0, extensions)
    etree.SubElement(etree.SubElement(root, f"{CAC}Signature"), f"{CBC}ID").text = "urn:signature"


def identify_technically(root):
    etree.SubElement(root, f"{CBC}UUID").text = "6f8ac0f2-0000-4000-8000-000000000000"
    etree.SubElement(root, f"{CBC}UBLVersionID").text = "2.1"
    root.set("{http://www.w3.org/2001/XMLSchema-instance}schemaLocation", "urn:a b.xsd")


def reformat_numbers(root):
    for element in root.iter(f"{CBC}*"):
        if etree.QName(element).localname.endswith(NUMERIC):
            plain = f"{Decimal(element.text.strip()):f}"
            element.text = f"\n +00{plain}" + ("000 " if "." in plain else ".000 ")


def add_empty_elements(root):
    etree.SubElement(root, f"{CBC}BuyerReference")
    etree.SubElement(root, f"{CAC}Delivery").text = "\n  "


NOISE = [
    reindent,
    flatten,
    comment,
    regenerate_attachment,
    drop_attachments,
    attach_to_a_line,
    reword_notes,
    drop_notes,
    sign,
    identify_technically,
    reformat_numbers,
]


def changed(content: bytes, *changes) -> bytes:
    root = etree.fromstring(content)
    for change in changes:
        change(root)
    return etree.tostring(root)


@given(noise=st.lists(st.sampled_from(NOISE)), prefix=st.sampled_from(["", "ubl", "x"]))
def test_layout_attachments_notes_and_signatures_are_not_accounting_content(invoice_xml, noise, prefix):
    content = changed(invoice_xml, *noise)
    if prefix:
        content = content.replace(b"cbc:", f"{prefix}-b:".encode()).replace(
            b":cbc=", f":{prefix}-b=".encode()
        )
    original, other = parse(invoice_xml), parse(content)
    assert fingerprint(other) == fingerprint(original)
    assert differences(original, other) == []


@pytest.mark.parametrize("noise", NOISE)
def test_each_kind_of_noise_changes_the_bytes_and_not_the_fingerprint(invoice_xml, noise):
    content = changed(invoice_xml, noise)
    assert content != etree.tostring(etree.fromstring(invoice_xml))
    assert fingerprint(parse(content)) == fingerprint(parse(invoice_xml))


def test_an_element_without_content_is_as_good_as_none(invoice_xml):
    content = changed(invoice_xml, add_empty_elements)
    assert differences(parse(invoice_xml), parse(content)) == []


def terms(root):
    """The elements that are accounting content."""
    outside = {
        f"{CAC}AdditionalDocumentReference",
        f"{CBC}Note",
    }
    for element in root.iter(f"{CBC}*"):
        lineage = {element.tag, *(each.tag for each in element.iterancestors())}
        if not lineage & outside or f"{CAC}PaymentTerms" in lineage:
            yield element


@given(data=st.data(), added=st.sampled_from(["1", "x", ".", "-"]))
def test_any_other_changed_value_changes_the_fingerprint(invoice_xml, data, added):
    root = etree.fromstring(invoice_xml)
    element = data.draw(st.sampled_from(list(terms(root))), label="element")
    before = element.text.strip()
    element.text = added + before
    original, other = parse(invoice_xml), parse(etree.tostring(root))
    assert fingerprint(other) != fingerprint(original)
    (difference,) = differences(original, other)
    assert difference.ours != difference.theirs
    assert difference.path.rpartition("/")[2].partition("[")[0] == ubl.usual_name(element.tag)


@given(data=st.data())
def test_any_changed_attribute_changes_the_fingerprint(invoice_xml, data):
    root = etree.fromstring(invoice_xml)
    element = data.draw(st.sampled_from([each for each in terms(root) if each.attrib]), label="element")
    name = data.draw(st.sampled_from(sorted(element.attrib)), label="attribute")
    element.set(name, element.get(name) + "X")
    (difference,) = differences(parse(invoice_xml), parse(etree.tostring(root)))
    assert difference.path.endswith(f"/@{name}")
    assert difference.theirs == difference.ours + "X"


@given(data=st.data())
def test_any_removed_or_repeated_group_changes_the_fingerprint(invoice_xml, data):
    root = etree.fromstring(invoice_xml)
    groups = [
        each
        for each in root.iter(f"{CAC}*")
        if "DocumentReference" not in each.tag and "Attach" not in each.tag
    ]
    group = data.draw(st.sampled_from(groups), label="group")
    if data.draw(st.booleans(), label="removed"):
        group.getparent().remove(group)
    else:
        group.addnext(deepcopy(group))
    original, other = parse(invoice_xml), parse(etree.tostring(root))
    assert fingerprint(other) != fingerprint(original)
    assert differences(original, other)


def test_the_object_invoiced_is_accounting_content_although_it_stands_among_the_attachments(invoice_xml):
    reference = (
        "<cac:AdditionalDocumentReference><cbc:ID>{}</cbc:ID><cbc:DocumentTypeCode>130</cbc:DocumentTypeCode>"
        "</cac:AdditionalDocumentReference><cac:AccountingSupplierParty>"
    )
    one, other = (
        parse(invoice_xml.replace(b"<cac:AccountingSupplierParty>", reference.format(number).encode()))
        for number in ("EAN-1", "EAN-2")
    )
    assert [(each.ours, each.theirs) for each in differences(one, other)] == [("EAN-1", "EAN-2")]


def test_the_kind_of_document_is_accounting_content(invoice_xml):
    other = re.sub(rb"Invoice-2|(?<=</)Invoice(?=>)|(?<=<)Invoice(?= )", b"CreditNote", invoice_xml)
    other = other.replace(b"xsd:CreditNote", b"xsd:CreditNote-2")
    assert fingerprint(parse(other)) != fingerprint(parse(invoice_xml))


def test_differences_stand_side_by_side_with_their_business_term(invoice_xml):
    theirs = (
        invoice_xml.replace(b">125.20<", b">112.00<")
        .replace(b"Advies 2", b"Raad 2")
        .replace(b"<cbc:BuyerReference>PO-77</cbc:BuyerReference>", b"")
    )
    assert differences(parse(invoice_xml), parse(theirs)) == [
        Difference("/Invoice/cbc:BuyerReference", "BT-10", "PO-77", None),
        Difference("/Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount", "BT-115", "125.2", "112"),
        Difference("/Invoice/cac:InvoiceLine[2]/cac:Item/cbc:Name", "BT-153", "Advies 2", "Raad 2"),
    ]


def test_differences_are_bounded_in_number_and_length(invoice_xml):
    line = re.search(rb"<cac:InvoiceLine>.*?</cac:InvoiceLine>", invoice_xml, re.DOTALL)[0]
    theirs = invoice_xml.replace(line, line.replace(b"Advies", b"A" * 5000) * 40)
    found = differences(parse(invoice_xml), parse(theirs))
    assert len(found) == MOST_DIFFERENCES
    assert max(len(each.theirs or "") for each in found) == LONGEST_VALUE


@pytest.mark.parametrize("written", ["", ".", "-", "1e2", "0x1", "1.2.3", "0" * 100_000 + "x"])
def test_what_is_not_a_number_is_compared_as_it_stands(invoice_xml, written):
    other = parse(invoice_xml.replace(b">125.20<", f">{written}<".encode()))
    (difference,) = differences(parse(invoice_xml), other)
    assert (difference.theirs or "")[:5] == written[:5]


def test_attributes_without_end_do_no_harm(invoice_xml):
    many = " ".join(f'a{i}="{i}"' for i in range(100_000))
    other = parse(invoice_xml.replace(b"<cbc:BuyerReference>", f"<cbc:BuyerReference {many}>".encode()))
    assert len(differences(parse(invoice_xml), other)) == MOST_DIFFERENCES


def test_minus_zero_is_zero(invoice_xml):
    zero, minus_zero = (parse(invoice_xml.replace(b">125.20<", each)) for each in (b">0<", b">-0.00<"))
    assert fingerprint(zero) == fingerprint(minus_zero)


def test_every_official_document_equals_itself_and_no_other(official_documents):
    whole = [parse(each.content) for each in official_documents if each.whole]
    for one, other in pairwise(whole):
        assert differences(one, one) == []
        assert (fingerprint(one) == fingerprint(other)) == (differences(one, other) == [])
