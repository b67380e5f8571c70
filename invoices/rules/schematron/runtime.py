"""What compiled rules call: XPath 2.0's functions and operators over the tree of a document.

Elements come as `raw`: None, one element, or a list of several, which is how a node holds its children.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from functools import lru_cache
from math import floor, isfinite, isnan, nan
from typing import Any

from invoices.rules.tree import Leaf, Node, attribute, normalised, string_of

Raw = Any
Numeric = int | Decimal | float

_DECIMAL = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)
_DOUBLE = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|-?INF|NaN", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_DATE = re.compile(r"(-?\d{4,}-\d\d-\d\d)(Z|[+-]\d\d:\d\d)?", re.ASCII)
_LONGEST_NUMBER = 100
SPACE = " \t\r\n"
HUNDREDTH = Decimal("0.01")
_HALF = Decimal("0.5")
_DIVISION_SCALE = Decimal(1).scaleb(-18)


class XPathError(ValueError):
    """An expression that XPath stops at with an error, so that nobody knows whether the rule holds."""


def items(raw: Raw) -> Sequence[Any]:
    """The items of a sequence in any of its forms."""
    if raw is None:
        return ()
    return raw if type(raw) is list or type(raw) is tuple else (raw,)


def one(raw: Raw) -> Any:
    """The only item, or None; XPath's functions take no more than one where they expect a single value."""
    if type(raw) is list or type(raw) is tuple:
        if len(raw) > 1:
            raise XPathError("a sequence of more than one item where one is allowed (XPTY0004)")
        return raw[0] if raw else None
    return raw


def down(raw: Raw, name: str) -> Raw:
    """Children of this name of all elements."""
    if type(raw) is Node:
        return raw.get(name)
    if raw is None or type(raw) is Leaf:
        return None
    found = [child for each in raw if type(each) is Node for child in items(each.get(name))]
    return found or None


def children(raw: Raw) -> list[Any]:
    """All child elements of all elements, by name."""
    nodes = (each for each in items(raw) if type(each) is Node)
    return [child for node in nodes for value in node.values() for child in items(value)]


def descendants(raw: Raw) -> list[Any]:
    """All elements below all elements."""
    found = []
    for child in children(raw):
        found.append(child)
        found.extend(descendants(child))
    return found


def attributes(raw: Raw, name: str) -> list[str]:
    """Values of an attribute of all elements that have it."""
    values = (attribute(each, name) for each in items(raw))
    return [value for value in values if value is not None]


def every_attribute(raw: Raw) -> list[str]:
    """Values of all attributes of all elements."""
    return [str(value) for each in items(raw) for value in _element(each).attrib.values()]


def _element(each: Any) -> Leaf:
    return each.element if type(each) is Node else each


def named(raw: Raw, name: str) -> list[Any]:
    """Those of the elements that have this name."""
    return [each for each in items(raw) if name_of(each) == name]


def name_of(element: Node | Leaf) -> str:
    """The name of an element with UBL's usual prefix."""
    if isinstance(element, Node):
        return element.place.name
    return "cbc:" + element.tag.rpartition("}")[2]


def local_name(raw: Raw) -> str:
    """local-name() of an element."""
    element = one(raw)
    return "" if element is None else name_of(element).rpartition(":")[2].rpartition("}")[2]


def lexical_name(raw: Raw) -> str:
    """name() of an element: with the prefix that the document gives it."""
    element = one(raw)
    if element is None:
        return ""
    prefix = _element(element).prefix
    return f"{prefix}:{local_name(element)}" if prefix else local_name(element)


def where(raw: Raw, test: Callable[..., Any], *given: Any) -> list[Any]:
    """Those items for which the predicate holds."""
    return [each for each in items(raw) if test(each, *given)]


def some(raw: Raw, test: Callable[..., Any], *given: Any) -> bool:
    """Whether the test holds for some item."""
    return any(test(each, *given) for each in items(raw))


def every(raw: Raw, test: Callable[..., Any], *given: Any) -> bool:
    """Whether the test holds for every item."""
    return all(test(each, *given) for each in items(raw))


def mapped(raw: Raw, value: Callable[..., Any], *given: Any) -> list[Any]:
    """The values of an expression for each item, one after another."""
    found: list[Any] = []
    for each in items(raw):
        values = value(each, *given)
        if type(values) is list or type(values) is tuple:
            found.extend(values)
        elif values is not None:
            found.append(values)
    return found


def index(raw: Raw, keys: Callable[..., Any], *given: Any) -> dict[Any, list[Any]]:
    """Items by what they have for keys."""
    found: dict[Any, list[Any]] = {}
    for each in raw or ():
        key = keys(each, *given)
        if type(key) is list or type(key) is tuple:
            for value in dict.fromkeys(key):
                found.setdefault(value, []).append(each)
        elif key is not None:
            found.setdefault(key, []).append(each)
    return found


