"""Peppol's rules about identifiers: each scheme has its form, and some have check digits."""

from collections.abc import Callable

from invoices.findings import PolicyClass, Severity
from invoices.rules.peppol import check_digits
from invoices.rules.peppol.check_digits import is_digits
from invoices.rules.peppol.values import text_in
from invoices.rules.rule import Broken, Table
from invoices.rules.subject import Subject
from invoices.rules.tree import Leaf, Node, attribute, string_of, value_of

IDENTIFIERS = Table()

_PLACES = ("cbc:EndpointID", "cac:PartyIdentification/cbc:ID", "cbc:CompanyID")

BEFORE_VAT_NUMBERS = frozenset(
    {"0007", "0088", "0096", "0106", "0151", "0184", "0190"}
    | {"0192", "0198", "0201", "0208", "0210", "0211", "9944"}
)
"""Schemes for which an identifier is not looked at again as a Dutch VAT number."""


def _scheme(
    scheme: str, code: str, severity: Severity, places: tuple[str, ...] = _PLACES
) -> Callable[[Callable[[Leaf], bool]], Callable[[Leaf], bool]]:
    def decorate(is_well_formed: Callable[[Leaf], bool]) -> Callable[[Leaf], bool]:
        def test(identifier: Leaf, _: Subject) -> Broken | None:
            return None if is_well_formed(identifier) else Broken(identifier, found=value_of(identifier))

        test.__doc__ = is_well_formed.__doc__
        policy_class = PolicyClass.WARNING if severity is Severity.WARNING else PolicyClass.FORM
        contexts = [f"{place}[@schemeID='{scheme}']" for place in places]
        IDENTIFIERS.rule(code, severity, policy_class, *contexts)(test)
        return is_well_formed

    return decorate


@_scheme("0088", "PEPPOL-COMMON-R040", Severity.FATAL)
def is_gln(identifier: Leaf) -> bool:
    """A global location number has GS1's check digit. Peppol BIS Billing 3.0, PEPPOL-COMMON-R040."""
    return check_digits.is_gln(value_of(identifier))


@_scheme("0192", "PEPPOL-COMMON-R041", Severity.FATAL)
def is_norwegian(identifier: Leaf) -> bool:
    """A Norwegian organisation number has its check digit. Peppol BIS Billing 3.0, PEPPOL-COMMON-R041."""
    return check_digits.is_norwegian(value_of(identifier))


@_scheme("0184", "PEPPOL-COMMON-R042", Severity.FATAL)
def is_danish(identifier: Leaf) -> bool:
    """A Danish CVR number is eight digits, DK before them or not.

    Peppol BIS Billing 3.0, PEPPOL-COMMON-R042.
    """
    text = string_of(identifier)
    return is_digits(text, 8) or check_digits.is_danish(text)


@_scheme("0208", "PEPPOL-COMMON-R043", Severity.FATAL)
def is_belgian(identifier: Leaf) -> bool:
    """A Belgian enterprise number has its check digits. Peppol BIS Billing 3.0, PEPPOL-COMMON-R043."""
    return check_digits.is_belgian(value_of(identifier))


@_scheme("0201", "PEPPOL-COMMON-R044", Severity.WARNING)
def is_italian_office(identifier: Leaf) -> bool:
    """The code of an Italian office has six characters. Peppol BIS Billing 3.0, PEPPOL-COMMON-R044."""
    return check_digits.is_italian_office(value_of(identifier))


@_scheme("9907", "PEPPOL-COMMON-R046", Severity.WARNING, ("cbc:EndpointID",))
@_scheme("0210", "PEPPOL-COMMON-R045", Severity.WARNING)
def is_italian_tax_code(identifier: Leaf) -> bool:
    """An Italian tax code has its form. Peppol BIS Billing 3.0, PEPPOL-COMMON-R045 and R046."""
    return check_digits.is_italian_tax_code(value_of(identifier))


@_scheme("0211", "PEPPOL-COMMON-R047", Severity.WARNING)
def is_italian_vat(identifier: Leaf) -> bool:
    """An Italian VAT number has its check digit. Peppol BIS Billing 3.0, PEPPOL-COMMON-R047."""
    return check_digits.is_italian_vat(value_of(identifier))


