"""Business terms of EN 16931 by where they stand in UBL, after the syntax binding CEN/TS 16931-3-2."""

import re

_INDEX = re.compile(r"\[\d+\]")
_CREDIT_NOTE = {
    "CreditNoteLine": "InvoiceLine",
    "CreditedQuantity": "InvoicedQuantity",
    "CreditNoteTypeCode": "InvoiceTypeCode",
}

_ADDRESS = (
    "StreetName",
    "AdditionalStreetName",
    "AddressLine/cbc:Line",
    "CityName",
    "PostalZone",
    "CountrySubentity",
    "Country/cbc:IdentificationCode",
)


def _address(path: str, *terms: str) -> dict[str, str]:
    aggregates = {"AddressLine", "Country"}
    steps = (f"{'cac' if step.split('/')[0] in aggregates else 'cbc'}:{step}" for step in _ADDRESS)
    return {f"{path}/{step}": term for step, term in zip(steps, terms, strict=True)}


def _below(path: str, terms: dict[str, str]) -> dict[str, str]:
    return {f"{path}/{step}": term for step, term in terms.items()}


_HEAD = {
    "cbc:CustomizationID": "BT-24",
    "cbc:ProfileID": "BT-23",
    "cbc:ID": "BT-1",
    "cbc:IssueDate": "BT-2",
    "cbc:DueDate": "BT-9",
    "cbc:InvoiceTypeCode": "BT-3",
    "cbc:Note": "BT-22",
    "cbc:TaxPointDate": "BT-7",
    "cbc:DocumentCurrencyCode": "BT-5",
    "cbc:TaxCurrencyCode": "BT-6",
    "cbc:AccountingCost": "BT-19",
    "cbc:BuyerReference": "BT-10",
    "cac:InvoicePeriod": "BG-14",
    "cac:InvoicePeriod/cbc:StartDate": "BT-73",
    "cac:InvoicePeriod/cbc:EndDate": "BT-74",
    "cac:InvoicePeriod/cbc:DescriptionCode": "BT-8",
    "cac:OrderReference/cbc:ID": "BT-13",
    "cac:OrderReference/cbc:SalesOrderID": "BT-14",
    "cac:BillingReference/cac:InvoiceDocumentReference": "BG-3",
    "cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID": "BT-25",
    "cac:BillingReference/cac:InvoiceDocumentReference/cbc:IssueDate": "BT-26",
    "cac:DespatchDocumentReference/cbc:ID": "BT-16",
    "cac:ReceiptDocumentReference/cbc:ID": "BT-15",
    "cac:OriginatorDocumentReference/cbc:ID": "BT-17",
    "cac:ContractDocumentReference/cbc:ID": "BT-12",
    "cac:ProjectReference/cbc:ID": "BT-11",
    "cac:AdditionalDocumentReference": "BG-24",
    "cac:AdditionalDocumentReference/cbc:ID": "BT-122",
    "cac:AdditionalDocumentReference/cbc:DocumentDescription": "BT-123",
    "cac:AdditionalDocumentReference/cac:Attachment/cac:ExternalReference/cbc:URI": "BT-124",
    "cac:AdditionalDocumentReference/cac:Attachment/cbc:EmbeddedDocumentBinaryObject": "BT-125",
}

