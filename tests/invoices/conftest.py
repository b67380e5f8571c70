"""Documents to test against: one of our own, and the official ones of `../shared/corpora`."""

import pytest
from hypothesis import settings

from tests import corpora
from tests.corpora import OfficialDocument

settings.register_profile("without deadline", deadline=None)  # a busy machine is no failure
settings.load_profile("without deadline")


@pytest.fixture(scope="session")
def official_documents() -> list[OfficialDocument]:
    """Every example and every unit test."""
    _need("expected-findings.jsonl")
    return list(corpora.official_documents())


@pytest.fixture(scope="session")
def mutants() -> list[OfficialDocument]:
    """Belgian invoices with small random damage."""
    _need("mutants.jsonl.xz")
    return list(corpora.mutants())


def _need(name: str) -> None:
    if not (corpora.CORPORA / name).is_file():
        pytest.skip(corpora.HOW_TO_GET_THEM)


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
