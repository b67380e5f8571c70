"""What breaks the rules on codes and schemes: changes by rule, each to a code that is on no list."""

from tests.invoices.rules.en16931.documents import EXEMPT, STANDARD
from tests.invoices.rules.en16931.edits import after, attribute, before, text, xml
from tests.invoices.rules.en16931.fragments import LINE, more_adjustment, more_line
from tests.invoices.rules.en16931.violations_header import ADDRESS, MEANS, REFERENCE
from tests.invoices.rules.en16931.violations_lines import ALLOWANCE, CHARGE, ITEM, PRICE_AMOUNT
from tests.invoices.rules.en16931.violations_parties import BUYER, LEGAL, SELLER, identified

UNKNOWN = "XQX"


def reference(**attributes):
    return xml(REFERENCE, xml("cbc:ID", "M", **attributes), xml("cbc:DocumentTypeCode", "130"))


def identification(name, **attributes):
    return after(f"{ITEM}/cbc:Name", xml(name, "1", **attributes))


IN_STANDARD = {
    "BR-CL-01": [text("cbc:InvoiceTypeCode", "999")],
    "BR-CL-03": [attribute(PRICE_AMOUNT, "currencyID", UNKNOWN)],
    "BR-CL-04": [text("cbc:DocumentCurrencyCode", UNKNOWN)],
    "BR-CL-05": [after("cbc:DocumentCurrencyCode", xml("cbc:TaxCurrencyCode", UNKNOWN))],
    "BR-CL-06": [after("cbc:BuyerReference", xml("cac:InvoicePeriod/cbc:DescriptionCode", "99"))],
    "BR-CL-07": [before(REFERENCE, reference(schemeID=UNKNOWN))],
    "BR-CL-08": [text("cbc:Note", f"#{UNKNOWN}#Bedankt")],
    "BR-CL-10": [after(f"{BUYER}/cbc:EndpointID", identified("1", schemeID="SEPA"))],
    "BR-CL-11": [attribute(f"{SELLER}/{LEGAL}/cbc:CompanyID", "schemeID", UNKNOWN)],
    "BR-CL-13": [identification("cac:CommodityClassification/cbc:ItemClassificationCode", listID="QQQ")],
    "BR-CL-14": [text(f"{ADDRESS}/cac:Country/cbc:IdentificationCode", UNKNOWN)],
    "BR-CL-15": [identification("cac:OriginCountry/cbc:IdentificationCode")],
    "BR-CL-16": [text(f"{MEANS}/cbc:PaymentMeansCode", "99")],
    "BR-CL-17": [more_adjustment(True, UNKNOWN, "0")],
    "BR-CL-18": [more_line(UNKNOWN, "0")],
    "BR-CL-19": [text(f"{ALLOWANCE}/cbc:AllowanceChargeReasonCode", "FC")],
    "BR-CL-20": [text(f"{CHARGE}/cbc:AllowanceChargeReasonCode", "95")],
    "BR-CL-21": [identification("cac:StandardItemIdentification/cbc:ID", schemeID=UNKNOWN)],
    "BR-CL-23": [attribute(f"{LINE}/cbc:InvoicedQuantity", "unitCode", UNKNOWN)],
    "BR-CL-24": [attribute("//cbc:EmbeddedDocumentBinaryObject", "mimeCode", "text/html")],
    "BR-CL-25": [attribute(f"{SELLER}/cbc:EndpointID", "schemeID", UNKNOWN)],
    "BR-CL-26": [before(ADDRESS, xml("cbc:ID", "1", schemeID=UNKNOWN))],
}
IN_EXEMPT = {
    "BR-CL-22": [text("//cbc:TaxExemptionReasonCode", "VATEX-EU-XQX")],
    "UBL-SR-32": [after("//cbc:TaxExemptionReason", xml("cbc:TaxExemptionReason", "Nog een reden"))],
}
VIOLATIONS = [(STANDARD, IN_STANDARD), (EXEMPT, IN_EXEMPT)]
