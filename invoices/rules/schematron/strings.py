"""Strings: the text of elements, and the functions of XPath 2.0 on text."""

import re
from collections.abc import Iterable
from math import isnan

from invoices.rules.schematron.numbers import rounded
from invoices.rules.schematron.sequences import Numeric, Raw, items, text
from invoices.rules.tree import Leaf, normalised

SPACE = " \t\r\n"
"""What XML calls white space."""


def space(raw: Raw) -> str:
    """normalize-space()."""
    value = raw.text or "" if type(raw) is Leaf else text(raw)
    return value if value.isalnum() else normalised(value)


def blank(raw: Raw) -> bool:
    """Whether normalize-space() gives nothing."""
    return not text(raw).strip(SPACE)


def equal(raw: Raw, value: str) -> bool:
    """Whether the text of some item is `value`."""
    if type(raw) is list or type(raw) is tuple:
        return value in map(text, raw)
    return raw is not None and text(raw) == value


def unequal(raw: Raw, value: str) -> bool:
    """Whether the text of some item is other than `value`."""
    return any(text(each) != value for each in items(raw))


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


def joined(values: Iterable[str], separator: str) -> str:
    """string-join()."""
    return separator.join(values)


def tokens(value: str, pattern: re.Pattern[str]) -> list[str]:
    """tokenize()."""
    return pattern.split(value) if value else []
