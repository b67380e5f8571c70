"""Checks: the verdict of all rule sets on a document, and the facts of it; what worker processes call."""

from dataclasses import dataclass

from invoices.document import Document, parse
from invoices.facts import Facts
from invoices.findings import Checked, Finding, PolicyClass, RuleSetVersion, Severity, Verdict
from invoices.legible import legible
from invoices.rules import RuleSet
from invoices.rules.structure import Structure
from invoices.unreadable import Unreadable

READING = RuleSetVersion("Waybill reading", "1")
"""What makes a document unreadable: the first thing checked."""

RULE_SETS: tuple[RuleSet, ...] = (Structure(),)
"""The rule sets in force, in the order in which they are asked."""


@dataclass(frozen=True, slots=True)
class CheckedDocument:
    """What the rules say of a document, and its facts; None where it cannot be read."""

    checked: Checked
    facts: Facts | None


def rule_sets_key() -> str:
    """Names and versions of all rule sets in force: a verdict under another key is out of date."""
    versions = (READING, *(rule_set.version for rule_set in RULE_SETS))
    return "; ".join(f"{version.name} {version.version}" for version in versions)


def check(content: bytes) -> CheckedDocument:
    """Read a document and ask the rule sets; never raises, and never passes what it could not check."""
    facts = None
    try:
        document = parse(content)
        facts = Facts.of(document)
        return CheckedDocument(_ask(document), facts)
    except Unreadable as error:
        return CheckedDocument(Checked.of(READING, (error.finding,)), None)
    except Exception as error:
        return CheckedDocument(_failed(_described(error)), facts)


def could_not_check(reason: str) -> CheckedDocument:
    """The result for a document whose check did not come to an end; `reason` is half a sentence."""
    return CheckedDocument(_failed(reason), None)


def _ask(document: Document) -> Checked:
    checked = Checked.of(READING, ())
    for rule_set in RULE_SETS:
        checked = _joined(checked, _asked(rule_set, document))
        if checked.verdict is Verdict.COULD_NOT_CHECK or _breaks_structure(checked):
            break
    return checked


def _asked(rule_set: RuleSet, document: Document) -> Checked:
    try:
        return rule_set.check(document)
    except Exception as error:
        return _failed(f"{type(rule_set).__name__}: {_described(error)}")


def _joined(checked: Checked, further: Checked) -> Checked:
    verdicts = {checked.verdict, further.verdict}
    worst = next(verdict for verdict in _WORST_FIRST if verdict in verdicts)
    return Checked(worst, checked.rule_sets + further.rule_sets, checked.findings + further.findings)


_WORST_FIRST = (Verdict.COULD_NOT_CHECK, Verdict.INVALID, Verdict.VALID)


def _breaks_structure(checked: Checked) -> bool:
    return any(
        finding.policy_class is PolicyClass.STRUCTURE and finding.severity is Severity.FATAL
        for finding in checked.findings
    )


def _described(error: Exception) -> str:
    return legible(f"{type(error).__name__}: {error}", 200)


def _failed(reason: str) -> Checked:
    failure = Finding(
        code="WB-CHECK-FAILED",
        severity=Severity.FATAL,
        policy_class=PolicyClass.STRUCTURE,
        message=f"The check itself failed, so nobody knows whether the document is valid: {reason}.",
        fix="It is checked again by the next run. If it fails again, look at the document, and report this.",
    )
    return Checked(Verdict.COULD_NOT_CHECK, (), (failure,))
