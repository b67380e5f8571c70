"""Documents to test against: one of our own, and the official ones of `../shared/corpora`."""

import json
import lzma
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import settings
from lxml import etree

_CORPORA = Path(os.environ.get("WAYBILL_CORPORA", Path(__file__).parents[2] / "../shared/corpora"))
_REPOSITORIES = {
    "ConnectingEurope/eInvoicing-EN16931": "b6c9e06a59812fb1a83585da40923b3678a649ad",
    "OpenPEPPOL/peppol-bis-invoice-3": "78d7f7dfa223f39f8ebd8d35c127f2690e646322",
    "oasis-tcs/ubl": "876778c2b322f23bc4a8841573424e252303cd56",
    "phax/phive-rules": "432f0e9a8cff5c03d06625abe7a5fd8e7e346a64",
}
_HOW_TO_GET_THEM = (
    f"The official documents are not at {_CORPORA}. To have them, check out from GitHub, into folders of these "
    f"names with + for /: {', '.join(f'{name} at {commit}' for name, commit in _REPOSITORIES.items())}; put "
    "expected-findings.jsonl and mutants.jsonl.xz beside them, and set WAYBILL_CORPORA to where they are."
)

settings.register_profile("without deadline", deadline=None)  # a busy machine is no failure
settings.load_profile("without deadline")


@dataclass(frozen=True)
class OfficialDocument:
    """A document with the verdict that the official schema gives on it."""

    name: str
    content: bytes = field(repr=False)
    xsd: bool
    whole: bool


@pytest.fixture(scope="session")
def official_documents() -> list[OfficialDocument]:
    """Every example and every unit test, as `expected-findings.jsonl` lists them."""
    lines = _corpus_file("expected-findings.jsonl").read_text("utf-8").splitlines()
    return [_official(json.loads(line)) for line in lines]


@pytest.fixture(scope="session")
def mutants() -> list[OfficialDocument]:
    """Belgian invoices with small random damage."""
    return list(_mutants(_corpus_file("mutants.jsonl.xz")))


def _corpus_file(name: str) -> Path:
    file = _CORPORA / name
    if not file.is_file():
        pytest.skip(_HOW_TO_GET_THEM)
    return file


def _official(expected: dict[str, object]) -> OfficialDocument:
    file, test = _CORPORA / str(expected["file"]), expected.get("test")
    content = file.read_bytes() if test is None else _tests(file)[int(str(test))]
    name = str(expected["file"]) if test is None else f"{expected['file']} test {test}"
    return OfficialDocument(name, content, bool(expected["xsd"]), test is None)


@lru_cache(maxsize=4)
def _tests(file: Path) -> list[bytes]:
    root = etree.parse(str(file)).getroot()
    documents = root.iterfind("{*}test/*")
    return [
        etree.tostring(each) for each in documents if etree.QName(each).localname in {"Invoice", "CreditNote"}
    ]


def _mutants(file: Path) -> Iterator[OfficialDocument]:
    with lzma.open(file, "rt", encoding="utf-8") as lines:
        for each in map(json.loads, lines):
            yield OfficialDocument(each["id"], each["document"].encode(), each["xsd"], whole=True)


_NAMESPACES = (
    'xmlns="urn:oasis:names:specification:ubl:schema:xsd:{root}-2" '
    'xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" '
    'xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2" '
    'xmlns:ext="urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2"'
)

_PARTY = """
  <cac:Party>
    <cbc:EndpointID schemeID="0208">{number}</cbc:EndpointID>
    <cac:PartyIdentification><cbc:ID schemeID="0088">5412345000013</cbc:ID></cac:PartyIdentification>
    <cac:PartyName><cbc:Name>{name}</cbc:Name></cac:PartyName>
    <cac:PostalAddress><cbc:CityName>Gent</cbc:CityName>
      <cac:Country><cbc:IdentificationCode>BE</cbc:IdentificationCode></cac:Country></cac:PostalAddress>
    <cac:PartyTaxScheme><cbc:CompanyID>BE{number}</cbc:CompanyID>
      <cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>
    <cac:PartyLegalEntity><cbc:RegistrationName>{name} BV</cbc:RegistrationName>
      <cbc:CompanyID schemeID="0208">{number}</cbc:CompanyID></cac:PartyLegalEntity>
  </cac:Party>
"""

