"""Rules written by hand: what a rule is, and how a table of them is asked about a document."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from invoices.findings import PolicyClass, Severity
from invoices.rules.subject import Subject
from invoices.rules.tree import Leaf, Node, Place


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that does not hold: where it shows best, what stands there, and what should, where known."""

    at: Node | Leaf
    found: str | None = None
    expected: str | None = None


Test = Callable[[Any, Subject], Broken | None]
"""Asked for each element in a rule's context; what it returns breaks the rule there."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its id, how much it weighs, the contexts it is asked in, and its test."""

    code: str
    severity: Severity
    policy_class: PolicyClass
    contexts: tuple[str, ...]
    test: Test


class Table:
    """Rules that are asked together, and of which documents; `table.rule(...)` decorates the test of each.

    A context is a path of names that an element's place ends in, such as `cac:TaxTotal/cac:TaxSubtotal`; with a
    `/` before it, the whole path from below the root; `/` alone is the root.
    """

    def __init__(self, applies: Callable[[Subject], bool] = lambda _: True) -> None:
        self.applies = applies
        self.rules: list[Rule] = []

    def rule(
        self, code: str, severity: Severity, policy_class: PolicyClass, *contexts: str
    ) -> Callable[[Test], Test]:
        """Put the decorated test into the table, as the rule of this id."""
        return partial(self._add, code, severity, policy_class, contexts)

    def broken(self, subject: Subject) -> Iterator[tuple[Rule, Broken]]:
        """Every rule that the document breaks, once for each element that breaks it."""
        if not self.applies(subject):
            return
        for place, elements in subject.tree.places.items():
            for rule in self._at(place):
                for element in elements:
                    broken = rule.test(element, subject)
                    if broken is not None:
                        yield rule, broken

    def _add(
        self, code: str, severity: Severity, policy_class: PolicyClass, contexts: tuple[str, ...], test: Test
    ) -> Test:
        self.rules.append(Rule(code, severity, policy_class, contexts, test))
        return test

    def _at(self, place: Place) -> Sequence[Rule]:
        rules = place.plans.get(self)
        if rules is None:
            rules = place.plans[self] = [rule for rule in self.rules if _is_at(place, rule.contexts)]
        return rules


def _is_at(place: Place, contexts: Iterable[str]) -> bool:
    path = f"/{place.path}"
    return any(path == context if context[0] == "/" else path.endswith(f"/{context}") for context in contexts)
