import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.company import Identifier
from invoices.document import Kind, parse
from invoices.facts import Facts
from invoices.identity import identity_key, near_duplicate
from invoices.invoice import read_invoice
from invoices.issuer import issuer_key
from invoices.party import Party
from invoices.source import Direction

COMPANY, PURCHASE = "0428759497", Direction.PURCHASE


@pytest.fixture(scope="session")
def facts(invoice_xml):
    return Facts.of(parse(invoice_xml))


def of(content: bytes, *replacements: tuple[str, str]) -> Facts:
    text = content.decode()
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    return Facts.of(parse(text.encode()))


def key(facts, company=COMPANY, direction=PURCHASE, sha256="0" * 64):
    return identity_key(facts, company, direction, sha256)


CODE = "<cbc:InvoiceTypeCode>380<"


def coded(code):
    return (CODE, f"<cbc:InvoiceTypeCode>{code}<")


def test_facts_are_what_the_document_says(facts):
    assert facts.kind is Kind.INVOICE
    assert not facts.self_billed
    assert (facts.number, facts.normalised_number) == ("2026/0412", "2026/0412")
    assert (facts.issue_date, facts.due_date) == (date(2026, 3, 14), date(2026, 4, 13))
    assert (facts.payable_amount, facts.tax_amount, facts.currency) == (
        Decimal("125.20"),
        Decimal("25.20"),
        "EUR",
    )
    assert facts.seller.enterprise_number == "0403019261"
    assert facts.issuer_key == "enterprise 0403019261"


def test_facts_survive_json(facts, credit_note_xml):
    empty = of(b'<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/>')
    for each in (facts, of(credit_note_xml), empty):
        assert Facts.from_json(json.loads(json.dumps(each.as_json()))) == each


def test_facts_of_every_document_survive_json(official_documents, mutants):
    for document in (*official_documents, *mutants[:200]):
        facts = Facts.of(parse(document.content))
        assert Facts.from_json(json.loads(json.dumps(facts.as_json()))) == facts


def test_facts_as_json_are_plain_values_with_amounts_as_text(facts):
    tiny = replace(facts, payable_amount=Decimal("0.00000001")).as_json()
    assert tiny["payable_amount"] == "0.00000001"
    assert tiny["issue_date"] == "2026-03-14"
    assert tiny["seller"]["enterprise_number"] == "0403019261"


def test_the_key_is_the_same_for_the_same_invoice_in_other_bytes(facts, invoice_xml):
    other = of(invoice_xml, ("2026/0412<", " 2026/0412 <"), ("125.20", "1250.20"), ("Bedankt", "Dank"))
    assert key(facts, sha256="a" * 64) == key(other, sha256="b" * 64)


@pytest.mark.parametrize(
    "change",
    [
        ("2026/0412<", "2026/0413<"),
        ("2026/0412<", "2026-0412<"),
        ("2026/0412<", "2026/00412<"),
        ("2026-03-14", "2025-03-14"),
        ("0403019261", "1000000021"),
        coded("381"),
        coded("389"),
    ],
)
def test_another_number_year_issuer_or_kind_is_another_invoice(facts, invoice_xml, change):
    assert key(of(invoice_xml, change)) != key(facts)


def test_the_books_of_another_company_or_direction_are_other_books(facts):
    keys = {key(facts), key(facts, company="0403019261"), key(facts, direction=Direction.SALE)}
    assert len(keys) == 3


@pytest.mark.parametrize(
    "change", [("2026-03-14", "2026-12-31"), coded("383"), ("Leverancier BV", "Leverancier NV")]
)
def test_another_date_in_the_year_code_of_the_kind_or_name_is_not(facts, invoice_xml, change):
    assert key(of(invoice_xml, change)) == key(facts)


def test_an_invoice_root_with_a_credit_note_code_is_a_credit_note(invoice_xml, credit_note_xml):
    assert key(of(invoice_xml, coded("381"))) == key(of(credit_note_xml))


def test_a_credit_note_root_is_a_credit_note_whatever_its_code(credit_note_xml):
    code = ("<cbc:CreditNoteTypeCode>381<", "<cbc:CreditNoteTypeCode>380<")
    assert of(credit_note_xml, code).kind is Kind.CREDIT_NOTE


@pytest.mark.parametrize("code", ["389", "261"])
def test_for_self_billing_buyer_and_seller_together_are_the_issuer(invoice_xml, code):
    facts = of(invoice_xml, coded(code))
    assert facts.self_billed
    assert facts.issuer_key == "enterprise 0428759497 for enterprise 0403019261"


