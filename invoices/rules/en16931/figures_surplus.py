"""Figures of surplus: elements that may stand once and stand more often, or that have no use at all."""

import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from invoices.legible import legible
from invoices.rules.en16931.amounts import shown
from invoices.rules.en16931.figures_totals import is_vat
from invoices.rules.en16931.places import anywhere, below_root, deepest
from invoices.rules.rule import Broken, Test
from invoices.rules.subject import Subject
from invoices.rules.tree import Leaf, Node, attribute, string_of

_SELLER = "cac:AccountingSupplierParty/cac:Party"
_BUYER = "cac:AccountingCustomerParty/cac:Party"

_ONCE = {
    "01": "cac:ContractDocumentReference/cbc:ID",
    "02": "cac:ReceiptDocumentReference/cbc:ID",
    "03": "cac:DespatchDocumentReference/cbc:ID",
    "05": "cac:PaymentTerms/cbc:Note",
    "06": "cac:InvoiceDocumentReference",
    "08": "cac:InvoicePeriod",
    "09": f"{_SELLER}/cac:PartyLegalEntity/cbc:RegistrationName",
    "10": f"{_SELLER}/cac:PartyName/cbc:Name",
    "11": f"{_SELLER}/cac:PartyLegalEntity/cbc:CompanyID",
    "14": f"{_SELLER}/cac:PartyLegalEntity/cbc:CompanyLegalForm",
    "15": f"{_BUYER}/cac:PartyLegalEntity/cbc:RegistrationName",
    "16": f"{_BUYER}/cac:PartyIdentification/cbc:ID",
    "17": f"{_BUYER}/cac:PartyLegalEntity/cbc:CompanyID",
    "22": "cac:PartyName/cbc:Name",
    "23": "cac:PartyTaxScheme/cbc:CompanyID",
    "24": "cac:Delivery",
    "25": "cac:DeliveryParty/cac:PartyName/cbc:Name",
    "26": "cbc:PaymentID",
    "27": "cbc:PaymentMeansCode",
    "28": "cac:PaymentMandate/cbc:ID",
    "30": "cbc:AllowanceChargeReason",
    "31": "cbc:AllowanceChargeReason",
    "32": "cac:TaxCategory/cbc:TaxExemptionReason",
    "33": "cbc:DocumentDescription",
    "34": "cbc:Note",
    "35": "cac:OrderLineReference/cbc:LineID",
    "36": "cac:InvoicePeriod",
    "37": "cac:Price/cac:AllowanceCharge/cbc:Amount",
    "39": "cac:ProjectReference/cbc:ID",
    "40": f"{_BUYER}/cac:PartyName/cbc:Name",
    "45": "cac:PaymentMeans/cbc:PaymentDueDate",
    "48": "cac:Item/cac:ClassifiedTaxCategory",
    "49": "cac:InvoicePeriod/cbc:DescriptionCode",
    "50": "cac:Item/cbc:Description",
    "51": "cac:AddressLine",
    "52": "cac:DocumentReference",
    "54": "cac:PaymentMeans/cac:CardAccount",
    "55": "cac:PaymentMeans/cac:PaymentMandate",
    "56": "cac:OriginatorDocumentReference/cbc:ID",
}
"""What may stand once, from the context of UBL-SR-01 to UBL-SR-56."""

_LINES = r"\(cac:InvoiceLine\|cac:CreditNoteLine\)/"
_FORBIDS = re.compile(
    rf"not\(\s*(?P<any>//)?(?P<line>{_LINES})?(?P<path>[\w:/]*?)/?(?:@(?P<attribute>\w+))?\s*\)"
)


def _surplus(found: list[Any], context: Node, *, most: int = 1) -> Broken:
    if len(found) <= most:
        return Broken(context)
    return Broken(found[most], str(len(found)), str(most))


def _once(path: str, context: Node, _: Subject) -> Broken:
    found = context.every(path)
    return _surplus(found, context) if found else Broken(deepest(context, path), "0", "1")


def _tax_numbers(party: str, root: Node, *, of_vat: bool) -> list[Any]:
    schemes = (each for each in root.nodes(f"{party}/cac:PartyTaxScheme") if is_vat(each) is of_vat)
    return [number for each in schemes for number in each.leaves("cbc:CompanyID")]


def _vat_number_of_seller(root: Node, _: Subject) -> Broken:
    return _surplus(_tax_numbers(_SELLER, root, of_vat=True), root)


def _tax_number_of_seller(root: Node, _: Subject) -> Broken:
    return _surplus(_tax_numbers(_SELLER, root, of_vat=False), root)


def _vat_number_of_buyer(root: Node, _: Subject) -> Broken:
    return _surplus(_tax_numbers(_BUYER, root, of_vat=True), root)


def _tax_schemes_of_seller(party: Node, _: Subject) -> Broken:
    return _surplus(party.every("cac:PartyTaxScheme"), party, most=2)


def _invoiced_objects(root: Node, _: Subject) -> Broken:
    found = [each for each in root.nodes("cac:AdditionalDocumentReference") if _is_object(each)]
    return _surplus([number for each in found for number in each.leaves("cbc:ID")], root)


