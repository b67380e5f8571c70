"""Rules among parties in Germany about ways of payment: Peppol BIS Billing 3.0, DE-R-019, -020, -023 to -025."""

from invoices.findings import PolicyClass, Severity
from invoices.rules.national.check_digits import is_iban
from invoices.rules.national.germany import both_are_german
from invoices.rules.national.reading import only_text, text
from invoices.rules.rule import Broken, Table
from invoices.rules.subject import Subject
from invoices.rules.tree import Node, normalised

FATAL, WARNING = Severity.FATAL, Severity.WARNING
FORM, ONLY_WARNING = PolicyClass.FORM, PolicyClass.WARNING

GERMAN_PAYMENT = Table(applies=both_are_german)

TRANSFER = frozenset({"30", "58"})
SEPA_TRANSFER = frozenset({"58"})
CARD = frozenset({"48", "54", "55"})
SEPA_DEBIT = frozenset({"59"})

_ACCOUNT, _CARD, _MANDATE = "cac:PayeeFinancialAccount", "cac:CardAccount", "cac:PaymentMandate"


@GERMAN_PAYMENT.rule("DE-R-019", WARNING, ONLY_WARNING, "/cac:PaymentMeans")
def account_is_iban(means: Node, _: Subject) -> Broken | None:
    """A SEPA transfer (58) goes to an IBAN (BT-84). Peppol BIS Billing 3.0, DE-R-019."""
    return _iban(means, f"{_ACCOUNT}/cbc:ID") if _is(means, SEPA_TRANSFER) else None


@GERMAN_PAYMENT.rule("DE-R-020", WARNING, ONLY_WARNING, "/cac:PaymentMeans")
def debited_account_is_iban(means: Node, _: Subject) -> Broken | None:
    """A SEPA direct debit (59) comes from an IBAN (BT-91). Peppol BIS Billing 3.0, DE-R-020."""
    return _iban(means, f"{_MANDATE}/cac:PayerFinancialAccount/cbc:ID") if _is(means, SEPA_DEBIT) else None


@GERMAN_PAYMENT.rule("DE-R-023-1", FATAL, FORM, "/cac:PaymentMeans")
def transfer_has_account(means: Node, _: Subject) -> Broken | None:
    """A transfer (30, 58) has an account to pay to (BG-17). Peppol BIS Billing 3.0, DE-R-023-1."""
    return _needs(means, _ACCOUNT) if _is(means, TRANSFER) else None


@GERMAN_PAYMENT.rule("DE-R-023-2", FATAL, FORM, "/cac:PaymentMeans")
def transfer_is_nothing_else(means: Node, _: Subject) -> Broken | None:
    """A transfer (30, 58) has neither card nor mandate (BG-18, BG-19). Peppol BIS Billing 3.0, DE-R-023-2."""
    return _excludes(means, _CARD, _MANDATE) if _is(means, TRANSFER) else None


@GERMAN_PAYMENT.rule("DE-R-024-1", FATAL, FORM, "/cac:PaymentMeans")
def card_is_named(means: Node, _: Subject) -> Broken | None:
    """Payment by card (48, 54, 55) names the card (BG-18). Peppol BIS Billing 3.0, DE-R-024-1."""
    return _needs(means, _CARD) if _is(means, CARD) else None


@GERMAN_PAYMENT.rule("DE-R-024-2", FATAL, FORM, "/cac:PaymentMeans")
def card_is_nothing_else(means: Node, _: Subject) -> Broken | None:
    """Payment by card has neither account nor mandate (BG-17, BG-19). Peppol BIS Billing 3.0, DE-R-024-2."""
    return _excludes(means, _ACCOUNT, _MANDATE) if _is(means, CARD) else None


@GERMAN_PAYMENT.rule("DE-R-025-1", FATAL, FORM, "/cac:PaymentMeans")
def debit_has_mandate(means: Node, _: Subject) -> Broken | None:
    """A SEPA direct debit (59) has a mandate (BG-19). Peppol BIS Billing 3.0, DE-R-025-1."""
    return _needs(means, _MANDATE) if _is(means, SEPA_DEBIT) else None


@GERMAN_PAYMENT.rule("DE-R-025-2", FATAL, FORM, "/cac:PaymentMeans")
def debit_is_nothing_else(means: Node, _: Subject) -> Broken | None:
    """A SEPA direct debit has neither account nor card (BG-17, BG-18). Peppol BIS Billing 3.0, DE-R-025-2."""
    return _excludes(means, _ACCOUNT, _CARD) if _is(means, SEPA_DEBIT) else None


def _is(means: Node, codes: frozenset[str]) -> bool:
    return only_text(means, "cbc:PaymentMeansCode") in codes


def _needs(means: Node, name: str) -> Broken | None:
    return None if name in means else Broken(means)


def _excludes(means: Node, *names: str) -> Broken | None:
    return next((Broken(means.named(name)[0], found=name) for name in names if name in means), None)


def _iban(means: Node, path: str) -> Broken | None:
    account = text(means, path)
    return None if is_iban(account) else Broken(means, found=normalised(account))