_SELLER = _below(
    "cac:AccountingSupplierParty/cac:Party",
    {
        "cbc:EndpointID": "BT-34",
        "cac:PartyIdentification/cbc:ID": "BT-29",
        "cac:PartyName/cbc:Name": "BT-28",
        "cac:PostalAddress": "BG-5",
        **_address("cac:PostalAddress", "BT-35", "BT-36", "BT-162", "BT-37", "BT-38", "BT-39", "BT-40"),
        "cac:PartyTaxScheme/cbc:CompanyID": "BT-31",
        "cac:PartyLegalEntity/cbc:RegistrationName": "BT-27",
        "cac:PartyLegalEntity/cbc:CompanyID": "BT-30",
        "cac:PartyLegalEntity/cbc:CompanyLegalForm": "BT-33",
        "cac:Contact": "BG-6",
        "cac:Contact/cbc:Name": "BT-41",
        "cac:Contact/cbc:Telephone": "BT-42",
        "cac:Contact/cbc:ElectronicMail": "BT-43",
    },
)
_BUYER = _below(
    "cac:AccountingCustomerParty/cac:Party",
    {
        "cbc:EndpointID": "BT-49",
        "cac:PartyIdentification/cbc:ID": "BT-46",
        "cac:PartyName/cbc:Name": "BT-45",
        "cac:PostalAddress": "BG-8",
        **_address("cac:PostalAddress", "BT-50", "BT-51", "BT-163", "BT-52", "BT-53", "BT-54", "BT-55"),
        "cac:PartyTaxScheme/cbc:CompanyID": "BT-48",
        "cac:PartyLegalEntity/cbc:RegistrationName": "BT-44",
        "cac:PartyLegalEntity/cbc:CompanyID": "BT-47",
        "cac:Contact": "BG-9",
        "cac:Contact/cbc:Name": "BT-56",
        "cac:Contact/cbc:Telephone": "BT-57",
        "cac:Contact/cbc:ElectronicMail": "BT-58",
    },
)
_OTHER_PARTIES = {
    "cac:AccountingSupplierParty": "BG-4",
    "cac:AccountingSupplierParty/cac:Party": "BG-4",
    "cac:AccountingCustomerParty": "BG-7",
    "cac:AccountingCustomerParty/cac:Party": "BG-7",
    "cac:PayeeParty": "BG-10",
    "cac:PayeeParty/cac:PartyName/cbc:Name": "BT-59",
    "cac:PayeeParty/cac:PartyIdentification/cbc:ID": "BT-60",
    "cac:PayeeParty/cac:PartyLegalEntity/cbc:CompanyID": "BT-61",
    "cac:TaxRepresentativeParty": "BG-11",
    "cac:TaxRepresentativeParty/cac:PartyName/cbc:Name": "BT-62",
    "cac:TaxRepresentativeParty/cac:PartyTaxScheme/cbc:CompanyID": "BT-63",
    "cac:TaxRepresentativeParty/cac:PostalAddress": "BG-12",
    **_address(
        "cac:TaxRepresentativeParty/cac:PostalAddress",
        *("BT-64", "BT-65", "BT-164", "BT-66", "BT-67", "BT-68", "BT-69"),
    ),
    "cac:Delivery": "BG-13",
    "cac:Delivery/cbc:ActualDeliveryDate": "BT-72",
    "cac:Delivery/cac:DeliveryParty/cac:PartyName/cbc:Name": "BT-70",
    "cac:Delivery/cac:DeliveryLocation/cbc:ID": "BT-71",
    "cac:Delivery/cac:DeliveryLocation/cac:Address": "BG-15",
    **_address(
        "cac:Delivery/cac:DeliveryLocation/cac:Address",
        *("BT-75", "BT-76", "BT-165", "BT-77", "BT-78", "BT-79", "BT-80"),
    ),
}
_PAYMENT = {
    "cac:PaymentMeans": "BG-16",
    "cac:PaymentMeans/cbc:PaymentMeansCode": "BT-81",
    "cac:PaymentMeans/cbc:PaymentMeansCode/@name": "BT-82",
    "cac:PaymentMeans/cbc:PaymentDueDate": "BT-9",
    "cac:PaymentMeans/cbc:PaymentID": "BT-83",
    "cac:PaymentMeans/cac:CardAccount": "BG-18",
    "cac:PaymentMeans/cac:CardAccount/cbc:PrimaryAccountNumberID": "BT-87",
    "cac:PaymentMeans/cac:CardAccount/cbc:HolderName": "BT-88",
    "cac:PaymentMeans/cac:PayeeFinancialAccount": "BG-17",
    "cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID": "BT-84",
    "cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:Name": "BT-85",
    "cac:PaymentMeans/cac:PayeeFinancialAccount/cac:FinancialInstitutionBranch/cbc:ID": "BT-86",
    "cac:PaymentMeans/cac:PaymentMandate": "BG-19",
    "cac:PaymentMeans/cac:PaymentMandate/cbc:ID": "BT-89",
    "cac:PaymentMeans/cac:PaymentMandate/cac:PayerFinancialAccount/cbc:ID": "BT-91",
    "cac:PaymentTerms/cbc:Note": "BT-20",
}
_MONEY = {
    "cac:TaxTotal/cbc:TaxAmount": "BT-110",
    "cac:TaxTotal/cac:TaxSubtotal": "BG-23",
    "cac:TaxTotal/cac:TaxSubtotal/cbc:TaxableAmount": "BT-116",
    "cac:TaxTotal/cac:TaxSubtotal/cbc:TaxAmount": "BT-117",
    "cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:ID": "BT-118",
    "cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:Percent": "BT-119",
    "cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:TaxExemptionReason": "BT-120",
    "cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:TaxExemptionReasonCode": "BT-121",
    "cac:LegalMonetaryTotal": "BG-22",
    "cac:LegalMonetaryTotal/cbc:LineExtensionAmount": "BT-106",
    "cac:LegalMonetaryTotal/cbc:AllowanceTotalAmount": "BT-107",
    "cac:LegalMonetaryTotal/cbc:ChargeTotalAmount": "BT-108",
    "cac:LegalMonetaryTotal/cbc:TaxExclusiveAmount": "BT-109",
    "cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount": "BT-112",
    "cac:LegalMonetaryTotal/cbc:PrepaidAmount": "BT-113",
    "cac:LegalMonetaryTotal/cbc:PayableRoundingAmount": "BT-114",
    "cac:LegalMonetaryTotal/cbc:PayableAmount": "BT-115",
}
_LINE = _below(
    "cac:InvoiceLine",
    {
        "cbc:ID": "BT-126",
        "cbc:Note": "BT-127",
        "cbc:InvoicedQuantity": "BT-129",
        "cbc:InvoicedQuantity/@unitCode": "BT-130",
        "cbc:LineExtensionAmount": "BT-131",
        "cbc:AccountingCost": "BT-133",
        "cac:InvoicePeriod": "BG-26",
        "cac:InvoicePeriod/cbc:StartDate": "BT-134",
        "cac:InvoicePeriod/cbc:EndDate": "BT-135",
        "cac:OrderLineReference/cbc:LineID": "BT-132",
        "cac:DocumentReference/cbc:ID": "BT-128",
        "cac:Price": "BG-29",
        "cac:Price/cbc:PriceAmount": "BT-146",
        "cac:Price/cac:AllowanceCharge/cbc:Amount": "BT-147",
        "cac:Price/cac:AllowanceCharge/cbc:BaseAmount": "BT-148",
        "cac:Price/cbc:BaseQuantity": "BT-149",
        "cac:Price/cbc:BaseQuantity/@unitCode": "BT-150",
        "cac:Item/cac:ClassifiedTaxCategory": "BG-30",
        "cac:Item/cac:ClassifiedTaxCategory/cbc:ID": "BT-151",
        "cac:Item/cac:ClassifiedTaxCategory/cbc:Percent": "BT-152",
        "cac:Item": "BG-31",
        "cac:Item/cbc:Name": "BT-153",
        "cac:Item/cbc:Description": "BT-154",
        "cac:Item/cac:SellersItemIdentification/cbc:ID": "BT-155",
        "cac:Item/cac:BuyersItemIdentification/cbc:ID": "BT-156",
        "cac:Item/cac:StandardItemIdentification/cbc:ID": "BT-157",
        "cac:Item/cac:CommodityClassification/cbc:ItemClassificationCode": "BT-158",
        "cac:Item/cac:OriginCountry/cbc:IdentificationCode": "BT-159",
        "cac:Item/cac:AdditionalItemProperty": "BG-32",
        "cac:Item/cac:AdditionalItemProperty/cbc:Name": "BT-160",
        "cac:Item/cac:AdditionalItemProperty/cbc:Value": "BT-161",
    },
)