def at(raw: Raw, position: Numeric) -> Raw:
    """The item at a position, from 1."""
    found = items(raw)
    return found[int(position) - 1] if position == int(position) and 0 < position <= len(found) else None


def last(raw: Raw) -> Raw:
    """The last item."""
    found = items(raw)
    return found[-1] if found else None


def union(*sequences: Raw) -> list[Any]:
    """All elements of all sequences, each once."""
    return list({id(each): each for raw in sequences for each in items(raw)}.values())


def first_of_each(raw: Raw) -> list[Any]:
    """Of elements with the same text the first."""
    found: dict[str, Any] = {}
    for each in items(raw):
        found.setdefault(string_of(each), each)
    return list(found.values())


def text(raw: Raw) -> str:
    """string() of at most one element or value; empty where there is none."""
    if type(raw) is Leaf:
        return raw.text or ""
    if raw is None:
        return ""
    if type(raw) is str:
        return raw
    if type(raw) is Node:
        return string_of(raw)
    return text(one(raw))


def text_or_none(raw: Raw) -> str | None:
    """The text of at most one element or value."""
    found = one(raw)
    return None if found is None else text(found)


def texts(raw: Raw) -> list[str]:
    """The text of every element or value."""
    return [text(each) for each in items(raw)]


def text_nodes(raw: Raw) -> list[str]:
    """The text nodes of elements: those that have text."""
    return [found for each in items(raw) if (found := _element(each).text)]


def space(raw: Raw) -> str:
    """normalize-space()."""
    return normalised(text(raw))


def blank(raw: Raw) -> bool:
    """Whether normalize-space() gives nothing."""
    return not text(raw).strip(SPACE)


def equal(raw: Raw, value: str) -> bool:
    """Whether the text of some item is `value`."""
    if type(raw) is list:
        return value in map(text, raw)
    return raw is not None and text(raw) == value


def unequal(raw: Raw, value: str) -> bool:
    """Whether the text of some item is other than `value`."""
    return any(text(each) != value for each in items(raw))


def compared(left: Raw, right: Raw, holds: Callable[[Any, Any], bool]) -> bool:
    """Whether a comparison holds between some item of the one and some item of the other sequence."""
    others = items(right)
    return any(holds(one_side, other) for one_side in items(left) for other in others)


def common(left: Raw, right: Raw) -> bool:
    """Whether two sequences of strings or of decimals have a value in common."""
    return not set(items(left)).isdisjoint(items(right))


@lru_cache(maxsize=4096)
def decimal_of(value: str) -> Decimal:
    """xs:decimal() of a text."""
    stripped = value.strip(SPACE)
    if len(stripped) > _LONGEST_NUMBER or not _DECIMAL.fullmatch(stripped):
        raise XPathError(f"“{stripped[:40]}” is not a decimal number (FORG0001)")
    return Decimal(stripped)


def decimal(raw: Raw) -> Decimal | None:
    """xs:decimal() of at most one element or text."""
    if type(raw) is Leaf:
        return decimal_of(raw.text or "")
    if raw is None:
        return None
    found = one(raw)
    return None if found is None else decimal_of(text(found))


def decimal_of_double(value: float) -> Decimal:
    """xs:decimal() of a double: its exact value."""
    if not isfinite(value):
        raise XPathError(f"{value} has no decimal value (FOCA0002)")
    return Decimal(value)


@lru_cache(maxsize=4096)
def double_of(value: str) -> float:
    """xs:double() of a text."""
    stripped = value.strip(SPACE)
    if len(stripped) > _LONGEST_NUMBER or not _DOUBLE.fullmatch(stripped):
        raise XPathError(f"“{stripped[:40]}” is not a number (FORG0001)")
    return float(stripped)


def doubles(raw: Raw) -> list[float]:
    """xs:double() of the text of every element."""
    return [double_of(text(each)) for each in items(raw)]


def number(raw: Raw) -> float:
    """number(): NaN for what is none."""
    found = one(raw)
    try:
        return nan if found is None else float(found) if not _is_text(found) else double_of(text(found))
    except XPathError:
        return nan


def _is_text(value: Any) -> bool:
    return type(value) is str or type(value) is Node or type(value) is Leaf


def integer_of(value: Any) -> int:
    """xs:integer() of a text or a number."""
    if not _is_text(value):
        return int(value)
    stripped = text(value).strip(SPACE)
    if len(stripped) > _LONGEST_NUMBER or not _INTEGER.fullmatch(stripped):
        raise XPathError(f"“{stripped[:40]}” is not an integer (FORG0001)")
    return int(stripped)


