"""Peppol's rules about codes: attachments, reasons, addresses and VAT exemptions."""

from collections.abc import Callable

from invoices.findings import PolicyClass, Severity
from invoices.rules.peppol.code_lists import (
    ALLOWANCE_REASONS,
    CHARGE_REASONS,
    ENDPOINT_SCHEMES,
    MIME_TYPES,
    PERIOD_CODES,
)
from invoices.rules.peppol.values import holds, only
from invoices.rules.rule import Broken, Table
from invoices.rules.subject import Subject
from invoices.rules.tree import Leaf, Node, attribute, string_of, value_of

CODES = Table()

FATAL, FORM, MONEY = Severity.FATAL, PolicyClass.FORM, PolicyClass.MONEY


@CODES.rule("PEPPOL-EN16931-CL001", FATAL, FORM, "cbc:EmbeddedDocumentBinaryObject")
def attachment_is_of_known_type(attachment: Leaf, _: Subject) -> Broken | None:
    """Attachments (BT-125) are PDF, PNG, JPEG, CSV or a spreadsheet.

    Peppol BIS Billing 3.0, PEPPOL-EN16931-CL001.
    """
    found = attribute(attachment, "mimeCode")
    return None if found is None or found in MIME_TYPES else Broken(attachment, found=found)


@CODES.rule_of_all("PEPPOL-EN16931-CL002", FATAL, FORM, "cac:AllowanceCharge")
def reason_is_of_allowance(allowances: list[Node], _: Subject) -> list[Broken]:
    """The reason code of an allowance is of UNCL 5189. Peppol BIS Billing 3.0, PEPPOL-EN16931-CL002."""
    return _with_other_reasons([each for each in allowances if _says(each, "false")], ALLOWANCE_REASONS)


@CODES.rule_of_all("PEPPOL-EN16931-CL003", FATAL, FORM, "cac:AllowanceCharge")
def reason_is_of_charge(charges: list[Node], _: Subject) -> list[Broken]:
    """The reason code of a charge is of UNCL 7161. Peppol BIS Billing 3.0, PEPPOL-EN16931-CL003."""
    said = [each for each in charges if _says(each, "true") and not _says(each, "false")]
    return _with_other_reasons(said, CHARGE_REASONS)


@CODES.rule("PEPPOL-EN16931-CL006", FATAL, FORM, "cac:InvoicePeriod/cbc:DescriptionCode")
def period_code_is_known(code: Leaf, _: Subject) -> Broken | None:
    """The code of when VAT is due (BT-8) is of UNCL 2005. Peppol BIS Billing 3.0, PEPPOL-EN16931-CL006."""
    found = value_of(code)
    return None if found in PERIOD_CODES else Broken(code, found=found)


@CODES.rule("PEPPOL-EN16931-CL008", FATAL, FORM, "cbc:EndpointID")
def address_is_of_known_scheme(endpoint: Leaf, _: Subject) -> Broken | None:
    """Electronic addresses (BT-34, BT-49) are of a scheme in the list.

    Peppol BIS Billing 3.0, PEPPOL-EN16931-CL008.
    """
    found = attribute(endpoint, "schemeID")
    return None if found is None or found in ENDPOINT_SCHEMES else Broken(endpoint, found=found)


def _exemption(reason: str, category: str) -> Callable[[Node, Subject], Broken | None]:
    def test(tax: Node, _: Subject) -> Broken | None:
        if "cbc:TaxExemptionReasonCode" not in tax or _exemption_reason(tax) != reason:
            return None
        found = only(tax, "cbc:ID")
        if found is None:
            return Broken(tax, expected=category)
        code = value_of(found)
        return None if code == category else Broken(found, found=code, expected=category)

    test.__doc__ = f"The exemption reason {reason} (BT-121) goes with VAT category {category} (BT-118)."
    return test


_CATEGORIES = {
    "PEPPOL-EN16931-P0104": ("VATEX-EU-G", "G"),
    "PEPPOL-EN16931-P0105": ("VATEX-EU-O", "O"),
    "PEPPOL-EN16931-P0106": ("VATEX-EU-IC", "K"),
    "PEPPOL-EN16931-P0107": ("VATEX-EU-AE", "AE"),
    "PEPPOL-EN16931-P0108": ("VATEX-EU-D", "E"),
    "PEPPOL-EN16931-P0109": ("VATEX-EU-F", "E"),
    "PEPPOL-EN16931-P0110": ("VATEX-EU-I", "E"),
    "PEPPOL-EN16931-P0111": ("VATEX-EU-J", "E"),
}
"""Which VAT category an exemption reason goes with, by the id of Peppol's rule."""

for _code, (_reason, _category) in _CATEGORIES.items():
    CODES.rule(_code, FATAL, MONEY, "cac:TaxCategory")(_exemption(_reason, _category))


def _says(allowance: Node, indicator: str) -> bool:
    return holds(allowance, "cbc:ChargeIndicator", indicator)


def _with_other_reasons(allowances: list[Node], reasons: frozenset[str]) -> list[Broken]:
    codes = [code for each in allowances for code in each.leaves("cbc:AllowanceChargeReasonCode")]
    return [Broken(code, found=value_of(code)) for code in codes if value_of(code) not in reasons]


def _exemption_reason(tax: Node) -> str:
    codes = tax.named("cbc:TaxExemptionReasonCode")
    return string_of(codes[0]).upper() if len(codes) == 1 else ""