@pytest.mark.parametrize(
    "missing", ["<cbc:ID>2026/0412</cbc:ID>", "<cbc:IssueDate>2026-03-14</cbc:IssueDate>"]
)
def test_without_number_or_date_the_document_itself_is_the_key(invoice_xml, missing):
    facts = of(invoice_xml, (missing, ""))
    assert key(facts, sha256="a" * 64) != key(facts, sha256="b" * 64)
    assert key(facts, sha256="a" * 64) == key(None, sha256="a" * 64)


def test_without_any_issuer_it_is_too(facts):
    nameless = replace(facts, issuer_key=None)
    assert key(nameless, sha256="a" * 64) != key(nameless, sha256="b" * 64)


@pytest.mark.parametrize(
    ("fields", "issuer"),
    [
        ({"vat_numbers": ("BE 0403.019.261",)}, "enterprise 0403019261"),
        ({"vat_numbers": ("NL 0012.34.567-B01",), "name": "X"}, "VAT nl001234567b01"),
        ({"endpoint": Identifier("5412345000013", "0088"), "name": "X"}, "endpoint 0088:5412345000013"),
        ({"endpoint": Identifier("me@example.org")}, "endpoint :me@example.org"),
        ({"name": "Bakkerij  De Zon bv"}, "name bakkerijdezonbv"),
        ({"vat_numbers": ("-",), "name": "\u200b"}, None),
        ({}, None),
    ],
)
def test_the_issuer_goes_by_the_first_there_is(invoice_xml, fields, issuer):
    assert issuer_key(replace(read_invoice(parse(invoice_xml)), seller=Party(**fields))) == issuer


@pytest.mark.parametrize(
    ("number", "days", "says"),
    [
        ("2026/0412", 0, "the same number"),
        ("2026/0412", 0, "issued on the same day"),
        ("2026/0412", 400, "the same number"),
        ("2026-0412", 30, "numbers that differ only in punctuation (2026/0412 and 2026-0412)"),
        ("20260412", 30, "only in punctuation"),
        ("2025/0412", 365, "numbers that differ only in the year"),
        ("2026/0413", 30, "numbers that differ in one character"),
        ("2026/00412", 30, "numbers that differ in one character"),
        ("2026/041", 30, "numbers that differ in one character"),
        ("99", 1, "issued 1 day apart"),
        ("99", -7, "issued 7 days apart"),
    ],
)
def test_the_same_issuer_and_amount_with_a_close_number_or_date_are_near_duplicates(
    facts, number, days, says
):
    other = replace(
        facts,
        number=number,
        normalised_number=number,
        issue_date=facts.issue_date + timedelta(days),
        payable_amount=Decimal("125.2"),
    )
    for evidence in (near_duplicate(facts, other), near_duplicate(other, facts)):
        assert evidence.startswith("The same issuer and amount (EUR 125.2")
        assert says.partition(" (")[0] in evidence
    assert says in near_duplicate(facts, other)


@pytest.mark.parametrize(
    "fields",
    [
        {"payable_amount": Decimal("125.21")},
        {"payable_amount": None},
        {"payable_amount": Decimal(0)},
        {"currency": "USD"},
        {"currency": None},
        {"issuer_key": "name x"},
        {"issuer_key": None},
        {"kind": Kind.CREDIT_NOTE},
        {"number": "2026/0999", "normalised_number": "2026/0999", "issue_date": date(2026, 5, 1)},
        {"number": "2026/0412", "normalised_number": "2026/0430", "issue_date": date(2026, 3, 22)},
        {"normalised_number": None, "issue_date": None},
    ],
)
def test_anything_else_is_no_near_duplicate(facts, fields):
    other = replace(facts, **fields)
    assert near_duplicate(facts, other) is None
    assert near_duplicate(other, facts) is None


@pytest.mark.parametrize("field", ["issuer_key", "currency", "payable_amount"])
def test_two_that_both_lack_something_are_no_near_duplicates(facts, field):
    lacking = replace(facts, **{field: None})
    assert near_duplicate(lacking, lacking) is None


@given(st.text("ab12-/", max_size=8), st.text("ab12-/", max_size=8))
def test_looking_for_near_duplicates_is_symmetric_and_never_fails(facts, one, other):
    far = replace(facts, issue_date=None)
    a, b = (replace(far, number=each, normalised_number=each) for each in (one, other))
    assert (near_duplicate(a, b) is None) == (near_duplicate(b, a) is None)
