"""Attachments: large ones are kept from the schema only where it would find nothing wrong with them."""

from base64 import b64encode
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from invoices.document import parse
from invoices.rules.attachments import LARGE, is_base64, large_ones_taken_out
from invoices.rules.structure import Structure
from sandbox.demo.companies import CLIENTS, MILL
from sandbox.demo.draft import draft, line
from sandbox.ubl.document import ubl
from sandbox.ubl.model import S21, Attachment

STRUCTURE = Structure()
BASE64 = etree.XMLSchema(
    etree.fromstring(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="a" type="xs:base64Binary"/>'
        "</xs:schema>"
    )
)
LARGE_FILE = bytes(range(256)) * 500


def invoice(content=LARGE_FILE):
    made = draft("2026/0412", date(2026, 3, 14), CLIENTS[0], MILL, line("Levering", "1", "100.00", S21))
    return ubl(replace(made, attachment=Attachment("factuur.pdf", content)))


@given(st.text("AQgwBc01+/= \n\u00e9-", max_size=12))
def test_what_counts_as_sound_the_schema_takes(text):
    element = etree.Element("a")
    element.text = text
    if is_base64(text):
        assert BASE64.validate(element)


@given(st.binary(max_size=40), st.integers(1, 8))
def test_every_file_in_base64_is_sound_also_when_it_is_broken_into_lines(content, width):
    text = b64encode(content).decode()
    assert is_base64(text)
    assert is_base64("\n".join(text[i : i + width] for i in range(0, len(text), width)))


def test_a_document_is_afterwards_what_it_was_before():
    root = parse(invoice()).root
    before = etree.tostring(root)
    with large_ones_taken_out(root) as any_taken:
        assert any_taken
        assert len(etree.tostring(root)) < len(before) - LARGE
    assert etree.tostring(root) == before


def test_a_document_with_a_large_attachment_is_valid():
    assert STRUCTURE.check(parse(invoice())).findings == ()


@pytest.mark.parametrize("damage", [b"=", b"A", b"A=A="])
def test_a_damaged_large_attachment_is_found_all_the_same(damage):
    content = invoice()
    sound = b64encode(LARGE_FILE)
    broken = content.replace(sound, sound[:1000] + damage + sound[1000:])
    assert broken != content
    (finding,) = STRUCTURE.check(parse(broken)).findings
    assert "EmbeddedDocumentBinaryObject" in finding.location


def test_other_errors_are_found_beside_a_large_attachment():
    broken = invoice().replace(b"<cbc:IssueDate>2026-03-14</cbc:IssueDate>", b"")
    findings = STRUCTURE.check(parse(broken)).findings
    assert [each.location for each in findings] == ["/Invoice/cbc:DueDate"]