_MONEY = """
<cac:PaymentTerms><cbc:Note>30 dagen</cbc:Note></cac:PaymentTerms>
<cac:TaxTotal>
  <cbc:TaxAmount currencyID="EUR">25.20</cbc:TaxAmount>
  <cac:TaxSubtotal>
    <cbc:TaxableAmount currencyID="EUR">120.00</cbc:TaxableAmount>
    <cbc:TaxAmount currencyID="EUR">25.20</cbc:TaxAmount>
    <cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>21</cbc:Percent>
      <cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:TaxCategory>
  </cac:TaxSubtotal>
</cac:TaxTotal>
<cac:TaxTotal><cbc:TaxAmount currencyID="USD">27.72</cbc:TaxAmount></cac:TaxTotal>
<cac:LegalMonetaryTotal>
  <cbc:LineExtensionAmount currencyID="EUR">120.00</cbc:LineExtensionAmount>
  <cbc:TaxExclusiveAmount currencyID="EUR">120.00</cbc:TaxExclusiveAmount>
  <cbc:TaxInclusiveAmount currencyID="EUR">145.20</cbc:TaxInclusiveAmount>
  <cbc:PrepaidAmount currencyID="EUR">20.00</cbc:PrepaidAmount>
  <cbc:PayableAmount currencyID="EUR">125.20</cbc:PayableAmount>
</cac:LegalMonetaryTotal>
"""

_LINE = """
<cac:{root}Line>
  <cbc:ID>{id}</cbc:ID>
  <cbc:Note>Geleverd in Gent</cbc:Note>
  <cbc:{quantity} unitCode="HUR">{id}.5</cbc:{quantity}>
  <cbc:LineExtensionAmount currencyID="EUR">60.00</cbc:LineExtensionAmount>
  <cac:Item><cbc:Name>Advies {id}</cbc:Name>
    <cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>21.0</cbc:Percent>
      <cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:ClassifiedTaxCategory></cac:Item>
  <cac:Price><cbc:PriceAmount currencyID="EUR">40</cbc:PriceAmount></cac:Price>
</cac:{root}Line>
"""


def _document(root: str, due_date: str, type_code: str, payment: str, quantity: str) -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<{root} {_NAMESPACES.format(root=root)}>
<cbc:CustomizationID>urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0</cbc:CustomizationID>
<cbc:ProfileID>urn:fdc:peppol.eu:2017:poacc:billing:01:1.0</cbc:ProfileID>
<cbc:ID>2026/0412</cbc:ID>
<cbc:IssueDate>2026-03-14</cbc:IssueDate>
{due_date}
{type_code}
<cbc:Note>Bedankt voor uw vertrouwen</cbc:Note>
<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
<cbc:TaxCurrencyCode>USD</cbc:TaxCurrencyCode>
<cbc:BuyerReference>PO-77</cbc:BuyerReference>
<cac:AdditionalDocumentReference>
  <cbc:ID>2026-0412.pdf</cbc:ID>
  <cac:Attachment>
    <cbc:EmbeddedDocumentBinaryObject mimeCode="application/pdf" filename="2026-0412.pdf">SGVs
    bG8=</cbc:EmbeddedDocumentBinaryObject>
  </cac:Attachment>
</cac:AdditionalDocumentReference>
<cac:AccountingSupplierParty>{_PARTY.format(number="0403019261", name="Leverancier")}</cac:AccountingSupplierParty>
<cac:AccountingCustomerParty>{_PARTY.format(number="0428759497", name="Klant")}</cac:AccountingCustomerParty>
{payment}
{_MONEY}
{_LINE.format(root=root, id=1, quantity=quantity)}
{_LINE.format(root=root, id=2, quantity=quantity)}
</{root}>""".encode()


@pytest.fixture(scope="session")
def invoice_xml() -> bytes:
    """An invoice from 0403.019.261 to 0428.759.497 with two lines and an attachment; valid by the schema."""
    return _document(
        "Invoice",
        due_date="<cbc:DueDate>2026-04-13</cbc:DueDate>",
        type_code="<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>",
        payment="<cac:PaymentMeans><cbc:PaymentMeansCode>30</cbc:PaymentMeansCode></cac:PaymentMeans>",
        quantity="InvoicedQuantity",
    )


@pytest.fixture(scope="session")
def credit_note_xml() -> bytes:
    """The same as a credit note."""
    return _document(
        "CreditNote",
        due_date="",
        type_code="<cbc:CreditNoteTypeCode>381</cbc:CreditNoteTypeCode>",
        payment="<cac:PaymentMeans><cbc:PaymentMeansCode>30</cbc:PaymentMeansCode>"
        "<cbc:PaymentDueDate>2026-04-13</cbc:PaymentDueDate></cac:PaymentMeans>",
        quantity="CreditedQuantity",
    )
