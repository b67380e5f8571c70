"""Compiled rules at work: which rules are asked of which elements, and which of them are broken."""

import re
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Context, Decimal, localcontext
from operator import eq, ge, gt, le, lt, ne
from types import CodeType
from typing import Any

from invoices.rules.schematron import numbers, sequences, strings
from invoices.rules.schematron.errors import XPathError
from invoices.rules.schematron.view import View
from invoices.rules.tree import Leaf, Node, Place, Tree

_EXACT = Context(prec=120)
"""Decimals of XPath are exact; 120 digits hold every product and sum of amounts."""
_PORTION = 100
"""Elements of a place that all rules see before any sees the next."""
FILE = "<compiled rules>"
"""What compiled code says it was read from."""

Rule = Callable[[Sequence[Any], View, Callable[[tuple[int, Any]], None]], None]
Fired = tuple[int, Any]
"""The index of a check, and the element that breaks it."""


class CheckCrashed(RuntimeError):
    """A check came to no result; `index` is that of the check, if it is known."""

    def __init__(self, index: int | None, problem: str) -> None:
        self.index = index
        super().__init__(problem)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A rule that an element may be about: if it has the `key`, and `test` holds; None asks for nothing."""

    rule: int
    test: Callable[[Any, View], Any] | None = None
    key_of: Callable[[Any, View], Any] | None = None
    key: str | None = None

    @property
    def takes_all(self) -> bool:
        """Whether every element is one that the rule is about."""
        return self.test is None and self.key_of is None

    def takes(self, element: Any, view: View) -> bool:
        """Whether the rule is about this element."""
        try:
            return (self.key_of is None or self.key_of(element, view) == self.key) and bool(
                self.test is None or self.test(element, view)
            )
        except XPathError:  # XSLT 2.0, 5.5.4: a pattern that stops with an error does not match
            return False


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be done with the elements at one place."""

    rules: tuple[Rule, ...]
    choices: tuple["_Choice", ...]
    ends: tuple[str, ...]
    forbidden: tuple[int, ...]


