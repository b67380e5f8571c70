"""Findings: what is wrong with an invoice, as data; and the verdict that they add up to."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self


class Severity(StrEnum):
    """How much a broken rule weighs; `fatal` as Schematron's flag has it."""

    FATAL = "fatal"
    WARNING = "warning"


class PolicyClass(StrEnum):
    """What kind of rule was broken; the policy table decides by it what is done."""

    STRUCTURE = "structure"
    MONEY = "money"
    FORM = "form"
    WARNING = "warning"


class Verdict(StrEnum):
    """What the rules say of a document. A check that crashed is never a pass."""

    VALID = "valid"
    INVALID = "invalid"
    COULD_NOT_CHECK = "could_not_check"


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken rule.

    Attributes:
        code: The rule's stable id, such as `BR-CO-15`; a public contract, never renamed.
        message: The fact, found against expected, in plain English.
        location: XPath of the element, with UBL's usual prefixes (`cac`, `cbc`).
        line: Line in the document, from 1.
        term: Business term or group of EN 16931, such as `BT-112`.
        found: The value found.
        expected: The value expected, where it can be computed.
        fix: What a person can do about it.
    """

    code: str
    severity: Severity
    policy_class: PolicyClass
    message: str
    location: str | None = None
    line: int | None = None
    term: str | None = None
    found: str | None = None
    expected: str | None = None
    fix: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The finding as a JSON object with all of its fields."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The finding that `as_json` wrote."""
        return cls(
            **{
                **data,
                "severity": Severity(data["severity"]),
                "policy_class": PolicyClass(data["policy_class"]),
            }
        )


@dataclass(frozen=True, slots=True)
class RuleSetVersion:
    """Which rule set gave a verdict."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What one or more rule sets say of a document: the verdict, who gave it and the findings."""

    verdict: Verdict
    rule_sets: tuple[RuleSetVersion, ...]
    findings: tuple[Finding, ...] = ()

    @classmethod
    def of(cls, rule_set: RuleSetVersion, findings: tuple[Finding, ...]) -> Self:
        """The verdict of a check that ran to its end: invalid if any finding is fatal."""
        fatal = any(finding.severity is Severity.FATAL for finding in findings)
        return cls(Verdict.INVALID if fatal else Verdict.VALID, (rule_set,), findings)
