"""Figures of form: what is missing, what is too much, decimals, codes, periods and identifiers."""

from collections.abc import Mapping
from functools import partial

from invoices import values
from invoices.company import InvalidCompanyNumber, enterprise_number
from invoices.legible import legible
from invoices.rules.en16931.amounts import amount_found, in_cents, plain, shown
from invoices.rules.en16931.places import deepest
from invoices.rules.rule import Broken, Test
from invoices.rules.subject import Subject
from invoices.rules.tree import Leaf, Node, attribute, normalised, string_of, value_of

_SELLER = "cac:AccountingSupplierParty/cac:Party"
_BUYER = "cac:AccountingCustomerParty/cac:Party"
_ADDRESS = "cac:Country/cbc:IdentificationCode"

_MISSING = {
    "BR-01": "cbc:CustomizationID",
    "BR-02": "cbc:ID",
    "BR-03": "cbc:IssueDate",
    "BR-05": "cbc:DocumentCurrencyCode",
    "BR-06": f"{_SELLER}/cac:PartyLegalEntity/cbc:RegistrationName",
    "BR-07": f"{_BUYER}/cac:PartyLegalEntity/cbc:RegistrationName",
    "BR-08": f"{_SELLER}/cac:PostalAddress",
    "BR-09": _ADDRESS,
    "BR-10": f"{_BUYER}/cac:PostalAddress",
    "BR-11": _ADDRESS,
    "BR-18": "cac:PartyName/cbc:Name",
    "BR-20": _ADDRESS,
    "BR-21": "cbc:ID",
    "BR-23": "cbc:InvoicedQuantity",
    "BR-25": "cac:Item/cbc:Name",
    "BR-26": "cac:Price/cbc:PriceAmount",
    "BR-32": "cac:TaxCategory/cbc:ID",
    "BR-37": "cac:TaxCategory/cbc:ID",
    "BR-47": "cac:TaxCategory/cbc:ID",
    "BR-48": "cac:TaxCategory",
    "BR-50": "cbc:ID",
    "BR-52": "cbc:ID",
    "BR-55": "cac:InvoiceDocumentReference/cbc:ID",
    "BR-56": "cac:PartyTaxScheme",
    "BR-57": _ADDRESS,
    "BR-CO-04": "cac:Item/cac:ClassifiedTaxCategory",
    "BR-CO-18": "cac:TaxTotal/cac:TaxSubtotal",
    "BR-CO-26": "cac:Party",
    "BR-IC-11": "cac:Delivery/cbc:ActualDeliveryDate",
    "BR-IC-12": f"cac:Delivery/cac:DeliveryLocation/cac:Address/{_ADDRESS}",
    "UBL-SR-07": "cac:InvoiceDocumentReference/cbc:ID",
    "UBL-SR-53": "cac:TaxScheme",
}
"""Where the rules that ask for an element look for it."""

_DECIMALS = {
    **dict.fromkeys(("01", "05", "24", "27"), "cbc:Amount"),
    **dict.fromkeys(("02", "06", "25", "28"), "cbc:BaseAmount"),
    **dict.fromkeys(("09", "23"), "cbc:LineExtensionAmount"),
    "10": "cbc:AllowanceTotalAmount",
    "11": "cbc:ChargeTotalAmount",
    "12": "cbc:TaxExclusiveAmount",
    **dict.fromkeys(("13", "15"), "cac:TaxTotal/cbc:TaxAmount"),
    "14": "cbc:TaxInclusiveAmount",
    "16": "cbc:PrepaidAmount",
    "17": "cbc:PayableRoundingAmount",
    "18": "cbc:PayableAmount",
    "19": "cbc:TaxableAmount",
    "20": "cbc:TaxAmount",
}
"""The amount that each of BR-DEC-01 to BR-DEC-28 is about."""

_CODE_IN_TEXT = ("01", "04", "05", "06", "14", "15", "16", "17", "18", "19", "20", "22")
_CODE_IN_ATTRIBUTE = {
    "03": "currencyID",
    **dict.fromkeys(("07", "10", "11", "21", "25", "26"), "schemeID"),
    "13": "listID",
    "23": "unitCode",
    "24": "mimeCode",
}
_ALONE = {"BR-CO-03": "cbc:TaxPointDate", "BR-53": "cbc:TaxCurrencyCode", "BR-17": "cac:PartyName/cbc:Name"}
"""The element whose value cannot stand with what is, or is not, elsewhere."""


