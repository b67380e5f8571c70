import re
from pathlib import Path

import pytest

import invoices
from cli.check_words import NOT_READ
from invoices.document import MAX_BYTES, MAX_DEPTH, MAX_ELEMENTS, parse
from invoices.explain import TEXTS, Language, explained, waybill
from invoices.explain.values import NO_BREAK
from invoices.findings import Finding, PolicyClass, Severity
from invoices.rules.book import check_failed
from invoices.rules.structure import Structure
from invoices.unreadable import Unreadable

EN, NL, FR = Language
ROOT = Path(invoices.__file__).parent.parent
CODE = re.compile(r"""["'](WB-[A-Z][A-Z-]*[A-Z]|UBL-XSD)["']""")
NEVER = {
    EN: r"\bbook(s|ed|ing)?\b",
    NL: r"\b(ge)?boekt?\b|\bje\b|\bjouw\b|\bjij\b|\bBTW\b",
    FR: r"\bcomptabilisée?\b|\bavoirs\b|\btu\b|\bton\b|\bta\b",
}


def own_codes():
    """Every code that the source gives, but where its text is written."""
    for room in ("invoices", "tasks", "db", "clients", "cli", "flows"):
        for file in (ROOT / room).rglob("*.py"):
            if "explain" not in file.parts and file.name != "check_words.py":
                yield from CODE.findall(file.read_text(encoding="utf-8"))


def finding(code, message="In its own words.", **fields):
    return Finding(code, Severity.FATAL, PolicyClass.STRUCTURE, message, **fields)


def unreadable(content):
    with pytest.raises(Unreadable) as caught:
        parse(content)
    return caught.value.finding


def tidy(told, language):
    for sentence in (told.message, told.fix):
        assert sentence
        assert sentence.endswith(".")
        assert "  " not in sentence
        assert not re.search(NEVER[language], sentence, re.IGNORECASE)


def test_no_code_of_our_own_lacks_a_text():
    codes = set(own_codes())
    assert {"WB-XML", "UBL-XSD", "WB-NEAR-DUPLICATE", "WB-DIFFERS"} <= codes
    assert codes <= TEXTS.keys() | NOT_READ.keys()


def test_no_text_is_for_a_code_that_nobody_gives():
    assert waybill.TEXTS.keys() <= set(own_codes())


@pytest.mark.parametrize("code", waybill.TEXTS)
def test_english_readers_get_the_words_of_the_finding_itself(code):
    told = explained(finding(code, fix="Mend it.", found="x"), EN)
    assert (told.message, told.fix) == ("In its own words.", "Mend it.")
    tidy(explained(finding(code, message=""), EN), EN)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("code", waybill.TEXTS)
@pytest.mark.parametrize(
    "values",
    [
        {},
        {"found": "0403019261", "expected": "0428759497"},
        {"found": "x y"},
        {"expected": "x y"},
        {"found": "a1", "expected": "b2", "location": "/Invoice/cac:InvoiceLine[3]/cbc:ID"},
        {"found": "a1", "line": 7},
    ],
)
def test_every_finding_is_told_in_every_language_with_its_values_or_without(code, language, values):
    told = explained(finding(code, message="", **values), language)
    assert "{" not in told.message + (told.fix or "")
    tidy(told, language)


@pytest.mark.parametrize(
    ("content", "dutch"),
    [
        (b"", "Het document is leeg."),
        (b"%PDF-1.7", "Dit is geen XML; het lijkt op een pdf."),
        (b"PK\x03\x04" + b"\0" * 20, "Dit is geen XML; het lijkt op een ziparchief."),
        (b"[1]", "Dit is geen XML; het lijkt op JSON."),
        (b"Oeps", "Dit is geen XML; het begint met Oeps."),
        (b"<!DOCTYPE html><html/>", "Dit is een webpagina met een DOCTYPE"),
        (b"<!DOCTYPE Invoice><Invoice/>", "Dit is een document met een DOCTYPE"),
        (b"<a></b>", "De XML is beschadigd: “Opening and ending tag mismatch"),
        (b"<a>" * (MAX_DEPTH + 1) + b"</a>" * (MAX_DEPTH + 1), "meer dan 100 niveaus"),
        (b"<a>" + b"<b/>" * MAX_ELEMENTS + b"</a>", "meer dan 500.000 elementen"),
        (b" " * (MAX_BYTES + 1), "Het document is 40,1 MB groot; hoogstens 40 MB wordt gelezen."),
        (b"<Order/>", "een ander soort document: Order."),
        (b"<x:CrossIndustryInvoice xmlns:x='urn:x'/>", "maar een CII-factuur (UN/CEFACT)."),
        (b"<Invoice xmlns='urn:x'/>", "in een andere naamruimte dan die van UBL: urn:x."),
        (b"<Invoice/>", "zonder de naamruimte van UBL."),
        (b"<?xml version='1.0' encoding='rot13'?><a/>", "De codering rot13 wordt niet aanvaard"),
        (b"<?xml version='1.0' encoding='UTF-16'?><a/>", "De eerste regel vermeldt UTF-16"),
        (b"<?xml version='1.0' encoding='us-ascii'?><a>\xe9</a>", "die het vermeldt: “e9 3c 2f 61”."),
        (b"<a>\xe9</a>", "bytes die niet kloppen"),
    ],
)
def test_what_cannot_be_read_is_told_by_what_was_found(content, dutch):
    found = unreadable(content)
    assert dutch in explained(found, NL).message
    assert explained(found, EN).message == found.message
    for language in Language:
        tidy(explained(found, language), language)


