"""Rules written by hand: what a rule is, and how a table of them is asked about a document."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple, TypeVar

from invoices.findings import PolicyClass, Severity
from invoices.rules.subject import Subject
from invoices.rules.tree import Leaf, Node, Place, attribute


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that does not hold: where it shows best, what stands there, and what should, where known."""

    at: Node | Leaf
    found: str | None = None
    expected: str | None = None


Test = Callable[[Any, Subject], Broken | None]
"""Asked for each element in a rule's context; what it returns breaks the rule there."""

TestOfAll = Callable[[list[Any], Subject], Iterable[Broken]]
"""Asked once for all elements at a place in a rule's context; whatever it returns breaks the rule."""

_T = TypeVar("_T", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its id, how much it weighs, the contexts it is asked in, and its test, of each or of all."""

    code: str
    severity: Severity
    policy_class: PolicyClass
    contexts: tuple[str, ...]
    test: Test | None = None
    test_of_all: TestOfAll | None = None


class _Plan(NamedTuple):
    """The rules that are asked at a place."""

    of_all: list[tuple[Rule, TestOfAll]]
    of_each: list[tuple[Rule, Test]]
    by_attribute: dict[str, dict[str, list[tuple[Rule, Test]]]]


class Table:
    """Rules that are asked together, and of which documents; `table.rule(...)` decorates the test of each.

    A context is a path of names that an element's place ends in, such as `cac:TaxTotal/cac:TaxSubtotal`; with a
    `/` before it, the whole path from below the root; `/` alone is the root. The path may end in a value that an
    attribute must have, such as `cbc:EndpointID[@schemeID='0208']`.
    """

    def __init__(self, applies: Callable[[Subject], bool] = lambda _: True) -> None:
        self.applies = applies
        self.rules: list[Rule] = []

    @classmethod
    def together(cls, *tables: "Table") -> "Table":
        """One table with the rules of several that apply to every document: asking one costs less."""
        together = cls()
        together.rules = [rule for table in tables for rule in table.rules]
        return together

    def rule(
        self, code: str, severity: Severity, policy_class: PolicyClass, *contexts: str
    ) -> Callable[[_T], _T]:
        """Put the decorated test into the table, as the rule of this id, asked of each element."""
        return partial(self._add, Rule(code, severity, policy_class, contexts), "test")

    def rule_of_all(
        self, code: str, severity: Severity, policy_class: PolicyClass, *contexts: str
    ) -> Callable[[_T], _T]:
        """The same for a test that takes all the elements at a place: what is asked thousands of times."""
        return partial(self._add, Rule(code, severity, policy_class, contexts), "test_of_all")

    def broken(self, subject: Subject) -> list[tuple[Rule, Broken]]:
        """Every rule that the document breaks, once for each element that breaks it."""
        found: list[tuple[Rule, Broken]] = []
        if self.applies(subject):
            for place, elements in subject.tree.places.items():
                plan = place.plans.get(self)
                if plan is None:
                    plan = place.plans[self] = self._plan(place)
                if plan:
                    _ask(plan, elements, subject, found)
        return found

    def _add(self, rule: Rule, asked: str, test: _T) -> _T:
        changed: dict[str, Any] = {asked: test}
        self.rules.append(replace(rule, **changed))
        return test

    def _plan(self, place: Place) -> _Plan | tuple[()]:
        of_all, of_each, by_attribute = plan = _Plan([], [], {})
        for rule in self.rules:
            contexts = [context for context in map(_context, rule.contexts) if _is_at(place, context.path)]
            if contexts and rule.test_of_all:
                of_all.append((rule, rule.test_of_all))
            elif rule.test and any(not context.attribute for context in contexts):
                of_each.append((rule, rule.test))
            elif rule.test:
                for context in contexts:
                    values = by_attribute.setdefault(context.attribute, {})
                    values.setdefault(context.value, []).append((rule, rule.test))
        return plan if any(plan) else ()


def _ask(plan: _Plan, elements: list[Any], subject: Subject, found: list[tuple[Rule, Broken]]) -> None:
    for rule, test_of_all in plan.of_all:
        found.extend((rule, broken) for broken in test_of_all(elements, subject))
    for rule, test in plan.of_each:
        for element in elements:
            broken = test(element, subject)
            if broken is not None:
                found.append((rule, broken))
    for name, rules in plan.by_attribute.items():
        for element in elements:
            for rule, test in rules.get(attribute(element, name) or "", ()):
                broken = test(element, subject)
                if broken is not None:
                    found.append((rule, broken))


class _Context(NamedTuple):
    path: str
    attribute: str = ""
    value: str = ""


_WITH_ATTRIBUTE = re.compile(r"(.+)\[@(\w+)='([^']+)'\]")


def _context(context: str) -> _Context:
    with_attribute = _WITH_ATTRIBUTE.fullmatch(context)
    return _Context(*with_attribute.groups()) if with_attribute else _Context(context)


def _is_at(place: Place, context: str) -> bool:
    path = f"/{place.path}"
    return path == context if context[0] == "/" else path.endswith(f"/{context}")
