"""How national rules read a document: the one text at a path, and numbers as XPath takes them."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from invoices.rules.tree import Node, normalised, string_of

NOT_A_NUMBER = float("nan")

_DOUBLE = re.compile(r"[+-]?(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|INF)").fullmatch
_INTEGER = re.compile(r"[+-]?[0-9]+").fullmatch
_WHITE_SPACE = " \t\r\n"


class NotOne(ValueError):
    """Several stand where a rule can be asked of one only."""


def one(elements: Sequence[Any], what: str = "element") -> Any | None:
    """The only element; None where there is none.

    Raises:
        NotOne: There are several, and the official rules have no answer then either.
    """
    if len(elements) > 1:
        raise NotOne(f"{len(elements)} of {what}, where the rule knows what to do with one.")
    return elements[0] if elements else None


def text(node: Node, path: str) -> str:
    """The text of the one element at a path as it stands; empty where there is none.

    Raises:
        NotOne: There are several.
    """
    element = one(node.every(path), path)
    return "" if element is None else string_of(element)


def tidy_text(node: Node, path: str) -> str:
    """The text of the one element at a path, white space normalised; empty where there is none.

    Raises:
        NotOne: There are several.
    """
    return normalised(text(node, path))


def only_text(node: Node, path: str, of_several: str = "") -> str:
    """The same, but `of_several` where there are several: what is asked of one only is then not asked."""
    try:
        return tidy_text(node, path)
    except NotOne:
        return of_several


def filled_text(node: Node, path: str) -> str:
    """The same of those elements at the path that are not empty.

    Raises:
        NotOne: Several are not.
    """
    filled = one([each for each in node.leaves(path) if each.text], path)
    return "" if filled is None else normalised(filled.text)


def has_text(node: Node, path: str) -> bool:
    """Whether an element at the path holds more than white space."""
    return any(normalised(string_of(each)) for each in node.every(path))


def holds(node: Node, path: str, value: str) -> bool:
    """Whether an element at the path holds exactly this text."""
    return any(string_of(each) == value for each in node.every(path))


def scheme(node: Node, path: str) -> str:
    """The scheme that the elements at a path state, white space normalised; empty where none states one.

    Raises:
        NotOne: Several state one.
    """
    stated = one(
        [each for each in (leaf.get("schemeID") for leaf in node.leaves(path)) if each is not None], path
    )
    return normalised(stated or "")


def double(value: str) -> float:
    """The number in a text as XPath's number() has it, not for amounts; NaN where it is none."""
    stripped = value.strip(_WHITE_SPACE)
    return float(stripped) if _DOUBLE(stripped) else NOT_A_NUMBER


def integer(value: str) -> Decimal:
    """The whole number in a text, however long.

    Raises:
        ValueError: It is not one as xs:integer has it.
    """
    stripped = value.strip(_WHITE_SPACE)
    if not _INTEGER(stripped):
        raise ValueError(f"“{value[:40]}” is not a whole number.")
    return Decimal(stripped)
