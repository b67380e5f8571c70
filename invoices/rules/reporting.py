"""Reporting: from a broken rule to a finding that says what, where, the value found and what to do."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import cast

from invoices import ubl
from invoices.explain import Language, explained
from invoices.findings import Finding, PolicyClass, Severity
from invoices.legible import legible
from invoices.rules.en16931.classes import policy_class
from invoices.rules.en16931.figures import figures
from invoices.rules.en16931.terms import term
from invoices.rules.rule import Broken, Rule
from invoices.rules.schematron.artefact import Check
from invoices.rules.subject import Subject
from invoices.rules.tree import Leaf, Node, element_of
from invoices.terms import term_at

MOST_PER_RULE = 100
"""Findings of one rule in one document; one more says how many were left out."""
_LONGEST_VALUE = 200

Reported = tuple[Rule, Broken]


class Locations:
    """XPaths of elements in one document, whose steps are counted once."""

    def __init__(self) -> None:
        self._steps: dict[Leaf, dict[Leaf, str]] = {}

    def of(self, element: Leaf) -> str:
        """XPath of the element with UBL's usual prefixes; a step is numbered where it has namesakes."""
        parent = element.getparent()
        if parent is None:
            return f"/{ubl.usual_name(element.tag)}"
        if parent not in self._steps:
            self._steps[parent] = dict(_numbered(parent))
        return f"{self.of(parent)}/{self._steps[parent][element]}"


def _numbered(parent: Leaf) -> Iterator[tuple[Leaf, str]]:
    namesakes = Counter(child.tag for child in parent)
    seen: Counter[str] = Counter()
    for child in parent:
        seen[child.tag] += 1
        name = ubl.usual_name(child.tag)
        yield child, name if namesakes[child.tag] == 1 else f"{name}[{seen[child.tag]}]"


def of_tables(broken: Iterable[Reported], locations: Locations) -> Iterator[Finding]:
    """Findings of rules written by hand."""
    for rule, where in broken:
        yield _finding(rule.code, rule.severity, rule.policy_class, where, locations)


def of_en16931(
    broken: Iterable[tuple[Check, Node | Leaf]], subject: Subject, locations: Locations
) -> Iterator[Finding]:
    """Findings of the official rules of EN 16931."""
    for check, element in broken:
        where = figures(check.code, element, subject, check.test)
        found = _finding(
            check.code, check.severity, policy_class(check.code, check.severity), where, locations
        )
        stated = term(check.code)
        if stated and (where.found is None or found.term is None):
            found = replace(found, term=stated)
        yield found


def of_added(broken: Iterable[tuple[Check, Node | Leaf]], locations: Locations) -> Iterator[Finding]:
    """Findings of rules that an operator added, in the artefact's own words."""
    for check, element in broken:
        fatal = check.severity is Severity.FATAL
        kind = PolicyClass.FORM if fatal else PolicyClass.WARNING
        found = _finding(check.code, check.severity, kind, Broken(element), locations)
        yield replace(found, message=legible(check.text, 600) or check.code, fix=None)


def limited(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings, of each rule only so many; for the rest, one that says how many were left out."""
    counts: Counter[str] = Counter()
    for finding in findings:
        counts[finding.code] += 1
        if counts[finding.code] <= MOST_PER_RULE:
            yield finding
    for code, count in counts.items():
        if count > MOST_PER_RULE:
            yield _left_out(code, count - MOST_PER_RULE)


def _left_out(code: str, count: int) -> Finding:
    finding = Finding("WB-MORE", Severity.WARNING, PolicyClass.WARNING, "", found=f"{code}: {count}")
    return _in_words(finding)


def _finding(
    code: str, severity: Severity, kind: PolicyClass, broken: Broken, locations: Locations
) -> Finding:
    element = element_of(broken.at)
    location = locations.of(element)
    finding = Finding(
        code=code,
        severity=severity,
        policy_class=kind,
        message="",
        location=location,
        line=cast("int | None", element.sourceline),
        term=term_at(location),
        found=_shown(broken.found),
        expected=_shown(broken.expected),
    )
    return _in_words(finding)


def _shown(value: str | None) -> str | None:
    return None if value is None else legible(value, _LONGEST_VALUE)


def _in_words(finding: Finding) -> Finding:
    words = explained(finding, Language.EN)
    return replace(finding, message=words.message or finding.code, fix=words.fix)
