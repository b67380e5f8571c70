"""Amounts: how the EN 16931 rules read, add and round them, and how findings show them."""

from collections.abc import Iterable
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal
from typing import Any

from invoices import values
from invoices.legible import legible
from invoices.rules.rule import Broken
from invoices.rules.subject import Subject
from invoices.rules.tree import Leaf, Node, normalised, string_of, value_of

CENT = Decimal("0.01")
ZERO = Decimal(0)
EXACT = Context(prec=400)
"""Wide enough that sums and products of all numbers that `number` reads are exact, as in XPath."""


class NotANumber(ValueError):
    """A text stands where the rules need a number."""


def number(leaf: Leaf) -> Decimal:
    """The number in an element.

    Raises:
        NotANumber: It holds something else.
    """
    value = values.decimal(normalised(string_of(leaf)))
    if value is None:
        raise NotANumber(f"{leaf.tag} holds no number")
    return value


def numbers(node: Node, path: str) -> list[Decimal]:
    """The numbers at a path of child names.

    Raises:
        NotANumber: One of them is something else.
    """
    return [number(leaf) for leaf in node.leaves(path)]


def number_at(node: Node, path: str) -> Decimal | None:
    """The first number at a path; None where there is no element.

    Raises:
        NotANumber: It is something else.
    """
    leaf = node.first(path)
    return None if leaf is None else number(leaf)


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Their sum; zero of none."""
    return sum(amounts, ZERO)


def rounded(amount: Decimal) -> Decimal:
    """`amount` in hundredths as XPath's round() has it: halves towards positive infinity."""
    return (amount.scaleb(2) + Decimal("0.5")).to_integral_value(ROUND_FLOOR).scaleb(-2)


def in_cents(amount: Decimal) -> Decimal:
    """`amount` in hundredths as bookkeepers have it: halves away from zero."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def plain(amount: Decimal) -> str:
    """`amount` without exponent, with two decimals, or more where it has more."""
    whole = amount + 0 if amount else ZERO  # there is no minus zero on an invoice
    cents = in_cents(whole)
    return f"{cents if cents == whole else whole.normalize(EXACT):f}"


def shown(element: Any) -> str | None:
    """The text of an element, fit to be shown; None of no text or no element."""
    return None if element is None else legible(value_of(element)) or None


def amount_found(leaf: Leaf) -> str | None:
    """The amount in an element with its currency; its text where it is no number."""
    value = values.decimal(normalised(string_of(leaf)))
    return shown(leaf) if value is None else f"{plain(value)} {leaf.get('currencyID', '')}".rstrip()


def wrong_amount(holder: Node, name: str, expected: Decimal | None, subject: Subject) -> Broken:
    """The amount of this name in `holder` is not the expected one, where known; or it is missing."""
    leaf: Leaf | None = holder.first(name)
    currency = subject.currency if leaf is None else leaf.get("currencyID", "")
    return Broken(
        holder if leaf is None else leaf,
        None if leaf is None else amount_found(leaf),
        None if expected is None else f"{plain(expected)} {currency}".rstrip(),
    )