def _is_object(reference: Node) -> bool:
    """Whether a document reference is the invoiced object's (BT-18)."""
    return any(string_of(code) == "130" for code in reference.leaves("cbc:DocumentTypeCode"))


def _creditor_ids(root: Node, subject: Subject) -> Broken:
    numbers = anywhere(subject, "cac:PartyIdentification/cbc:ID")
    return _surplus([each for each in numbers if (attribute(each, "schemeID") or "").upper() == "SEPA"], root)


def _different(name: str, root: Node, subject: Subject) -> Broken:
    """UBL-SR-44, UBL-SR-47: several are fine as long as they say the same."""
    first: dict[str, Leaf] = {}
    for each in anywhere(subject, name):
        first.setdefault(string_of(each), each)
    return _surplus(list(first.values()), root)


def _names_of_means(root: Node, _: Subject) -> Broken:
    codes = root.leaves("cac:PaymentMeans/cbc:PaymentMeansCode")
    return _surplus([code for code in codes if code.get("name") is not None], root)


def _payee(path: str, payee: Node, _: Subject) -> Broken:
    """UBL-SR-19 to -21: the payee has one of it, and a name that is not the seller's."""
    found = [each for each in payee.every(path) if (attribute(each, "schemeID") or "").upper() != "SEPA"]
    if len(found) > 1:
        return _surplus(found, payee)
    name = payee.first("cac:PartyName/cbc:Name")
    return Broken(payee if name is None else name, shown(name))


def _object_type(reference: Node, _: Subject) -> Broken:
    code = reference.first("cbc:DocumentTypeCode")
    return Broken(deepest(reference, "cbc:ID") if code is None else code, shown(code))


def _version(root: Node, _: Subject) -> Broken:
    at = root.leaves("cbc:UBLVersionID")[0]
    return Broken(at, shown(at), "2.1")


def _part_of_object(path: str, _: Node, subject: Subject) -> Broken:
    """UBL-CR-666, UBL-CR-673: the invoiced object is named, and neither described nor attached."""
    objects = (each for each in anywhere(subject, "cac:AdditionalDocumentReference") if _is_object(each))
    return Broken(next(each for reference in objects for each in reference.every(path)))


def _scheme_of_other(_: Node, subject: Subject) -> Broken:
    """UBL-CR-665: only the invoiced object's identifier has a scheme."""
    references = anywhere(subject, "cac:AdditionalDocumentReference")
    others = (each for each in references if not _is_object(each))
    return _with_attribute((number for each in others for number in each.leaves("cbc:ID")), "schemeID")


def _name_attribute(_: Node, subject: Subject) -> Broken:
    """UBL-DT-18: only a payment means code has a name beside it."""
    return _with_attribute(
        (
            each
            for place, elements in subject.tree.places.items()
            if place.name != "cbc:PaymentMeansCode"
            for each in elements
        ),
        "name",
    )


def _with_attribute(elements: Iterable[Any], name: str) -> Broken:
    at = next(each for each in elements if attribute(each, name) is not None)
    return Broken(at, legible(attribute(at, name) or "") or None)


def forbidden(test: str, context: Node, subject: Subject) -> Broken:
    """The first element that a test such as `not(cac:Delivery/cbc:ID)` forbids, or that has what it forbids.

    Of tests of another kind nothing is known but the context.
    """
    forbids = _FORBIDS.match(test)
    if forbids is None or context is not subject.root:
        return Broken(context)
    path = forbids["path"]
    paths = [f"cac:{kind}Line/{path}" for kind in ("Invoice", "CreditNote")] if forbids["line"] else [path]
    found = (anywhere if forbids["any"] else below_root)(subject, *paths)
    if forbids["attribute"]:
        return _with_attribute(found, forbids["attribute"])
    return Broken(next(found, context))


SURPLUS: Mapping[str, Test] = {
    **{f"UBL-SR-{number}": partial(_once, path) for number, path in _ONCE.items()},
    "UBL-SR-04": _invoiced_objects,
    "UBL-SR-12": _vat_number_of_seller,
    "UBL-SR-13": _tax_number_of_seller,
    "UBL-SR-18": _vat_number_of_buyer,
    "UBL-SR-19": partial(_payee, "cac:PartyName/cbc:Name"),
    "UBL-SR-20": partial(_payee, "cac:PartyIdentification/cbc:ID"),
    "UBL-SR-21": partial(_payee, "cac:PartyLegalEntity/cbc:CompanyID"),
    "UBL-SR-29": _creditor_ids,
    "UBL-SR-42": _tax_schemes_of_seller,
    "UBL-SR-43": _object_type,
    "UBL-SR-44": partial(_different, "cbc:PaymentID"),
    "UBL-SR-46": _names_of_means,
    "UBL-SR-47": partial(_different, "cbc:PaymentMeansCode"),
    "UBL-CR-002": _version,
    "UBL-CR-665": _scheme_of_other,
    "UBL-CR-666": partial(_part_of_object, "cac:Attachment"),
    "UBL-CR-673": partial(_part_of_object, "cbc:DocumentDescription"),
    "UBL-DT-18": _name_attribute,
}
