"""What breaks the rules on a document's header, references, delivery and payment: changes by rule."""

from tests.invoices.rules.en16931.documents import ITALIAN, STANDARD
from tests.invoices.rules.en16931.edits import after, attribute, before, drop, text, twice, xml

REFERENCE = "cac:AdditionalDocumentReference"
ADDRESS = "cac:Delivery/cac:DeliveryLocation/cac:Address"
MEANS = "cac:PaymentMeans"
ACCOUNT = f"{MEANS}/cac:PayeeFinancialAccount"
PERIOD_CODE = xml("cbc:DescriptionCode", "35")
METERED = xml(REFERENCE, xml("cbc:ID", "M1"), xml("cbc:DocumentTypeCode", "130"))
DELIVERED_TO = [xml("cac:PartyName/cbc:Name", name) for name in ("Bakkerij", "Magazijn")]
MANDATE = xml("cac:PaymentMandate/cbc:ID", "MANDATE-1")


def period(start, end):
    return xml("cac:InvoicePeriod", xml("cbc:StartDate", start), xml("cbc:EndDate", end))


def card(number):
    number = xml("cbc:PrimaryAccountNumberID", number)
    return xml("cac:CardAccount", number, xml("cbc:NetworkID", "VISA"))


def second_means(code="30", inside="", behind="", **attributes):
    account = xml("cac:PayeeFinancialAccount/cbc:ID", "BE68539007547034")
    return after(MEANS, xml(MEANS, xml("cbc:PaymentMeansCode", code, **attributes), inside, account, behind))


def two(place, name):
    return before(place, *(xml(f"{name}/cbc:ID", number) for number in "12"))


IN_STANDARD = {
    "BR-01": [drop("cbc:CustomizationID")],
    "BR-02": [text("cbc:ID", " ")],
    "BR-04": [drop("cbc:InvoiceTypeCode")],
    "BR-05": [drop("cbc:DocumentCurrencyCode")],
    "BR-29": [after("cbc:BuyerReference", period("2026-01-05", "2026-01-04"))],
    "BR-50": [text(f"{ACCOUNT}/cbc:ID", "")],
    "BR-52": [text(f"{REFERENCE}/cbc:ID", "")],
    "BR-53": [after("cbc:DocumentCurrencyCode", xml("cbc:TaxCurrencyCode", "USD"))],
    "BR-55": [drop("cac:BillingReference/cac:InvoiceDocumentReference")],
    "BR-57": [drop(f"{ADDRESS}/cac:Country")],
    "BR-61": [drop(ACCOUNT)],
    "BR-CO-03": [
        before("cbc:CreditNoteTypeCode | cbc:DocumentCurrencyCode", xml("cbc:TaxPointDate", "2026-01-05")),
        after("cbc:BuyerReference", xml("cac:InvoicePeriod", PERIOD_CODE)),
    ],
    "BR-CO-19": [after("cbc:BuyerReference", xml("cac:InvoicePeriod"))],
    "UBL-CR-666": [after(f"{REFERENCE}/cbc:ID", xml("cbc:DocumentTypeCode", "130"))],
    "UBL-CR-673": [
        before(REFERENCE, METERED),
        after(f"{REFERENCE}/cbc:DocumentTypeCode", xml("cbc:DocumentDescription", "Meter")),
    ],
    "UBL-DT-07": [attribute("//cbc:EmbeddedDocumentBinaryObject", "filename")],
    "UBL-SR-01": [two(REFERENCE, "cac:ContractDocumentReference")],
    "UBL-SR-02": [two(REFERENCE, "cac:ReceiptDocumentReference")],
    "UBL-SR-03": [two(REFERENCE, "cac:DespatchDocumentReference")],
    "UBL-SR-04": [before(REFERENCE, METERED, METERED)],
    "UBL-SR-05": [twice("cac:PaymentTerms")],
    "UBL-SR-08": [after("cbc:BuyerReference", *[period("2026-01-01", "2026-01-05")] * 2)],
    "UBL-SR-24": [twice("cac:Delivery")],
    "UBL-SR-25": [after("cac:Delivery/cac:DeliveryLocation", xml("cac:DeliveryParty", *DELIVERED_TO))],
    "UBL-SR-26": [twice(f"{MEANS}/cbc:PaymentID")],
    "UBL-SR-33": [after(f"{REFERENCE}/cbc:ID", *[xml("cbc:DocumentDescription", "Factuur")] * 2)],
    "UBL-SR-43": [after(f"{REFERENCE}/cbc:ID", xml("cbc:DocumentTypeCode", "380"))],
    "UBL-SR-44": [second_means(inside=xml("cbc:PaymentID", "another"))],
    "UBL-SR-45": [
        drop("//cbc:PaymentDueDate | //cbc:DueDate"),
        before(f"{MEANS}/cbc:PaymentID", xml("cbc:PaymentDueDate", "2026-02-04")),
        second_means(inside=xml("cbc:PaymentDueDate", "2026-03-04")),
    ],
    "UBL-SR-46": [second_means(name="SEPA")],
    "UBL-SR-47": [second_means("58")],
    "UBL-SR-49": [after("cbc:BuyerReference", xml("cac:InvoicePeriod", PERIOD_CODE, PERIOD_CODE))],
    "UBL-SR-54": [before(ACCOUNT, card("123456")), second_means(inside=card("654321"))],
    "UBL-SR-55": [after(ACCOUNT, MANDATE), second_means(behind=MANDATE)],
    "UBL-SR-56": [drop(REFERENCE), two("cac:AccountingSupplierParty", "cac:OriginatorDocumentReference")],
}
ONLY_IN_INVOICES = {
    "UBL-SR-39": [two("cac:AccountingSupplierParty", "cac:ProjectReference")],
}
"""UBL 2.1 has no project reference in credit notes."""
IN_ITALY = {
    "BR-B-01": [text(f"{ADDRESS}/cac:Country/cbc:IdentificationCode", "SM")],
}
VIOLATIONS = [(STANDARD, IN_STANDARD), (STANDARD, ONLY_IN_INVOICES), (ITALIAN, IN_ITALY)]