@_scheme("0007", "PEPPOL-COMMON-R049", Severity.FATAL)
def is_swedish(identifier: Leaf) -> bool:
    """A Swedish organisation number has its check digit. Peppol BIS Billing 3.0, PEPPOL-COMMON-R049."""
    return check_digits.is_swedish(value_of(identifier))


@_scheme("0151", "PEPPOL-COMMON-R050", Severity.FATAL)
def is_australian(identifier: Leaf) -> bool:
    """An Australian business number has its check digits. Peppol BIS Billing 3.0, PEPPOL-COMMON-R050."""
    return check_digits.is_australian(value_of(identifier))


@_scheme("0096", "PEPPOL-COMMON-R052", Severity.FATAL)
def is_danish_site(identifier: Leaf) -> bool:
    """A Danish P number is ten digits. Peppol BIS Billing 3.0, PEPPOL-COMMON-R052."""
    return is_digits(string_of(identifier), 10)


@_scheme("0198", "PEPPOL-COMMON-R053", Severity.FATAL)
def is_danish_vat(identifier: Leaf) -> bool:
    """A Danish SE number is DK and eight digits. Peppol BIS Billing 3.0, PEPPOL-COMMON-R053."""
    return check_digits.is_danish(string_of(identifier))


@_scheme("0106", "PEPPOL-COMMON-R054", Severity.WARNING)
def is_dutch(identifier: Leaf) -> bool:
    """A Dutch KVK number is eight digits. Peppol BIS Billing 3.0, PEPPOL-COMMON-R054."""
    return is_digits(value_of(identifier), 8)


@_scheme("0190", "PEPPOL-COMMON-R055", Severity.WARNING)
def is_dutch_office(identifier: Leaf) -> bool:
    """A Dutch OIN is twenty digits. Peppol BIS Billing 3.0, PEPPOL-COMMON-R055."""
    return is_digits(value_of(identifier), 20)


@_scheme("9944", "PEPPOL-COMMON-R056-1", Severity.WARNING)
def is_dutch_vat(identifier: Leaf) -> bool:
    """A Dutch VAT number has its form. Peppol BIS Billing 3.0, PEPPOL-COMMON-R056-1."""
    return check_digits.is_dutch_vat(value_of(identifier))


@IDENTIFIERS.rule("PEPPOL-COMMON-R056-2", Severity.WARNING, PolicyClass.WARNING, "cac:PartyTaxScheme")
def vat_number_from_nl_is_dutch(scheme: Node, _: Subject) -> Broken | None:
    """A VAT number (BT-31, BT-48) that begins with NL is a Dutch one.

    Peppol BIS Billing 3.0, PEPPOL-COMMON-R056-2.
    """
    for number in scheme.named("cbc:CompanyID"):
        text = value_of(number)
        if text.startswith("NL") and not check_digits.is_dutch_vat(text) and _is_vat_number(scheme, number):
            return Broken(number, found=text)
    return None


@_scheme("0217", "PEPPOL-COMMON-R057", Severity.WARNING)
def is_dutch_site(identifier: Leaf) -> bool:
    """A Dutch establishment number is twelve digits; a VAT number from NL is not asked.

    Peppol BIS Billing 3.0, PEPPOL-COMMON-R057.
    """
    return is_digits(value_of(identifier), 12) or _is_vat_number_from_nl(identifier)


def _is_vat_number(scheme: Node, number: Leaf) -> bool:
    taxes = scheme.nodes("cac:TaxScheme")
    is_vat = len(taxes) == 1 and text_in(taxes[0], "cbc:ID") == "VAT"
    return is_vat and attribute(number, "schemeID") not in BEFORE_VAT_NUMBERS


def _is_vat_number_from_nl(identifier: Leaf) -> bool:
    parent = identifier.getparent()
    if parent is None or not parent.tag.endswith("}PartyTaxScheme"):
        return False
    schemes = [value_of(each) for each in parent.iterfind("{*}TaxScheme/{*}ID")]
    return schemes == ["VAT"] and value_of(identifier).startswith("NL")
