"""Documents of our own that meet every rule of their country, and what national rules say of changed ones."""

from collections import Counter

from invoices.document import parse
from invoices.rules.national import NATIONAL
from invoices.rules.rule import Broken
from invoices.rules.subject import Subject
from invoices.rules.tree import Tree

_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
_TAX_NUMBERS = {
    "NL": "NL123456789B01",
    "DE": "DE123456789",
    "DK": "DK12345678",
    "SE": "SE556036079301",
    "NO": "NO974761076MVA",
    "IT": "IT00743110157",
    "GR": "EL094014201",
    "IS": "IS12345",
}
_REGISTRATIONS = {
    "NL": ("0106", "12345678"),
    "DK": ("0184", "12345678"),
    "SE": ("0007", "5560360793"),
    "IS": ("0196", "1234567890"),
}
_OTHER_TAX = {"SE": "Godkänd för F-skatt", "NO": "Foretaksregisteret", "IT": "ABCDEFGHIJK"}
_PAYMENT = {"DE": "58", "DK": "42", "IS": "9"}
_ACCOUNTS = {"SE": ("1234567", "SE:BANKGIRO"), "IS": ("123456789012", "1"), "DK": ("12345678", "1234")}
_NUMBERS = {"GR": "094014201|14/03/2026|0|1.1|A|1"}

MARK = """<cac:AdditionalDocumentReference><cbc:ID>4001</cbc:ID>
<cbc:DocumentDescription>##M.AR.K##</cbc:DocumentDescription></cac:AdditionalDocumentReference>"""
LINK = """<cac:AdditionalDocumentReference><cbc:ID>1</cbc:ID>
<cbc:DocumentDescription>##INVOICE|URL##</cbc:DocumentDescription>
<cac:Attachment><cac:ExternalReference><cbc:URI>https://example.org</cbc:URI></cac:ExternalReference></cac:Attachment>
</cac:AdditionalDocumentReference>"""
EINDAGI = """<cac:AdditionalDocumentReference><cbc:ID>2026-05-01</cbc:ID>
<cbc:DocumentDescription>EINDAGI</cbc:DocumentDescription></cac:AdditionalDocumentReference>"""
FILE = """<cac:AdditionalDocumentReference><cbc:ID>1</cbc:ID><cac:Attachment>
<cbc:EmbeddedDocumentBinaryObject mimeCode="text/csv" filename="{}">aGk=</cbc:EmbeddedDocumentBinaryObject>
</cac:Attachment></cac:AdditionalDocumentReference>"""
CARD = """<cac:CardAccount><cbc:PrimaryAccountNumberID>1234</cbc:PrimaryAccountNumberID>
<cbc:NetworkID>VISA</cbc:NetworkID></cac:CardAccount>"""
MANDATE = """<cac:PaymentMandate><cbc:ID>M1</cbc:ID><cac:PayerFinancialAccount>
<cbc:ID>DE89370400440532013000</cbc:ID></cac:PayerFinancialAccount></cac:PaymentMandate>"""
CREDITOR = """<cac:PayeeParty><cac:PartyIdentification><cbc:ID schemeID="SEPA">DE98ZZZ09999999999</cbc:ID>
</cac:PartyIdentification></cac:PayeeParty>"""
REPRESENTATIVE = """<cac:TaxRepresentativeParty>
<cac:PostalAddress><cbc:StreetName>Third Street</cbc:StreetName><cbc:CityName>Third City</cbc:CityName>
<cbc:PostalZone>3000</cbc:PostalZone>
<cac:Country><cbc:IdentificationCode>NL</cbc:IdentificationCode></cac:Country></cac:PostalAddress>
</cac:TaxRepresentativeParty>"""
_TAX = """<cac:PartyTaxScheme><cbc:CompanyID>{}</cbc:CompanyID>
<cac:TaxScheme><cbc:ID>{}</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>"""


def _party(country: str, name: str) -> str:
    other = _TAX.format(_OTHER_TAX[country], "TAX") if country in _OTHER_TAX else ""
    scheme, number = _REGISTRATIONS.get(country, ("0002", "12345678"))
    return f"""<cac:Party><cbc:EndpointID schemeID="9933">094014201</cbc:EndpointID>
<cac:PartyIdentification><cbc:ID schemeID="0088">{name} 1</cbc:ID></cac:PartyIdentification>
<cac:PartyName><cbc:Name>{name}</cbc:Name></cac:PartyName>
<cac:PostalAddress><cbc:StreetName>{name} Street</cbc:StreetName><cbc:CityName>{name} City</cbc:CityName>
<cbc:PostalZone>{name} Zone</cbc:PostalZone>
<cac:Country><cbc:IdentificationCode>{country}</cbc:IdentificationCode></cac:Country></cac:PostalAddress>
{_TAX.format(_TAX_NUMBERS[country], "VAT")}{other}
<cac:PartyLegalEntity><cbc:RegistrationName>{name}</cbc:RegistrationName>
<cbc:CompanyID schemeID="{scheme}">{number}</cbc:CompanyID></cac:PartyLegalEntity>
<cac:Contact><cbc:Name>{name} Contact</cbc:Name><cbc:Telephone>+49 30 1234</cbc:Telephone>
<cbc:ElectronicMail>contact@example.org</cbc:ElectronicMail></cac:Contact></cac:Party>"""