TERMS = {
    **_HEAD,
    **_SELLER,
    **_BUYER,
    **_OTHER_PARTIES,
    **_PAYMENT,
    **_MONEY,
    "cac:InvoiceLine": "BG-25",
    **_LINE,
}
"""From the path below the root of an Invoice to the business term or group.

Left out is what the path alone does not tell, such as allowances from charges.
"""

_TOLD_BY_MORE_THAN_PATH = (
    "cac:AllowanceCharge/cbc:ChargeIndicator",
    "cac:AllowanceCharge/cbc:AllowanceChargeReasonCode",
    "cac:AllowanceCharge/cbc:AllowanceChargeReason",
    "cac:AllowanceCharge/cbc:MultiplierFactorNumeric",
    "cac:AllowanceCharge/cbc:Amount",
    "cac:AllowanceCharge/cbc:BaseAmount",
    "cac:AllowanceCharge/cac:TaxCategory/cbc:ID",
    "cac:AllowanceCharge/cac:TaxCategory/cbc:Percent",
    "cac:InvoiceLine/cac:AllowanceCharge",
    "cac:InvoiceLine/cac:Price/cac:AllowanceCharge/cbc:ChargeIndicator",
)
_TAX_SCHEMES = (
    "cac:AccountingSupplierParty/cac:Party/cac:PartyTaxScheme",
    "cac:AccountingCustomerParty/cac:Party/cac:PartyTaxScheme",
    "cac:TaxRepresentativeParty/cac:PartyTaxScheme",
    "cac:AllowanceCharge/cac:TaxCategory",
    "cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory",
    "cac:InvoiceLine/cac:Item/cac:ClassifiedTaxCategory",
)

_USED = frozenset(
    path.rsplit("/", up)[0]
    for path in (*TERMS, *_TOLD_BY_MORE_THAN_PATH, *(f"{each}/cac:TaxScheme/cbc:ID" for each in _TAX_SCHEMES))
    for up in range(path.count("/") + 1)
)


def term_at(location: str) -> str | None:
    """The business term at an XPath such as `/Invoice/cac:InvoiceLine[2]/cbc:ID`."""
    return TERMS.get(_path(location))


def is_used(location: str) -> bool:
    """Whether EN 16931 has a use for the element at an XPath; UBL knows many that it has none for."""
    return _path(location) in _USED


def _path(location: str) -> str:
    _, _, path = _INDEX.sub("", location).lstrip("/").partition("/")
    for of_credit_note, of_invoice in _CREDIT_NOTE.items():
        path = path.replace(of_credit_note, of_invoice)
    return path
