"""What breaks the rules on lines and their prices, and on the form of allowances and charges: changes by rule."""

from tests.invoices.rules.en16931.documents import STANDARD
from tests.invoices.rules.en16931.edits import after, attribute, before, drop, eur, text, twice, xml
from tests.invoices.rules.en16931.fragments import LINE, adjustment, more_line

NET = f"{LINE}/cbc:LineExtensionAmount"
ITEM = f"{LINE}/cac:Item"
PRICE = f"{LINE}/cac:Price"
PRICE_AMOUNT = f"{PRICE}/cbc:PriceAmount"
ALLOWANCE, CHARGE = (
    f"cac:AllowanceCharge[cbc:ChargeIndicator='{is_charge}']" for is_charge in ("false", "true")
)
REASON = "*[self::cbc:AllowanceChargeReason or self::cbc:AllowanceChargeReasonCode]"


def period(*dates):
    return after(NET, xml("cac:InvoicePeriod", *dates))


def price_allowance(gross):
    amounts = (eur("cbc:Amount", "1"), eur("cbc:BaseAmount", gross))
    return xml("cac:AllowanceCharge", xml("cbc:ChargeIndicator", "false"), *amounts)


IN_STANDARD = {
    "BR-21": [text(f"{LINE}/cbc:ID", "")],
    "BR-22": [drop(f"{LINE}[1]/cbc:InvoicedQuantity")],
    "BR-23": [attribute(f"{LINE}/cbc:InvoicedQuantity", "unitCode")],
    "BR-25": [drop(f"{LINE}[1]/cac:Item/cbc:Name")],
    "BR-26": [drop(f"{LINE}[1]/cac:Price")],
    "BR-27": [text(PRICE_AMOUNT, "-10")],
    "BR-28": [after(PRICE_AMOUNT, price_allowance("-1"))],
    "BR-30": [period(xml("cbc:StartDate", "2026-01-05"), xml("cbc:EndDate", "2026-01-04"))],
    "BR-32": [after(CHARGE, adjustment(is_charge=False))],
    "BR-33": [drop(f"{ALLOWANCE}/{REASON}")],
    "BR-37": [after(CHARGE, adjustment(is_charge=True))],
    "BR-38": [drop(f"{CHARGE}/{REASON}")],
    "BR-42": [drop(f"{LINE}/{ALLOWANCE}/{REASON}")],
    "BR-44": [drop(f"{LINE}/{CHARGE}/{REASON}")],
    "BR-54": [
        after(f"{ITEM}/cac:ClassifiedTaxCategory", xml("cac:AdditionalItemProperty/cbc:Name", "Kleur"))
    ],
    "BR-64": [after(f"{ITEM}/cbc:Name", xml("cac:StandardItemIdentification/cbc:ID", "5412345000013"))],
    "BR-65": [
        after(f"{ITEM}/cbc:Name", xml("cac:CommodityClassification/cbc:ItemClassificationCode", "1101"))
    ],
    "BR-CO-04": [text(f"{ITEM}/cac:ClassifiedTaxCategory/cac:TaxScheme/cbc:ID", "GST")],
    "BR-CO-20": [period(xml("cbc:DescriptionCode", "35"))],
    "UBL-SR-30": [
        after(f"{ALLOWANCE}/cbc:AllowanceChargeReason", xml("cbc:AllowanceChargeReason", "Kermis"))
    ],
    "UBL-SR-31": [after(f"{CHARGE}/cbc:AllowanceChargeReason", xml("cbc:AllowanceChargeReason", "Kermis"))],
    "UBL-SR-34": [after(f"{LINE}/cbc:ID", *[xml("cbc:Note", note) for note in "12"])],
    "UBL-SR-35": [after(NET, *[xml("cac:OrderLineReference/cbc:LineID", number) for number in "12"])],
    "UBL-SR-36": [after(NET, *[xml("cac:InvoicePeriod/cbc:StartDate", "2026-01-05")] * 2)],
    "UBL-SR-37": [after(PRICE_AMOUNT, price_allowance("11"), price_allowance("11"))],
    "UBL-SR-48": [twice(f"{ITEM}/cac:ClassifiedTaxCategory")],
    "UBL-SR-50": [before(f"{ITEM}/cbc:Name", *[xml("cbc:Description", each) for each in "12"])],
    "UBL-SR-52": [after(NET, *[xml("cac:DocumentReference/cbc:ID", number) for number in "12"])],
}
ONLY_IN_CREDIT_NOTES = {
    "BR-24": [more_line("S", "21"), drop(f"{LINE}[last()]/cbc:LineExtensionAmount")],
}
"""The UBL schema demands the net amount of an invoice's lines."""
VIOLATIONS = [(STANDARD, IN_STANDARD), (STANDARD, ONLY_IN_CREDIT_NOTES)]
