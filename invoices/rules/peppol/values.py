"""Values as the rules compare them: numbers and dates of XML Schema, exact whatever their length."""

import re
from datetime import date
from decimal import ROUND_FLOOR, Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow
from typing import Any

from invoices.rules.tree import Leaf, Node, normalised, string_of

EXACT = Context(prec=4000, traps=[Inexact, InvalidOperation, DivisionByZero, Overflow])
"""Arithmetic that raises `decimal.Inexact` rather than round."""

CENT = Decimal("0.01")
SLACK = Decimal("0.02")
"""The difference up to which Peppol takes two amounts for equal."""

_HALF = Decimal("0.5")
_QUOTIENT_DECIMALS = 18
# More digits than an honest invoice could have would take hours to divide.
_NUMBER = re.compile(r"[ \t\r\n]*[+-]?(?:[0-9]{1,500}(?:\.[0-9]{0,500})?|\.[0-9]{1,500})[ \t\r\n]*").fullmatch
_DATE = re.compile(
    r"(?P<year>-?[0-9]{4,9})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
    r"(?:Z|(?P<sign>[+-])(?P<hours>[0-9]{2}):(?P<minutes>[0-9]{2}))?"
).fullmatch


def number(leaf: Leaf) -> Decimal:
    """The number that an element holds.

    Raises:
        ValueError: It is not one as xs:decimal has it, or has more than 500 digits before or after the point.
    """
    text = leaf.text or ""
    if _NUMBER(text) is None:
        raise ValueError(f"{leaf.tag} holds “{text[:40]}”, which is not a number.")
    return Decimal(text)


def number_in(node: Node, name: str) -> Decimal | None:
    """The number in the one child of this name; None where there is none.

    Raises:
        ValueError: It is not a number, or there are several.
    """
    child = only(node, name)
    return None if child is None else number(child)


def only(node: Node, name: str) -> Any | None:
    """The child of this name; None where there is none.

    Raises:
        ValueError: There are several.
    """
    child = node.get(name)
    if type(child) is list:
        raise ValueError(f"{node.place.name} holds {name} {len(child)} times.")
    return child


def at(node: Node, name: str) -> Node | Leaf:
    """Where a finding about the child of this name shows best: at the first of them, or else at `node` itself."""
    children = node.named(name)
    return children[0] if children else node


def text_in(node: Node, name: str) -> str:
    """The text of the one child of this name, white space normalised; empty where there is none or several."""
    child = node.get(name)
    return "" if child is None or type(child) is list else normalised(string_of(child))


def holds(node: Node, path: str, text: str) -> bool:
    """Whether an element at the path holds exactly this text."""
    return any(string_of(each) == text for each in node.every(path))


def quotient(dividend: Decimal, divisor: Decimal) -> Decimal:
    """`dividend` by `divisor` as XPath processors have it: to 18 decimals, or more where the dividend has some."""
    decimals = max(_QUOTIENT_DECIMALS, _QUOTIENT_DECIMALS + _decimals(dividend) - _decimals(divisor))
    up, up_divisor = dividend.as_integer_ratio(), divisor.as_integer_ratio()
    numerator, denominator = up[0] * up_divisor[1] * 10**decimals, up[1] * up_divisor[0]
    whole, rest = divmod(abs(numerator), abs(denominator))
    rounded = whole + (2 * rest > abs(denominator))
    negative = (numerator < 0) is not (denominator < 0)
    return Decimal(-rounded if negative else rounded).scaleb(-decimals, EXACT)


def to_cents(amount: Decimal) -> Decimal:
    """`amount` to two decimals, a half up, also below zero: as XPath's round() has it."""
    hundredths = EXACT.add(amount.scaleb(2, EXACT), _HALF).to_integral_value(ROUND_FLOOR)
    return hundredths.scaleb(-2, EXACT)


def money(amount: Decimal, currency: str | None) -> str:
    """`amount` as findings show it: at least two decimals, then its currency, such as `121.00 EUR`."""
    return f"{amount:.{max(2, _decimals(amount))}f} {currency or ''}".rstrip()


def differ(stated: Decimal, computed: Decimal) -> bool:
    """Whether two amounts are further apart than Peppol lets pass."""
    return not -SLACK <= EXACT.subtract(stated, computed) <= SLACK


def day(text: str) -> int:
    """A date, with or without time zone (else UTC), as the minutes from a fixed day to its beginning.

    Raises:
        ValueError: It is not a date as xs:date has it.
    """
    match = _DATE(text.strip(" \t\r\n"))
    if match is None:
        raise ValueError(f"“{text[:40]}” is not a date.")
    year = int(match["year"])
    like = 2000 + year % 400  # the calendar repeats itself every 400 years, and Python knows fewer years
    days = date(like, int(match["month"]), int(match["day"])).toordinal() + (year - like) // 400 * 146_097
    return days * 1440 - _offset(match)


def _offset(match: re.Match[str]) -> int:
    if match["sign"] is None:
        return 0
    hours, minutes = int(match["hours"]), int(match["minutes"])
    if minutes > 59 or hours * 60 + minutes > 14 * 60:
        raise ValueError(f"“{match[0][:40]}” has no such time zone.")
    return int(f"{match['sign']}{hours * 60 + minutes}")


def _decimals(value: Decimal) -> int:
    exponent = EXACT.normalize(value).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
