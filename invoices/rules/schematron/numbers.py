"""Numbers, dates and booleans: casts and arithmetic of XPath 2.0."""

import re
from collections.abc import Callable
from datetime import date
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from functools import lru_cache
from math import floor, isfinite, isnan, nan
from typing import Any

from invoices.rules.schematron.errors import XPathError
from invoices.rules.schematron.sequences import Numeric, Raw, items, one, text
from invoices.rules.tree import Leaf, Node

_DECIMAL = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)
_DOUBLE = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|-?INF|NaN", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_DATE = re.compile(r"(-?\d{4,}-\d\d-\d\d)(Z|[+-]\d\d:\d\d)?", re.ASCII)
_LONGEST_NUMBER = 100
_SPACE = " \t\r\n"

HUNDREDTH = Decimal("0.01")
_HALF = Decimal("0.5")
_DIVISION_SCALE = Decimal(1).scaleb(-18)


@lru_cache(maxsize=4096)
def decimal_of(value: str) -> Decimal:
    """xs:decimal() of a text."""
    stripped = value.strip(_SPACE)
    if len(stripped) > _LONGEST_NUMBER:
        raise XPathError(f"a number of {len(stripped)} characters is too long to reckon with")
    if not _DECIMAL.fullmatch(stripped):
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
    stripped = value.strip(_SPACE)
    if len(stripped) > _LONGEST_NUMBER or not _DOUBLE.fullmatch(stripped):
        raise XPathError(f"“{stripped[:40]}” is not a number (FORG0001)")
    return float(stripped)


def doubles(raw: Raw) -> list[float]:
    """xs:double() of the text of every element."""
    return [double_of(text(each)) for each in items(raw)]


def number(raw: Raw) -> float:
    """A value as XPath's function of this name gives it; NaN where it is no number."""
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
    stripped = text(value).strip(_SPACE)
    if len(stripped) > _LONGEST_NUMBER or not _INTEGER.fullmatch(stripped):
        raise XPathError(f"“{stripped[:40]}” is not an integer (FORG0001)")
    return int(stripped)


def boolean_of(value: str) -> bool:
    """xs:boolean() of a text."""
    stripped = value.strip(_SPACE)
    if stripped not in {"true", "false", "1", "0"}:
        raise XPathError(f"“{stripped[:40]}” is neither true nor false (FORG0001)")
    return stripped in {"true", "1"}


def date_of(value: str) -> date:
    """xs:date() of a text; its time zone is left out, as comparing dates of one document allows."""
    found = _DATE.fullmatch(value.strip(_SPACE))
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
