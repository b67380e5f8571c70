"""What breaks the rules on seller, buyer, payee and tax representative: changes by rule."""

from tests.invoices.rules.en16931.documents import STANDARD
from tests.invoices.rules.en16931.edits import after, attribute, before, drop, text, xml

SELLER = "cac:AccountingSupplierParty/cac:Party"
BUYER = "cac:AccountingCustomerParty/cac:Party"
LEGAL = "cac:PartyLegalEntity"
NAME = xml("cac:PartyName/cbc:Name", "Maalderij")
ADDRESS = xml("cac:PostalAddress/cac:Country/cbc:IdentificationCode", "BE")


def numbered(number, scheme="VAT"):
    return xml("cac:PartyTaxScheme", xml("cbc:CompanyID", number), xml("cac:TaxScheme/cbc:ID", scheme))


NUMBER = numbered("BE0999000228")


def identified(number, **attributes):
    return xml("cac:PartyIdentification/cbc:ID", number, **attributes)


def payee(*content):
    return after("cac:AccountingCustomerParty", xml("cac:PayeeParty", *content))


def representative(name=NAME, address=ADDRESS, numbers=NUMBER):
    party = xml("cac:TaxRepresentativeParty", name, address, numbers)
    return after("cac:AccountingCustomerParty", party)


ADDRESS_LINES = [xml("cac:AddressLine/cbc:Line", text) for text in ("Poort 2", "Kade 3")]
OTHER_NUMBERS = [numbered("111", "TAX"), numbered("222", "GST")]

IN_STANDARD = {
    "BR-06": [drop(f"{SELLER}//cbc:RegistrationName")],
    "BR-07": [drop(f"{BUYER}//cbc:RegistrationName")],
    "BR-08": [drop(f"{SELLER}/cac:PostalAddress")],
    "BR-09": [drop(f"{SELLER}/cac:PostalAddress/cac:Country")],
    "BR-10": [drop(f"{BUYER}/cac:PostalAddress")],
    "BR-11": [drop(f"{BUYER}/cac:PostalAddress/cac:Country")],
    "BR-17": [text(f"{SELLER}/cac:PartyName/cbc:Name", "Maalderij"), payee(NAME)],
    "BR-18": [representative(name="")],
    "BR-19": [representative(address="")],
    "BR-20": [representative(address=xml("cac:PostalAddress/cbc:CityName", "Gent"))],
    "BR-56": [representative(numbers=numbered("BE0999000228", "TAX"))],
    "BR-62": [attribute(f"{SELLER}/cbc:EndpointID", "schemeID")],
    "BR-63": [attribute(f"{BUYER}/cbc:EndpointID", "schemeID")],
    "BR-CO-09": [text(f"{SELLER}/cac:PartyTaxScheme/cbc:CompanyID", "0999000129")],
    "BR-CO-26": [
        drop(f"{SELLER}/{LEGAL}/cbc:CompanyID"),
        text(f"{SELLER}/cac:PartyTaxScheme/cac:TaxScheme/cbc:ID", "TAX"),
    ],
    "UBL-SR-10": [after(f"{SELLER}/cac:PartyName", NAME)],
    "UBL-SR-11": [after(f"{SELLER}/{LEGAL}", xml(f"{LEGAL}/cbc:CompanyID", "123"))],
    "UBL-SR-12": [after(f"{SELLER}/cac:PartyTaxScheme", numbered("BE0999000228"))],
    "UBL-SR-13": [
        drop(f"{SELLER}/cac:PartyTaxScheme"),
        before(f"{SELLER}/{LEGAL}", *OTHER_NUMBERS),
    ],
    "UBL-SR-14": [after(f"{SELLER}/{LEGAL}", *[xml(f"{LEGAL}/cbc:CompanyLegalForm", "NV")] * 2)],
    "UBL-SR-16": [after(f"{BUYER}/cbc:EndpointID", identified("1"), identified("2"))],
    "UBL-SR-17": [after(f"{BUYER}/{LEGAL}", xml(f"{LEGAL}/cbc:CompanyID", "123"))],
    "UBL-SR-18": [after(f"{BUYER}/cac:PartyTaxScheme", numbered("BE0999000228"))],
    "UBL-SR-19": [payee(NAME, NAME)],
    "UBL-SR-20": [payee(identified("1", schemeID="0208"), identified("2", schemeID="0208"), NAME)],
    "UBL-SR-21": [payee(NAME, *[xml(f"{LEGAL}/cbc:CompanyID", number) for number in "12"])],
    "UBL-SR-23": [representative(numbers=NUMBER + numbered("1", "TAX"))],
    "UBL-SR-29": [after(f"{SELLER}/cbc:EndpointID", *[identified(f"BE{n}", schemeID="SEPA") for n in "12"])],
    "UBL-SR-40": [after(f"{BUYER}/cac:PartyName", NAME)],
    "UBL-SR-42": [after(f"{SELLER}/cac:PartyTaxScheme", *OTHER_NUMBERS)],
    "UBL-SR-51": [before(f"{BUYER}/cac:PostalAddress/cac:Country", *ADDRESS_LINES)],
    "UBL-SR-53": [
        after(f"{BUYER}/cac:PartyTaxScheme", xml("cac:PartyTaxScheme/cac:TaxScheme/cbc:ID", "TAX"))
    ],
}
ENDLESS = {
    "UBL-SR-09": ("BR-06", [after(f"{SELLER}/{LEGAL}", xml(f"{LEGAL}/cbc:RegistrationName", "Maalderij"))]),
    "UBL-SR-15": ("BR-07", [after(f"{BUYER}/{LEGAL}", xml(f"{LEGAL}/cbc:RegistrationName", "Bakkerij"))]),
    "UBL-SR-22": ("BR-18", [representative(name=NAME + NAME)]),
}
"""Rules against a second name, where another wants the text of the only one: at two, official engines stop."""
VIOLATIONS = [(STANDARD, IN_STANDARD)]