def document(country: str, root: str = "Invoice") -> str:
    """An invoice or credit note between two companies of one country, valid by the schema."""
    due = "<cbc:DueDate>2026-04-13</cbc:DueDate>" if root == "Invoice" else ""
    account, bank = _ACCOUNTS.get(country, ("DE89370400440532013000", "1"))
    return f"""<{root} xmlns="{_UBL}{root}-2" xmlns:cac="{_UBL}CommonAggregateComponents-2"
xmlns:cbc="{_UBL}CommonBasicComponents-2">
<cbc:ID>{_NUMBERS.get(country, "2026/1")}</cbc:ID><cbc:IssueDate>2026-03-14</cbc:IssueDate>{due}
<cbc:{root}TypeCode>{"380" if root == "Invoice" else "381"}</cbc:{root}TypeCode>
<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode><cbc:BuyerReference>B1</cbc:BuyerReference>
<cac:OrderReference><cbc:ID>O1</cbc:ID></cac:OrderReference>
<cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>1</cbc:ID></cac:InvoiceDocumentReference></cac:BillingReference>
{MARK if country == "GR" else ""}{LINK if country == "GR" else ""}{EINDAGI if country == "IS" and due else ""}
<cac:AccountingSupplierParty>{_party(country, "Seller")}</cac:AccountingSupplierParty>
<cac:AccountingCustomerParty>{_party(country, "Buyer")}</cac:AccountingCustomerParty>
<cac:Delivery><cac:DeliveryLocation><cac:Address><cbc:CityName>Gent</cbc:CityName>
<cbc:PostalZone>9000</cbc:PostalZone></cac:Address></cac:DeliveryLocation></cac:Delivery>
<cac:PaymentMeans><cbc:PaymentMeansCode>{_PAYMENT.get(country, "30")}</cbc:PaymentMeansCode>
<cbc:PaymentID>R1</cbc:PaymentID><cac:PayeeFinancialAccount><cbc:ID>{account}</cbc:ID>
<cac:FinancialInstitutionBranch><cbc:ID>{bank}</cbc:ID></cac:FinancialInstitutionBranch></cac:PayeeFinancialAccount>
</cac:PaymentMeans>
<cac:PaymentTerms><cbc:Note>#SKONTO#TAGE=14#PROZENT=2.00#
</cbc:Note></cac:PaymentTerms>
<cac:AllowanceCharge><cbc:ChargeIndicator>true</cbc:ChargeIndicator>
<cbc:AllowanceChargeReasonCode>ZZZ</cbc:AllowanceChargeReasonCode>
<cbc:AllowanceChargeReason>3312#tax</cbc:AllowanceChargeReason><cbc:Amount currencyID="EUR">1.00</cbc:Amount>
</cac:AllowanceCharge>
<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">25.00</cbc:TaxAmount><cac:TaxSubtotal>
<cbc:TaxableAmount currencyID="EUR">100.00</cbc:TaxableAmount><cbc:TaxAmount currencyID="EUR">25.00</cbc:TaxAmount>
<cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>25</cbc:Percent>
<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>
<cac:LegalMonetaryTotal><cbc:PayableAmount currencyID="EUR">125.00</cbc:PayableAmount></cac:LegalMonetaryTotal>
<cac:{root}Line><cbc:ID>1</cbc:ID><cbc:LineExtensionAmount currencyID="EUR">100.00</cbc:LineExtensionAmount>
<cac:OrderLineReference><cbc:LineID>1</cbc:LineID></cac:OrderLineReference>
<cac:Item><cbc:Name>Flour</cbc:Name><cac:CommodityClassification>
<cbc:ItemClassificationCode listID="TST" listVersionID="26.08.01">1</cbc:ItemClassificationCode>
</cac:CommodityClassification>
<cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>25.00</cbc:Percent>
<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:ClassifiedTaxCategory></cac:Item>
</cac:{root}Line></{root}>"""


def changed(text: str, *edits: tuple[str, str]) -> str:
    """`text` with the first occurrence of each text replaced; each must occur."""
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def without(text: str, name: str, content: str = "") -> str:
    """`text` without the first element of this name that begins with `content`."""
    begin, end = f"<{name}>{content}", f"</{name}>"
    before, found, rest = text.partition(begin)
    assert found, begin
    return before + rest.partition(end)[2]


def broken(text: str | bytes) -> list[tuple[str, Broken]]:
    """The ids of the national rules that a document breaks, with where and how."""
    content = text.encode() if isinstance(text, str) else text
    subject = Subject(Tree(parse(content).root))
    return [(rule.code, each) for table in NATIONAL for rule, each in table.broken(subject)]


def codes(text: str | bytes) -> Counter[str]:
    """How often a document breaks each national rule."""
    return Counter(code for code, _ in broken(text))
