"""Rules among parties in Denmark about ways of payment: Peppol BIS Billing 3.0, DK-R-005 to DK-R-011."""

import re

from invoices.findings import PolicyClass, Severity
from invoices.rules.national.denmark import both_are_danish
from invoices.rules.national.reading import filled_text, text
from invoices.rules.rule import Broken, Table
from invoices.rules.subject import Subject
from invoices.rules.tree import Node

FATAL, FORM = Severity.FATAL, PolicyClass.FORM

DANISH_PAYMENT = Table(applies=lambda subject: not subject.is_credit_note and both_are_danish(subject))

MEANS = " 1 10 31 42 48 49 50 58 59 93 97 "
TRANSFERS = frozenset({"31", "42"})
DIRECT_DEBIT = "49"
GIRO = "50"
FIK = "93"

_MEANS = "/cac:PaymentMeans"
_ACCOUNT = "cac:PayeeFinancialAccount/cbc:ID"
_BRANCH = "cac:PayeeFinancialAccount/cac:FinancialInstitutionBranch/cbc:ID"
_MANDATE = "cac:PaymentMandate/cbc:ID"
_DEBITED = "cac:PaymentMandate/cac:PayerFinancialAccount/cbc:ID"
_GIRO_ACCOUNT = re.compile(r"[0-9]{7,8}").fullmatch


@DANISH_PAYMENT.rule("DK-R-005", FATAL, FORM, _MEANS)
def means_are_danish(means: Node, _: Subject) -> Broken | None:
    """The way of payment (BT-81) is one in use in Denmark. Peppol BIS Billing 3.0, DK-R-005."""
    code = _code(means)
    return None if f" {code} " in MEANS else Broken(means, found=code)


@DANISH_PAYMENT.rule("DK-R-006", FATAL, FORM, _MEANS)
def transfer_has_account_and_bank(means: Node, _: Subject) -> Broken | None:
    """A transfer (31, 42) has an account and its bank's number (BT-84, BT-86). Peppol BIS Billing 3.0, DK-R-006."""
    if _code(means) not in TRANSFERS or (filled_text(means, _ACCOUNT) and filled_text(means, _BRANCH)):
        return None
    return Broken(means)


@DANISH_PAYMENT.rule("DK-R-007", FATAL, FORM, _MEANS)
def debit_has_mandate_and_account(means: Node, _: Subject) -> Broken | None:
    """A direct debit (49) has a mandate and an account (BT-89, BT-91). Peppol BIS Billing 3.0, DK-R-007."""
    if _code(means) != DIRECT_DEBIT or (filled_text(means, _MANDATE) and filled_text(means, _DEBITED)):
        return None
    return Broken(means)


@DANISH_PAYMENT.rule("DK-R-008", FATAL, FORM, _MEANS)
def giro_has_card_type_and_account(means: Node, _: Subject) -> Broken | None:
    """A giro form (50) has a reference of type 01, 04 or 15 (BT-83) and a giro account of 7 or 8 digits (BT-84).

    Peppol BIS Billing 3.0, DK-R-008.
    """
    if _code(means) != GIRO:
        return None
    known = _reference(means)[:3] in {"01#", "04#", "15#"} and _GIRO_ACCOUNT(text(means, _ACCOUNT))
    return None if known else Broken(means, found=_reference(means))


@DANISH_PAYMENT.rule("DK-R-009", FATAL, FORM, _MEANS)
def giro_reference_is_whole(means: Node, _: Subject) -> Broken | None:
    """A reference (BT-83) of type 04 or 15 has 16 digits after its type. Peppol BIS Billing 3.0, DK-R-009."""
    if _code(means) != GIRO:
        return None
    reference = _reference(means)
    cut = reference[:3] in {"04#", "15#"} and len(reference) != 19
    return Broken(means, found=reference) if cut else None


@DANISH_PAYMENT.rule("DK-R-010", FATAL, FORM, _MEANS)
def fik_has_card_type_and_account(means: Node, _: Subject) -> Broken | None:
    """A FIK form (93) has a reference of type 71, 73 or 75 (BT-83) and an account of 8 characters (BT-84).

    Peppol BIS Billing 3.0, DK-R-010.
    """
    if _code(means) != FIK:
        return None
    known = _reference(means)[:3] in {"71#", "73#", "75#"} and len(text(means, _ACCOUNT)) == 8
    return None if known else Broken(means, found=_reference(means))


@DANISH_PAYMENT.rule("DK-R-011", FATAL, FORM, _MEANS)
def fik_reference_is_whole(means: Node, _: Subject) -> Broken | None:
    """A reference (BT-83) of type 71 or 75 has 15 or 16 digits after it. Peppol BIS Billing 3.0, DK-R-011."""
    if _code(means) != FIK:
        return None
    reference = _reference(means)
    cut = reference[:3] in {"71#", "75#"} and len(reference) not in {18, 19}
    return Broken(means, found=reference) if cut else None


def _code(means: Node) -> str:
    return text(means, "cbc:PaymentMeansCode")


def _reference(means: Node) -> str:
    return text(means, "cbc:PaymentID")