AN_ERROR = [
    (
        ("<cbc:IssueDate>2026-03-14</cbc:IssueDate>", ""),
        "cbc:DueDate staat waar cbc:IssueDate moet staan.",
    ),
    ((">2026-03-14<", "><"), "cbc:IssueDate is leeg en moet een datum zoals 2026-03-31 zijn."),
    (
        (">2.5<", ">twee<"),
        "Lijn 2: cbc:InvoicedQuantity is twee en moet een getal zoals 12.5 zijn.",
    ),
    (('currencyID="EUR">125.20', ">125.20"), "Bij cbc:PayableAmount ontbreekt het attribuut currencyID."),
    (
        ("<cbc:BuyerReference>", '<cbc:BuyerReference colour="red">'),
        "cbc:BuyerReference mag het attribuut colour niet hebben.",
    ),
    (
        ("<cac:LegalMonetaryTotal>", "<cac:LegalMonetaryTotal>total"),
        "cac:LegalMonetaryTotal bevat tekst tussen zijn elementen.",
    ),
    (
        ('<cbc:PayableAmount currencyID="EUR">125.20</cbc:PayableAmount>', ""),
        "cac:LegalMonetaryTotal is onvolledig: cbc:PayableRoundingAmount of cbc:PayableAmount ontbreekt.",
    ),
    (
        ("<cbc:BuyerReference>", '<cbc:BuyerReference languageID="!!">'),
        "cbc:BuyerReference of een attribuut ervan heeft de waarde “!!”, wat daar niet mag.",
    ),
    (
        ("</cac:TaxCategory>", "</cac:TaxCategory><cac:TaxCategory/>"),
        "cac:TaxCategory hoort hier niet, of staat hier één keer te veel.",
    ),
    (("PO-77", "<b/>"), "cbc:BuyerReference is niet opgebouwd zoals UBL voorschrijft."),
]


@pytest.mark.parametrize(("damage", "dutch"), AN_ERROR)
def test_an_error_of_structure_is_told_with_what_is_missing_or_out_of_place(invoice_xml, damage, dutch):
    errors = Structure().check(parse(invoice_xml.decode().replace(*damage).encode())).findings
    assert dutch in [explained(error, NL).message for error in errors]
    for error in errors:
        assert explained(error, EN).message == error.message
        for language in Language:
            tidy(explained(error, language), language)


def test_errors_that_were_not_listed_are_told_so():
    assert explained(finding("UBL-XSD"), NL).message == "Er zijn nog meer fouten in de structuur."


def test_an_invoice_of_another_company_names_both_as_people_write_them():
    bought = finding("WB-COMPANY", found="0987654394", expected="0403019261")
    assert explained(bought, NL).message == "Gericht aan 0987.654.394, niet aan 0403.019.261."
    sold = finding("WB-COMPANY", location="/*/cac:AccountingSupplierParty", found="1", expected="2")
    assert explained(sold, FR).message == "Émise par le 1, pas par le 2."


@pytest.mark.parametrize(
    ("message", "values", "dutch"),
    [
        ("They cannot be compared: x.", {}, "Ze kunnen niet vergeleken worden"),
        ("They differ in attachments.", {}, "Ze verschillen enkel in bijlagen"),
        ("x", {"location": "cbc:ID", "found": "1", "expected": "2"}, "Hier 1, in de andere 2."),
        ("x", {"location": "cbc:ID", "found": "1"}, "Hier 1, in de andere niets."),
        ("x", {"location": "cbc:ID", "expected": "2"}, "Hier niets, in de andere 2."),
    ],
)
def test_what_differs_is_told_side_by_side(message, values, dutch):
    assert explained(finding("WB-DIFFERS", message, **values), NL).message.startswith(dutch)


def test_a_field_of_a_record_is_named():
    wrong = finding("WB-RECORD-FIELD", 'direction is "IN", where x is expected.', found='"IN"')
    assert explained(wrong, FR).message == (
        f'Le champ direction est «{NO_BREAK}"IN"{NO_BREAK}»{NO_BREAK}; il faut SALE ou PURCHASE.'
    )
    absent = finding("WB-RECORD-FIELD", "id is absent, where x is expected.", found="absent")
    assert explained(absent, NL).message.startswith("Het veld id ontbreekt; verwacht wordt een tekst")


def test_a_check_that_failed_is_told_with_its_reason():
    assert "“it took long”" in explained(check_failed("it took long"), NL).message
