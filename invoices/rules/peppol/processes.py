"""Peppol's rules that differ between billing and self-billing: what a document says it is."""

from collections.abc import Callable, Collection

from invoices.findings import PolicyClass, Severity
from invoices.rules.peppol.amounts import IN_INVOICE_CURRENCY, currency_is_the_invoices
from invoices.rules.peppol.code_lists import (
    CREDIT_NOTE_TYPES,
    GERMAN_INVOICE_TYPES,
    INVOICE_TYPES,
    SELF_BILLED_CREDIT_NOTE_TYPES,
    SELF_BILLED_INVOICE_TYPES,
)
from invoices.rules.peppol.values import at
from invoices.rules.rule import Broken, Table
from invoices.rules.subject import Subject
from invoices.rules.tree import Leaf, Node, value_of

BILLING = Table()
SELF_BILLING = Table()

FATAL, FORM, MONEY = Severity.FATAL, PolicyClass.FORM, PolicyClass.MONEY

_COMPLIANT = "urn:cen.eu:en16931:2017#compliant#"
BILLING_SPECIFICATION = f"{_COMPLIANT}urn:fdc:peppol.eu:2017:poacc:billing:3.0"
SELF_BILLING_SPECIFICATION = f"{_COMPLIANT}urn:fdc:peppol.eu:2017:poacc:selfbilling:3.0"
"""What documents for these processes say that they follow (BT-24)."""

WITH_RESPONSE = "urn:peppol:bis:billing_with_response"
_FRENCH = {"urn:peppol:france:billing:regulated", "urn:peppol:france:billing:non-regulated"}
BILLING_PROCESSES = frozenset({"urn:fdc:peppol.eu:2017:poacc:billing:01:1.0", *_FRENCH})
SELF_BILLING_PROCESSES = frozenset({"urn:fdc:peppol.eu:2017:poacc:selfbilling:01:1.0", *_FRENCH})
"""Business processes (BT-23) that Peppol knows, besides `WITH_RESPONSE`."""

BILLING.rule_of_all(
    "PEPPOL-EN16931-R051", FATAL, MONEY, *IN_INVOICE_CURRENCY, "cac:TaxSubtotal/cbc:TaxAmount"
)(currency_is_the_invoices)
SELF_BILLING.rule_of_all("PEPPOL-EN16931-R051", FATAL, MONEY, *IN_INVOICE_CURRENCY)(currency_is_the_invoices)


def _follows(specification: str) -> Callable[[Node, Subject], Broken | None]:
    def test(root: Node, subject: Subject) -> Broken | None:
        """The document says that it follows this specification (BT-24), in the form for such identifiers.

        Peppol BIS Billing 3.0, PEPPOL-EN16931-R004.
        """
        found = subject.customization
        if found.startswith(specification) and "::" not in found:
            return None
        return Broken(at(root, "cbc:CustomizationID"), found=found or None, expected=specification)

    return test


BILLING.rule("PEPPOL-EN16931-R004", FATAL, FORM, "/")(_follows(BILLING_SPECIFICATION))
SELF_BILLING.rule("PEPPOL-EN16931-R004", FATAL, FORM, "/")(_follows(SELF_BILLING_SPECIFICATION))


def _has_process(processes: Collection[str]) -> Callable[[Node, Subject], Broken | None]:
    def test(root: Node, subject: Subject) -> Broken | None:
        """The business process (BT-23) is one that Peppol knows.

        Peppol BIS Billing 3.0, PEPPOL-EN16931-R007.
        """
        if subject.profile in processes:
            return None
        return Broken(at(root, "cbc:ProfileID"), found=subject.profile or None)

    return test


BILLING.rule("PEPPOL-EN16931-R007", FATAL, FORM, "/")(_has_process({*BILLING_PROCESSES, WITH_RESPONSE}))
SELF_BILLING.rule("PEPPOL-EN16931-R007", FATAL, FORM, "/")(
    _has_process({*SELF_BILLING_PROCESSES, WITH_RESPONSE})
)


def _is_of_type(
    types: Collection[str], processes: Collection[str]
) -> Callable[[Leaf, Subject], Broken | None]:
    def test(code: Leaf, subject: Subject) -> Broken | None:
        """The type (BT-3) is one for this business process.

        Peppol BIS Billing 3.0, PEPPOL-EN16931-P0100 and P0101.
        """
        found = value_of(code)
        return None if found in types or subject.profile not in processes else Broken(code, found=found)

    return test


for _rule, _place, _types, _self_billed in (
    ("PEPPOL-EN16931-P0100", "cbc:InvoiceTypeCode", INVOICE_TYPES, SELF_BILLED_INVOICE_TYPES),
    ("PEPPOL-EN16931-P0101", "cbc:CreditNoteTypeCode", CREDIT_NOTE_TYPES, SELF_BILLED_CREDIT_NOTE_TYPES),
):
    BILLING.rule(_rule, FATAL, FORM, _place)(_is_of_type(_types, {*BILLING_PROCESSES, WITH_RESPONSE}))
    SELF_BILLING.rule(_rule, FATAL, FORM, _place)(_is_of_type(_self_billed, SELF_BILLING_PROCESSES))


@BILLING.rule("PEPPOL-EN16931-P0112", FATAL, FORM, "cbc:InvoiceTypeCode")
def is_not_for_germans(code: Leaf, subject: Subject) -> Broken | None:
    """Partial and corrected invoices (326, 384) are for Germans only.

    Peppol BIS Billing 3.0, PEPPOL-EN16931-P0112.
    """
    found = value_of(code)
    return (
        Broken(code, found=found) if found in GERMAN_INVOICE_TYPES and not subject.is_among_germans else None
    )