def boolean_of(value: str) -> bool:
    """xs:boolean() of a text."""
    stripped = value.strip(SPACE)
    if stripped not in {"true", "false", "1", "0"}:
        raise XPathError(f"“{stripped[:40]}” is neither true nor false (FORG0001)")
    return stripped in {"true", "1"}


def date_of(value: str) -> date:
    """xs:date() of a text; its time zone is left out, as comparing dates of one document allows."""
    found = _DATE.fullmatch(value.strip(SPACE))
    try:
        return date.fromisoformat(found[1]) if found else _no_date(value)
    except ValueError:
        return _no_date(value)


def _no_date(value: str) -> date:
    raise XPathError(f"“{value[:40]}” is not a date (FORG0001)")


def castable(raw: Raw, cast: Callable[[Any], Any]) -> bool:
    """Whether a value can be cast."""
    found = items(raw)
    try:
        return len(found) == 1 and (cast(text(found[0]) if _is_text(found[0]) else found[0]), True)[1]
    except (XPathError, ValueError):
        return False


def divided(left: Numeric, right: Numeric) -> Decimal:
    """`div` of decimals, with the 18 decimals that Saxon gives it."""
    if right == 0:
        raise XPathError("division by zero (FOAR0001)")
    quotient = Decimal(left) / Decimal(right)
    rounded = quotient.quantize(_DIVISION_SCALE, ROUND_HALF_UP)
    return rounded or quotient


def divided_doubles(left: float, right: float) -> float:
    """`div` of doubles."""
    if right:
        return left / right
    return nan if isnan(left) or not left else left * float("inf")


def remainder(left: Any, right: Any) -> Any:
    """`mod`: what is left of the dividend, with its sign."""
    if right == 0:
        if type(left) is float:
            return nan
        raise XPathError("division by zero (FOAR0001)")
    left_over = abs(left) % abs(right)
    return -left_over if left < 0 else left_over


def whole_quotient(left: Any, right: Any) -> int:
    """`idiv`: how many times, towards zero."""
    if right == 0:
        raise XPathError("division by zero (FOAR0001)")
    times = int(abs(left) // abs(right))
    return -times if (left < 0) != (right < 0) else times


def truth_of_double(value: float | None) -> bool:
    """The effective boolean value of a number that may be NaN."""
    return bool(value) and value == value  # noqa: PLR0124 (only NaN is not itself)


def rounded(value: Any) -> Any:
    """round(): to the nearest whole number, halves up."""
    if value is None or type(value) is int:
        return value
    if type(value) is float:
        return float(floor(value + 0.5)) if isfinite(value) else value
    return (value + _HALF).to_integral_value(ROUND_FLOOR)


def absolute(value: Any) -> Any:
    """abs()."""
    return None if value is None else abs(value)


def total_of_doubles(raw: Raw) -> float:
    """sum() of elements: untyped values count as doubles."""
    return sum(doubles(raw))


def before(value: str, mark: str) -> str:
    """substring-before()."""
    head, found, _ = value.partition(mark) if mark else ("", "", "")
    return head if found else ""


def after(value: str, mark: str) -> str:
    """substring-after()."""
    return value.partition(mark)[2] if mark else value


def part(value: str, start: Numeric, length: Numeric | None = None) -> str:
    """substring(), whose positions count from 1 and are rounded."""
    if isinstance(start, float) and isnan(start):
        return ""
    first = int(rounded(start))
    end = None if length is None else first + int(rounded(length)) - 1
    return value[max(first - 1, 0) : None if end is None else max(end, 0)]


def translated(value: str, letters: str, others: str) -> str:
    """translate()."""
    table = {
        ord(letter): others[i] if i < len(others) else None
        for i, letter in reversed(list(enumerate(letters)))
    }
    return value.translate(table)


def string_of_number(value: Any) -> str:
    """string() of a number or boolean."""
    if value is None:
        return ""
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is float:
        return _string_of_double(value)
    if type(value) is Decimal:
        shown = f"{value:f}"
        return (shown.rstrip("0").rstrip(".") or "0") if "." in shown else shown
    return str(value)


def _string_of_double(value: float) -> str:
    if isnan(value):
        return "NaN"
    if not isfinite(value):
        return "INF" if value > 0 else "-INF"
    return str(int(value)) if value == int(value) and abs(value) < 1e6 else repr(value)


def joined(values: Iterable[str], separator: str) -> str:
    """string-join()."""
    return separator.join(values)


def tokens(value: str, pattern: "re.Pattern[str]") -> list[str]:
    """tokenize()."""
    return pattern.split(value) if value else []


def distinct(values: Iterable[Any]) -> list[Any]:
    """distinct-values()."""
    return list(dict.fromkeys(values))


def only_boolean(raw: Raw) -> bool:
    """The effective boolean value of a sequence of booleans or other single values."""
    return bool(one(raw))
