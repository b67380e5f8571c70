"""What breaks rules that no valid structure lets a document break, and what only breaks rules that warn."""

from tests.invoices.rules.en16931.edits import after, attribute, before, drop, more, twice, xml
from tests.invoices.rules.en16931.fragments import LINE
from tests.invoices.rules.en16931.violations_header import ACCOUNT, MEANS, card
from tests.invoices.rules.en16931.violations_lines import ALLOWANCE, CHARGE
from tests.invoices.rules.en16931.violations_parties import BUYER, SELLER

BINARY = "//cbc:EmbeddedDocumentBinaryObject"


FORBIDDEN = {
    "BR-03": [drop("cbc:IssueDate")],
    "BR-15": [drop("cac:LegalMonetaryTotal/cbc:PayableAmount")],
    "BR-16": [drop(LINE)],
    "BR-31": [drop(f"{ALLOWANCE}/cbc:Amount")],
    "BR-36": [drop(f"{CHARGE}/cbc:Amount")],
    "BR-41": [drop(f"{LINE}/{ALLOWANCE}/cbc:Amount")],
    "BR-43": [drop(f"{LINE}/{CHARGE}/cbc:Amount")],
    "BR-46": [drop("cac:TaxTotal/cac:TaxSubtotal/cbc:TaxAmount")],
    "BR-49": [drop(f"{MEANS}/cbc:PaymentMeansCode")],
    "UBL-DT-06": [attribute(BINARY, "mimeCode")],
    "UBL-SR-06": [twice("cac:BillingReference/cac:InvoiceDocumentReference")],
    "UBL-SR-28": [after(ACCOUNT, xml("cac:PaymentMandate", *[xml("cbc:ID", each) for each in "12"]))],
}
"""The UBL schema asks for what these rules miss, or forbids what they count."""

FORBIDDEN_IN_INVOICES = {
    "BR-24": [drop(f"{LINE}/cbc:LineExtensionAmount")],
}
"""A credit note's line may do without."""

FORBIDDEN_AND_ENDLESS = {
    "UBL-SR-27": [twice(f"{MEANS}/cbc:PaymentMeansCode")],
}
"""The UBL schema forbids it, and if it did not, BR-61 would come to no result."""

BLIND = {"BR-DEC-13": "cbc:DocumentCurrencyCode", "BR-DEC-15": "cbc:TaxCurrencyCode"}
"""Rules that look for a currency's code inside the amount, where the UBL schema allows none."""

VAT_IN_THREE_DECIMALS = [
    after("cbc:DocumentCurrencyCode", xml("cbc:TaxCurrencyCode", "USD")),
    more("0.000", "cac:TaxTotal/cbc:TaxAmount"),
    after("cac:TaxTotal", xml("cac:TaxTotal/cbc:TaxAmount", "5.000", currencyID="USD")),
]
"""What these rules should have found, in both currencies."""

WARNINGS = {
    "BR-51": [before(ACCOUNT, card("4111111111111111"))],
    "UBL-CR-002": [before("cbc:CustomizationID", xml("cbc:UBLVersionID", "2.0"))],
    "UBL-CR-003": [before("cbc:ID", xml("cbc:ProfileExecutionID", "1"))],
    "UBL-CR-004": [after("cbc:ID", xml("cbc:CopyIndicator", "false"))],
    "UBL-CR-005": [after("cbc:ID", xml("cbc:UUID", "1"))],
    "UBL-DT-08": [attribute("cbc:ID", "schemeName", "x")],
    "UBL-DT-09": [attribute("cbc:ID", "schemeAgencyName", "x")],
    "UBL-DT-10": [attribute("cbc:ID", "schemeDataURI", "x")],
    "UBL-DT-11": [attribute(f"{SELLER}/cbc:EndpointID", "schemeURI", "x")],
    "UBL-DT-12": [attribute(BINARY, "format", "x")],
    "UBL-DT-15": [attribute(f"{LINE}/*[@unitCode]", "unitCodeListAgencyName", "x")],
    "UBL-DT-16": [attribute("cbc:DocumentCurrencyCode", "listAgencyName", "x")],
    "UBL-DT-17": [attribute("cbc:DocumentCurrencyCode", "listName", "x")],
    "UBL-DT-18": [attribute("cbc:DocumentCurrencyCode", "name", "x")],
    "UBL-DT-19": [attribute("cbc:Note", "languageID", "nl")],
    "UBL-DT-20": [attribute("cbc:DocumentCurrencyCode", "listURI", "x")],
    "UBL-DT-21": [attribute("cbc:DocumentCurrencyCode", "listSchemeURI", "x")],
    "UBL-DT-22": [attribute("cbc:Note", "languageLocaleID", "nl-BE")],
    "UBL-DT-23": [attribute(BINARY, "uri", "x")],
    "UBL-DT-24": [attribute(f"{LINE}/cbc:LineExtensionAmount", "currencyCodeListVersionID", "x")],
    "UBL-DT-25": [attribute(BINARY, "characterSetCode", "x")],
    "UBL-DT-26": [attribute(BINARY, "encodingCode", "x")],
    "UBL-DT-27": [attribute(f"{BUYER}/cbc:EndpointID", "schemeAgencyID", "x")],
    "UBL-DT-28": [attribute("cbc:DocumentCurrencyCode", "listAgencyID", "x")],
}
"""Each warns of one thing that EN 16931 has no use for."""