def _missing(path: str, context: Node, _: Subject) -> Broken:
    return Broken(deepest(context, path))


def _value(path: str, context: Node, _: Subject) -> Broken:
    at = deepest(context, path)
    return Broken(at, None if isinstance(at, Node) else shown(at))


def _own_value(context: Leaf, _: Subject) -> Broken:
    return Broken(context, shown(context))


def _attribute(name: str, context: Node | Leaf, _: Subject) -> Broken:
    return Broken(context, legible(attribute(context, name) or "") or None)


def _subject_code(note: Leaf, __: Subject) -> Broken:
    """BR-CL-08: a note's subject code stands between two number signs, where there are two."""
    code, second, _ = string_of(note).partition("#")[2].partition("#")
    return Broken(note, legible(code) or None if second else None)


def _decimals(path: str, context: Node, subject: Subject) -> Broken:
    return _too_fine(context.leaves(path)[0], subject)


def _too_fine(amount: Leaf, _: Subject) -> Broken:
    text = string_of(amount)
    value = values.decimal(normalised(text))
    if value is None:
        return Broken(amount, shown(amount))
    currency = amount.get("currencyID", "")
    # Digits as they stand: too many zeros are too many decimals too.
    return Broken(
        amount, f"{normalised(text)} {currency}".rstrip(), f"{plain(in_cents(value))} {currency}".rstrip()
    )


def _negative(path: str, line: Node, _: Subject) -> Broken:
    """BR-27, BR-28: a negative price; what it should be is for the seller to say."""
    at = deepest(line, path)
    return Broken(at, None if isinstance(at, Node) else amount_found(at))


def _period(period: Node, _: Subject) -> Broken:
    """BR-29, BR-30: the end, and the start that it must not lie before."""
    end = period.leaves("cbc:EndDate")[0]
    return Broken(end, shown(end), shown(period.first("cbc:StartDate")))


def _no_account(means: Node, _: Subject) -> Broken:
    return Broken(deepest(means, "cac:PayeeFinancialAccount"), shown(means.first("cbc:PaymentMeansCode")))


def _card_number(card: Leaf, _: Subject) -> Broken:
    """BR-51: card numbers are not repeated; only their last four digits may be shown."""
    text = value_of(card)
    return Broken(card, f"…{text[-4:]}", text[-4:])


def _vat_number(scheme: Node, _: Subject) -> Broken:
    """BR-CO-09: a VAT number without its country, which the party's address may tell."""
    at = scheme.leaves("cbc:CompanyID")[0]
    number, party = value_of(at), scheme.parent
    country = "" if party is None else party.value(f"cac:PostalAddress/{_ADDRESS}").upper()
    return Broken(at, shown(at), _with_country(number, {"GR": "EL"}.get(country, country)))


def _with_country(number: str, country: str) -> str | None:
    if country == "BE":
        try:
            return f"BE{enterprise_number(number)}"
        except InvalidCompanyNumber:
            return None
    if len(country) != 2 or not country.isalpha() or not number[:1].isdigit():
        return None
    return legible(country + number)


def _payable(_: Node | Leaf, subject: Subject) -> Broken:
    """BR-CO-25: an amount to pay without a due date."""
    at = subject.root.leaves("cac:LegalMonetaryTotal/cbc:PayableAmount")[0]
    return Broken(at, amount_found(at))


FORM: Mapping[str, Test] = {
    **{code: partial(_missing, path) for code, path in _MISSING.items()},
    **{code: partial(_value, path) for code, path in _ALONE.items()},
    **{f"BR-DEC-{number}": partial(_decimals, path) for number, path in _DECIMALS.items()},
    **{f"BR-CL-{number}": _own_value for number in _CODE_IN_TEXT},
    **{f"BR-CL-{number}": partial(_attribute, name) for number, name in _CODE_IN_ATTRIBUTE.items()},
    **dict.fromkeys(("BR-62", "BR-63", "BR-64", "BR-65"), _own_value),
    **dict.fromkeys(("BR-29", "BR-30"), _period),
    "BR-27": partial(_negative, "cac:Price/cbc:PriceAmount"),
    "BR-28": partial(_negative, "cac:Price/cac:AllowanceCharge/cbc:BaseAmount"),
    "BR-51": _card_number,
    "BR-61": _no_account,
    "BR-CL-08": _subject_code,
    "BR-CO-09": _vat_number,
    "BR-CO-25": _payable,
    "UBL-DT-01": _too_fine,
}
