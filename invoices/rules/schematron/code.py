"""Pieces of Python that stand for XPath expressions, with what is known of their values before they run."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any

_CHILD = re.compile(r'(\w+)\.get\(("[^"]+")\)')
NOTHING: frozenset[str] = frozenset()


class Uncompilable(ValueError):
    """An expression that the compiler does not know how to translate; the message says what in it."""


class Item(Enum):
    """What kind of items an expression gives."""

    NODE = auto()
    ATTRIBUTE = auto()
    """Attributes and text nodes, as their text."""
    TEXT = auto()
    """Untyped values: elements and attributes once their text is asked for."""
    STRING = auto()
    BOOLEAN = auto()
    INTEGER = auto()
    DECIMAL = auto()
    DOUBLE = auto()
    DATE = auto()

    @property
    def is_numeric(self) -> bool:
        """Whether arithmetic applies as it is."""
        return self in {Item.INTEGER, Item.DECIMAL, Item.DOUBLE}

    @property
    def is_text(self) -> bool:
        """Whether its values compare as strings with each other."""
        return self in {Item.NODE, Item.ATTRIBUTE, Item.TEXT, Item.STRING}


class Many(Enum):
    """How many items there may be, and so in what form they come."""

    ONE = auto()
    OPTIONAL = auto()
    """An item or None."""
    RAW = auto()
    """None, an item, or a list, as a node holds its children."""
    SEQUENCE = auto()
    """A list or tuple."""


@dataclass(frozen=True, slots=True)
class Code:
    """An expression in Python.

    Attributes:
        free: Variables of the function around it that it depends on; none, if the document decides it alone.
        path: Set where it is all elements at this path from the root.
        below: Set where it is all elements whose path ends in this.
        place: Set for one element of which the path from the root is known.
        is_leaf: Whether it is of basic components; None where that is not known.
        literal: Its value, if that is known now.
        choice: Condition and both values, where these are of different kinds.
    """

    text: str
    item: Item
    many: Many = Many.ONE
    free: frozenset[str] = NOTHING
    path: str | None = None
    below: str | None = None
    place: str | None = None
    is_leaf: bool | None = None
    literal: Any = None
    choice: "tuple[Code, Code, Code] | None" = None

    @property
    def is_one(self) -> bool:
        """Whether it always gives exactly one item."""
        return self.many is Many.ONE

    def by(self, text: str, **changes: Any) -> "Code":
        """Another expression made of this one, of which nothing is known but its kind."""
        fresh = {"path": None, "below": None, "place": None, "is_leaf": None, "literal": None, "choice": None}
        return replace(self, text=text, **{**fresh, **changes})


def truth(code: Code) -> Code:
    """The effective boolean value."""
    if code.choice:
        return _each_choice(code, truth)
    return Code(_truth(code), Item.BOOLEAN, free=code.free)


def _truth(code: Code) -> str:
    if code.item is Item.BOOLEAN and code.many is Many.RAW:
        return f"(x if type(x := {code.text}) is bool else only_boolean(x))"
    if code.item is Item.BOOLEAN:
        return code.text if code.many in {Many.ONE, Many.OPTIONAL} else f"only_boolean({code.text})"
    if code.item in {Item.NODE, Item.ATTRIBUTE}:
        return _exists(code)
    if code.item is Item.DOUBLE:
        return f"truth_of_double({code.text})"
    return code.text if code.many in {Many.ONE, Many.OPTIONAL} else f"only_boolean({code.text})"


def _exists(code: Code) -> str:
    if code.is_one:
        return "True"
    if code.many is Many.SEQUENCE:
        return f"has_{code.text}" if code.text.startswith("attributes(") else code.text
    got = _CHILD.fullmatch(code.text)
    if got and code.item is Item.NODE:
        return f"({got[2]} in {got[1]})"
    return f"({code.text} is not None)"


def exists(code: Code) -> Code:
    """Whether there is any item."""
    return Code(_exists(code), Item.BOOLEAN, free=code.free)


def atoms(code: Code) -> Code:
    """The values of items: of elements and attributes their text."""
    if code.choice:
        return _each_choice(code, atoms)
    if code.item is Item.ATTRIBUTE:
        return code.by(code.text, item=Item.TEXT)
    if code.item is not Item.NODE:
        return code
    if code.is_one:
        return Code(f"text({code.text})", Item.TEXT, free=code.free)
    return Code(f"texts({code.text})", Item.TEXT, Many.SEQUENCE, code.free)


def single(code: Code) -> Code:
    """The value of at most one item, or None; more are an error."""
    if code.choice:
        return _each_choice(code, single)
    if code.item is Item.NODE:
        if code.is_one:
            return atoms(code)
        return Code(f"text_or_none({code.text})", Item.TEXT, Many.OPTIONAL, code.free)
    item = Item.TEXT if code.item is Item.ATTRIBUTE else code.item
    if code.many in {Many.RAW, Many.SEQUENCE}:
        return Code(f"one({code.text})", item, Many.OPTIONAL, code.free)
    return code.by(code.text, item=item, literal=code.literal)


def string(code: Code) -> Code:
    """The string of at most one item; empty where there is none."""
    if code.choice:
        return _each_choice(code, string)
    return Code(_string(code), Item.STRING, free=code.free, literal=_literal_string(code))


def _literal_string(code: Code) -> str | None:
    return code.literal if isinstance(code.literal, str) else None


def _string(code: Code) -> str:
    if code.item is Item.NODE:
        return _string_of_element(code)
    if code.item in {Item.ATTRIBUTE, Item.TEXT, Item.STRING}:
        if code.is_one:
            return code.text
        return f'({code.text} or "")' if code.many is Many.OPTIONAL else f"text({code.text})"
    if code.many in {Many.RAW, Many.SEQUENCE}:
        return f"string_of_number(one({code.text}))"
    return f"string_of_number({code.text})"


def _string_of_element(code: Code) -> str:
    if code.is_leaf and code.is_one:
        return f'({code.text}.text or "")'
    if code.is_leaf:
        return f'((x.text or "") if type(x := {code.text}) is Leaf else text(x))'
    return f"text({code.text})"


def cast(code: Code, item: Item) -> Code:
    """At most one item as a value of another kind, as a constructor function casts it."""
    if code.choice:
        return _each_choice(code, lambda each: cast(each, item))
    if item is Item.DECIMAL and code.item is Item.NODE:
        return Code(_decimal(code), item, Many.ONE if code.is_one else Many.OPTIONAL, code.free)
    value = single(code)
    if value.item is item or (item is Item.DECIMAL and value.item is Item.INTEGER):
        return value
    if item is Item.STRING:
        return string(value)
    return _converted(value, _cast_by(value.item, item), item)


def _decimal(code: Code) -> str:
    if code.is_leaf and code.many is Many.RAW:
        return f'(decimal_of(x.text or "") if type(x := {code.text}) is Leaf else decimal(x))'
    return f"decimal({code.text})"


def _cast_by(item: Item, wanted: Item) -> str:
    if wanted is Item.DECIMAL and item is Item.DOUBLE:
        return "decimal_of_double"
    if wanted is Item.DOUBLE and item.is_numeric:
        return "float"
    if wanted is Item.INTEGER:
        return "integer_of"
    if item not in {Item.TEXT, Item.STRING}:
        raise Uncompilable(f"a cast of {item.name} to {wanted.name}")
    return {
        Item.DECIMAL: "decimal_of",
        Item.DOUBLE: "double_of",
        Item.BOOLEAN: "boolean_of",
        Item.DATE: "date_of",
    }[wanted]


def _converted(value: Code, function: str, item: Item) -> Code:
    if value.is_one:
        return Code(f"{function}({value.text})", item, free=value.free)
    text = f"(None if (y := {value.text}) is None else {function}(y))"
    return Code(text, item, Many.OPTIONAL, value.free)


def all_cast(code: Code, item: Item) -> Code:
    """Every item as a value of another kind."""
    if code.many in {Many.ONE, Many.OPTIONAL}:
        return cast(code, item)
    values = atoms(code)
    if values.item is item:
        return values
    by = _cast_by(values.item, item)
    return Code(f"list(map({by}, items({values.text})))", item, Many.SEQUENCE, values.free)


def sequence(code: Code) -> str:
    """Python for all items, as a list or tuple."""
    if code.many is Many.SEQUENCE:
        return code.text
    return f"({code.text},)" if code.is_one else f"items({code.text})"


def chosen(condition: Code, one: Code, other: Code) -> Code:
    """An if-expression."""
    free = condition.free | one.free | other.free
    text = f"({one.text} if {condition.text} else {other.text})"
    if one.item.is_numeric and other.item.is_numeric and one.item is not other.item:
        wanted = Item.DOUBLE if Item.DOUBLE in {one.item, other.item} else Item.DECIMAL
        one, other = replace(cast(one, wanted), item=wanted), replace(cast(other, wanted), item=wanted)
        text = f"({one.text} if {condition.text} else {other.text})"
    if one.item is other.item:
        many = one.many if one.many is other.many else _looser(one, other)
        return Code(text, one.item, many, free)
    return Code(text, one.item, Many.RAW, free, choice=(condition, one, other))


def _looser(one: Code, other: Code) -> Many:
    kinds = {one.many, other.many}
    return Many.OPTIONAL if kinds == {Many.ONE, Many.OPTIONAL} else Many.RAW


def _each_choice(code: Code, convert: Callable[[Code], Code]) -> Code:
    assert code.choice is not None  # noqa: S101
    condition, one, other = code.choice
    return chosen(condition, convert(one), convert(other))