class _Choice:
    """Candidates in the order of their pattern, of which the first that takes an element has it."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self._candidates = candidates
        first = candidates[0].key_of
        self._key_of = first if all(each.key_of is first for each in candidates) else None
        self._by_key: dict[str | None, list[Candidate]] = {}
        for each in candidates:
            self._by_key.setdefault(each.key, []).append(replace(each, key_of=None))

    def divided(self, elements: Sequence[Any], view: View) -> dict[int, list[Any]]:
        """Elements by the rule that has them."""
        found: dict[int, list[Any]] = {}
        for element in elements:
            for candidate in self._likely(element, view):
                if candidate.takes(element, view):
                    found.setdefault(candidate.rule, []).append(element)
                    break
        return found

    def _likely(self, element: Any, view: View) -> Sequence[Candidate]:
        if self._key_of is None:
            return self._candidates
        try:
            return self._by_key.get(self._key_of(element, view), ())
        except XPathError:
            return ()


class Program:
    """A compiled artefact that can be asked."""

    def __init__(self, code: CodeType) -> None:
        names = {**_NAMES}
        exec(code, names)  # noqa: S102 (it is what our own compiler wrote)
        self._rules: tuple[Rule, ...] = names["RULES"]
        self._patterns: list[list[tuple[Any, ...]]] = names["PATTERNS"]
        self._forbidden: dict[str, list[int]] = names["FORBIDDEN"]
        self._ends = frozenset(names["ENDS"])
        self._slots: int = names["SLOTS"]
        self._lines: dict[int, int] = names["LINES"]

    def fired(self, tree: Tree) -> list[Fired]:
        """Which checks a document breaks, and at which elements.

        Raises:
            CheckCrashed: A check came to no result.
        """
        found: list[Fired] = []
        view = View(tree, self._slots)
        asked = self._prepared(tree, view, found)
        try:
            with localcontext(_EXACT):
                self._ask(asked, view, found)
        except Exception as error:
            raise CheckCrashed(self._check_in(error), f"{type(error).__name__}: {error}") from error
        return found

    def _prepared(self, tree: Tree, view: View, found: list[Fired]) -> list[tuple[list[Any], _Plan]]:
        """What is to be asked of which elements; finds those that may not be there at all on the way."""
        asked, at, under = [], view.at, view.under
        joined: set[str] = set()
        for place, elements in tree.places.items():
            plan: _Plan = place.plans.get(self) or self._made_plan(place)
            at[place.path] = elements
            for end in plan.ends:
                if end not in under:
                    under[end] = elements
                elif end in joined:
                    under[end].extend(elements)
                else:
                    under[end] = [*under[end], *elements]
                    joined.add(end)
            if plan.forbidden:
                found.extend(
                    (index, tree.root) for index in plan.forbidden if (index, tree.root) not in found
                )
            if plan.rules or plan.choices:
                asked.append((elements, plan))
        return asked

    def _ask(self, asked: list[tuple[list[Any], _Plan]], view: View, found: list[Fired]) -> None:
        out = found.append
        for elements, plan in _in_portions(asked):
            for rule in plan.rules:
                rule(elements, view, out)
            for choice in plan.choices:
                for number, chosen in choice.divided(elements, view).items():
                    self._rules[number](chosen, view, out)

    def _check_in(self, error: Exception) -> int | None:
        frames = (each for each in traceback.extract_tb(error.__traceback__) if each.filename == FILE)
        return next((self._lines[each.lineno] for each in frames if each.lineno in self._lines), None)

    def _made_plan(self, place: Place) -> _Plan:
        rules, choices = [], []
        for pattern in self._patterns:
            candidates = list(_candidates(place, pattern))
            if candidates and candidates[0].takes_all:
                rules.append(self._rules[candidates[0].rule])
            elif candidates:
                choices.append(_Choice(candidates))
        ends = list(_ends(place))
        paths = (place.path, *(f"//{end}" for end in ends))
        plan = place.plans[self] = _Plan(
            tuple(rules),
            tuple(choices),
            tuple(end for end in ends if end in self._ends),
            tuple(index for path in paths for index in self._forbidden.get(path, ())),
        )
        return plan


def _in_portions(asked: list[tuple[list[Any], _Plan]]) -> Iterator[tuple[list[Any], _Plan]]:
    """A hundred elements of a place at a time: all rules on those, while the processor still has them at hand."""
    yield from (each for each in asked if len(each[0]) <= _PORTION)
    large = [each for each in asked if len(each[0]) > _PORTION]
    longest = max((len(elements) for elements, _ in large), default=0)
    for start in range(0, longest, _PORTION):
        for elements, plan in large:
            portion = elements[start : start + _PORTION]
            if portion:
                yield portion, plan


def _candidates(place: Place, pattern: Sequence[tuple[Any, ...]]) -> Iterator[Candidate]:
    for rule, match, static, dynamic, guard in pattern:
        if not _matches(place, *match):
            continue
        decided = None if static is None else static(place)
        if decided is False:
            continue
        candidate = Candidate(rule) if decided else Candidate(rule, dynamic, *(guard or ()))
        yield candidate
        if candidate.takes_all:
            return


def _matches(place: Place | None, absolute: bool, steps: Sequence[tuple[str, str]]) -> bool:
    if not steps:
        return place is None or not absolute
    separator, name = steps[0]
    if place is None or name not in {"*", place.name}:
        return False
    if separator == "/" or len(steps) == 1:
        return (not absolute and len(steps) == 1) or _matches(place.parent, absolute, steps[1:])
    above = place.parent
    while above is not None:
        if _matches(above, absolute, steps[1:]):
            return True
        above = above.parent
    return False


def _ends(place: Place) -> Iterator[str]:
    """What the path of a place ends in, from its own name to all of it."""
    names = place.whole.split("/")
    return ("/".join(names[start:]) for start in reversed(range(len(names))))


def _all_of(*parts: bool | None) -> bool | None:
    return False if False in parts else None if None in parts else True


def _any_of(*parts: bool | None) -> bool | None:
    return True if True in parts else None if None in parts else False


def _none_of(part: bool | None) -> bool | None:
    return None if part is None else not part


_NAMES: dict[str, Any] = {
    **{
        name: value
        for module in (sequences, numbers, strings)
        for name, value in vars(module).items()
        if not name.startswith("_")
    },
    "Decimal": Decimal,
    "Leaf": Leaf,
    "Node": Node,
    "all_of": _all_of,
    "any_of": _any_of,
    "date": date,
    "none_of": _none_of,
    "re": re,
    **{each.__name__: each for each in (eq, ge, gt, le, lt, ne)},
}
