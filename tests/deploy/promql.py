"""Enough of PromQL to know which metrics an expression reads, and by which labels."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_FUNCTIONS = {
    "absent", "count", "delta", "histogram_quantile", "increase", "max", "min", "rate", "sum", "time", "topk", "vector",
}  # fmt: skip
_OPERATORS = {"and", "or", "unless", "bool", "offset", "on", "ignoring", "group_left", "group_right"}
_BEFORE_LABELS = {"by", "without", "on", "ignoring", "group_left", "group_right"}
_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)
      | (?P<matchers>\{(?:[^"{}]|"(?:[^"\\]|\\.)*")*\})
      | (?P<range>\[(?:[0-9]+(?:ms|[smhdwy])|\$__rate_interval)\])
      | (?P<number>[0-9]+(?:\.[0-9]+)?(?:ms|[smhdwy])?)
      | (?P<sign>==|!=|>=|<=|[()+\-*/%^<>,])""",
    re.VERBOSE,
)
_MATCHER = re.compile(r'\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)')


class NotPromql(ValueError):
    """The expression is none that this understands."""


@dataclass
class Read:
    """A metric that an expression reads: its matchers as (label, operator, value), and labels that it groups by."""

    metric: str
    matchers: list[tuple[str, str, str]] = field(default_factory=list)
    grouped_by: set[str] = field(default_factory=set)

    def fits(self, labels: dict[str, str]) -> bool:
        return all(
            _fits(operator, wanted, labels.get(label, "")) for label, operator, wanted in self.matchers
        )

    @property
    def labels(self) -> set[str]:
        return {label for label, _, _ in self.matchers} | self.grouped_by


def _fits(operator: str, wanted: str, found: str) -> bool:
    is_it = re.fullmatch(wanted, found) is not None if "~" in operator else wanted == found
    return is_it is not operator.startswith("!")


def tokens(expression: str) -> Iterator[tuple[str, str]]:
    place = 0
    while place < len(expression):
        token = _TOKEN.match(expression, place)
        if token is None:
            raise NotPromql(f"{expression[place : place + 30]!r} in {expression}")
        place = token.end()
        if token.lastgroup != "space":
            yield str(token.lastgroup), token[0]


def metrics_read(expression: str) -> list[Read]:
    """The metrics that an expression reads, in order; labels that it groups or matches by count for those inside.

    Raises:
        NotPromql: Parentheses do not match, or a name is neither known nor a metric's.
    """
    return _Reader(expression).read()


class _Reader:
    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._given = [*tokens(expression), ("end", "")]
        self._found: list[Read] = []
        self._open: list[set[str]] = []
        self._waiting: set[str] = set()

    def read(self) -> list[Read]:
        place = 0
        while self._given[place][0] != "end":
            kind, text = self._given[place]
            if text in _BEFORE_LABELS and self._given[place + 1][1] == "(":
                place, self._waiting = _label_list(self._given, place + 2)
                continue
            if kind == "name":
                self._name(text, self._given[place + 1][1])
            elif kind == "matchers":
                self._match(text, self._given[place - 1][0])
            elif text in {"(", ")"}:
                self._parenthesis(text)
            place += 1
        if self._open:
            raise NotPromql(f"a parenthesis too few in {self._expression}")
        return self._found

    def _name(self, text: str, following: str) -> None:
        if text in _OPERATORS:
            return
        if (text in _FUNCTIONS) is not (following in {"(", "by", "without"}):
            raise NotPromql(f"{text} is no function that is known, or not called, in {self._expression}")
        if text not in _FUNCTIONS:
            self._found.append(Read(text, grouped_by=set().union(*self._open)))

    def _match(self, text: str, before: str) -> None:
        if before != "name" or not self._found:
            raise NotPromql(f"{text} belongs to no metric in {self._expression}")
        self._found[-1].matchers += _matchers(text)

    def _parenthesis(self, text: str) -> None:
        if text == "(":
            self._open.append(self._waiting)
            self._waiting = set()
        elif self._open:
            self._open.pop()
        else:
            raise NotPromql(f"a parenthesis too many in {self._expression}")


def _label_list(given: list[tuple[str, str]], place: int) -> tuple[int, set[str]]:
    labels = set()
    while given[place][1] != ")":
        if given[place][0] == "name":
            labels.add(given[place][1])
        place += 1
    return place + 1, labels


def _matchers(text: str) -> list[tuple[str, str, str]]:
    inside, found, place = text[1:-1].strip(), [], 0
    while place < len(inside):
        matcher = _MATCHER.match(inside, place)
        if matcher is None:
            raise NotPromql(f"{text} are no matchers")
        found.append((matcher[1], matcher[2], matcher[3].replace("\\\\", "\\")))
        place = matcher.end()
    return found
