"""Figures of the VAT breakdown (BG-23) and of each VAT category: the families BR-S, BR-E, BR-AE and so on."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from functools import partial
from weakref import WeakKeyDictionary

from invoices.rules.en16931.amounts import (
    ZERO,
    NotANumber,
    number,
    number_at,
    numbers,
    shown,
    total,
    wrong_amount,
)
from invoices.rules.en16931.figures_totals import is_charge, is_vat, vat_amount
from invoices.rules.en16931.places import anywhere, deepest
from invoices.rules.rule import Broken, Test
from invoices.rules.subject import Subject
from invoices.rules.tree import Leaf, Node, value_of

CATEGORIES = {
    "BR-AE": "AE",
    "BR-AF": "L",
    "BR-AG": "M",
    "BR-E": "E",
    "BR-G": "G",
    "BR-IC": "K",
    "BR-O": "O",
    "BR-S": "S",
    "BR-Z": "Z",
}
"""Code of the VAT category (UNCL 5305) by the family of its rules."""

_RATED = frozenset({"S", "L", "M"})
_BUYER_NAMED = frozenset({"AE", "K"})
_SELLER = "cac:AccountingSupplierParty/cac:Party"
_BUYER = "cac:AccountingCustomerParty/cac:Party"
_REPRESENTATIVE = "cac:TaxRepresentativeParty"
_BREAKDOWN = "cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory"

Bases = Mapping[tuple[str, Decimal | None], Decimal]
"""Taxable amounts of lines, charges and allowances by category and rate, and by category with rate None."""

_BASES: WeakKeyDictionary[Subject, Bases | None] = WeakKeyDictionary()


def _bases(subject: Subject) -> Bases:
    # Kept while the document is under check: a breakdown may have as many groups as there are lines.
    if subject not in _BASES:
        try:
            _BASES[subject] = _reckoned(subject)
        except NotANumber:
            _BASES[subject] = None
    bases = _BASES[subject]
    if bases is None:
        raise NotANumber("an amount of a line, charge or allowance")
    return bases


def _reckoned(subject: Subject) -> Bases:
    bases: defaultdict[tuple[str, Decimal | None], Decimal] = defaultdict(Decimal)
    for categories, amount in _taxed(subject):
        codes = {value_of(code) for each in categories for code in each.leaves("cbc:ID")}
        rates = {rate for each in categories for rate in numbers(each, "cbc:Percent")}
        for code in codes:
            bases[code, None] += amount
        for code in codes & _RATED:
            for rate in rates:
                bases[code, rate] += amount
    return bases


def _taxed(subject: Subject) -> Iterator[tuple[list[Node], Decimal]]:
    name = "cac:CreditNoteLine" if subject.is_credit_note else "cac:InvoiceLine"
    for line in subject.root.nodes(name):
        amount = total(numbers(line, "cbc:LineExtensionAmount"))
        yield line.nodes("cac:Item/cac:ClassifiedTaxCategory"), amount
    for each in subject.root.nodes("cac:AllowanceCharge"):
        amount = total(numbers(each, "cbc:Amount"))
        yield each.nodes("cac:TaxCategory"), amount if is_charge(each) else -amount


def _subtotal(category: Node) -> Node:
    if category.parent is None:
        raise LookupError("a tax category without a subtotal")
    return category.parent


def _of_code(categories: Iterable[Node], code: str) -> list[Node]:
    return [each for each in categories if each.value("cbc:ID") == code]


def _groups(code: str, root: Node, subject: Subject) -> Broken:
    """-01: how many groups of the breakdown are of the category, and how many should be."""
    groups = _of_code(root.nodes(_BREAKDOWN), code)
    if code in _RATED:  # one for each rate
        most = len(groups) or 1 if (code, None) in _bases(subject) else 0
    else:
        groups, most = [each for each in groups if is_vat(each)], 1
    at = deepest(root, "cac:TaxTotal") if len(groups) <= most else _subtotal(groups[most])
    if len(groups) == most:
        return Broken(at)
    return Broken(at, str(len(groups)), str(most))


def _vat_numbers(root: Node, party: str, *, of_vat: bool = True) -> list[Leaf]:
    schemes = root.nodes(f"{party}/cac:PartyTaxScheme")
    return [found for each in schemes if not of_vat or is_vat(each) for found in each.leaves("cbc:CompanyID")]


def _parties(code: str, root: Node, _: Subject) -> Broken:
    """-02 to -04: the party whose VAT number is missing; outside the scope of VAT, the number to be left out."""
    seller = _vat_numbers(root, _SELLER, of_vat=code in {"G", "K", "O"})
    representative = _vat_numbers(root, _REPRESENTATIVE)
    if code == "O":
        surplus = (seller or representative or _vat_numbers(root, _BUYER))[0]
        return Broken(surplus, shown(surplus))
    buyer_lacks_it = code in _BUYER_NAMED and (seller or representative)
    return Broken(deepest(root, _BUYER if buyer_lacks_it else _SELLER))


def _rate(code: str, category: Node, _: Subject) -> Broken:
    """-05 to -07: zero where no VAT is due; of O, none at all; else it is for the seller to say."""
    percent = category.first("cbc:Percent")
    expected = None if code in _RATED or code == "O" else "0"
    if percent is None:
        return Broken(category, None, expected)
    return Broken(percent, f"{number(percent).normalize():f}", expected)


def _taxable(code: str, category: Node, subject: Subject) -> Broken:
    """-08: lines and charges less allowances, of the rate too where rates differ.

    A group whose rate no line or charge has is wrong whatever its amount: nothing is expected of it.
    """
    if code in _RATED:
        expected = _bases(subject).get((code, number_at(category, "cbc:Percent")))
    else:
        expected = _bases(subject).get((code, None), ZERO)
    return wrong_amount(_subtotal(category), "cbc:TaxableAmount", expected, subject)


def _vat(code: str, category: Node, subject: Subject) -> Broken:
    """-09: taxable amount times rate, or zero where no VAT is due."""
    subtotal = _subtotal(category)
    expected: Decimal | None = ZERO
    if code in _RATED:
        base, rate = number_at(subtotal, "cbc:TaxableAmount"), number_at(category, "cbc:Percent")
        expected = None if base is None or rate is None else vat_amount(base, rate)
    return wrong_amount(subtotal, "cbc:TaxAmount", expected, subject)


def _reason(_: str, category: Node, __: Subject) -> Broken:
    """-10: the exemption reason that should not be, or the group that lacks one."""
    reason = category.first("cbc:TaxExemptionReason")
    at = category.first("cbc:TaxExemptionReasonCode") if reason is None else reason
    return Broken(category if at is None else at, shown(at))


def _not_alone(categories: Iterable[Node]) -> Broken:
    """BR-O-11 to -14: the first category that must not stand beside one outside the scope of VAT."""
    return _category(next(each for each in categories if is_vat(each) and each.value("cbc:ID") != "O"))


def _category(category: Node) -> Broken:
    code = category.first("cbc:ID")
    return Broken(category if code is None else code, shown(code))


def _group_beside_o(root: Node, _: Subject) -> Broken:
    return _not_alone(root.nodes(_BREAKDOWN))


def _line_beside_o(_: Node, subject: Subject) -> Broken:
    return _not_alone(anywhere(subject, "cac:ClassifiedTaxCategory"))


def _allowance_beside_o(_: Node, subject: Subject) -> Broken:
    categories = anywhere(subject, "cac:AllowanceCharge/cac:TaxCategory")
    return _not_alone(each for each in categories if not is_charge(each.parent))


def _charge_beside_o(_: Node, subject: Subject) -> Broken:
    categories = anywhere(subject, "cac:AllowanceCharge/cac:TaxCategory")
    return _not_alone(each for each in categories if is_charge(each.parent))


def _outside_italy(_: Node, subject: Subject) -> Broken:
    country = next(each for each in anywhere(subject, "cbc:IdentificationCode") if value_of(each) != "IT")
    return Broken(country, shown(country))


def _split_payment(_: Node, subject: Subject) -> Broken:
    categories = anywhere(subject, "cac:TaxCategory", "cac:ClassifiedTaxCategory")
    return _category(next(each for each in categories if each.value("cbc:ID") == "B"))


_OF_CATEGORY: Mapping[str, Callable[[str, Node, Subject], Broken]] = {
    "01": _groups,
    **dict.fromkeys(("02", "03", "04"), _parties),
    **dict.fromkeys(("05", "06", "07"), _rate),
    "08": _taxable,
    "09": _vat,
    "10": _reason,
}

VAT: Mapping[str, Test] = {
    **{
        f"{family}-{rule}": partial(figure, code)
        for family, code in CATEGORIES.items()
        for rule, figure in _OF_CATEGORY.items()
    },
    "BR-O-11": _group_beside_o,
    "BR-O-12": _line_beside_o,
    "BR-O-13": _allowance_beside_o,
    "BR-O-14": _charge_beside_o,
    "BR-B-01": _outside_italy,
    "BR-B-02": _split_payment,
}
