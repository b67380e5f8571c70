"""Sequences of elements and values, as compiled rules walk, filter and compare them.

Elements come as `raw`: None, one element, or a list of several, which is how a node holds its children.
"""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

from invoices.rules.schematron.errors import XPathError
from invoices.rules.tree import Leaf, Node, attribute, element_of, string_of

Raw = Any
Numeric = int | Decimal | float


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
    values = [each.get(name) if type(each) is Leaf else attribute(each, name) for each in items(raw)]
    return [value for value in values if value is not None]


def has_attributes(raw: Raw, name: str) -> bool:
    """Whether any of the elements has an attribute."""
    for each in items(raw):
        value = each.get(name) if type(each) is Leaf else attribute(each, name)
        if value is not None:
            return True
    return False


def every_attribute(raw: Raw) -> list[str]:
    """Values of all attributes of all elements."""
    return [str(value) for each in items(raw) for value in element_of(each).attrib.values()]


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
    prefix = element_of(element).prefix
    return f"{prefix}:{local_name(element)}" if prefix else local_name(element)


def where(raw: Raw, test: Callable[..., Any], *given: Any) -> list[Any]:
    """Those items for which the predicate holds."""
    if len(given) == 1:  # nearly always: only the document
        view = given[0]
        return [each for each in items(raw) if test(each, view)]
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


def mapped_to_one(raw: Raw, value: Callable[..., Any], *given: Any) -> list[Any]:
    """The same for an expression that gives at most one value."""
    if len(given) == 1:  # nearly always: only the document
        view = given[0]
        return [found for each in items(raw) if (found := value(each, view)) is not None]
    return [found for each in items(raw) if (found := value(each, *given)) is not None]


def index(raw: Raw, keys: Callable[[Any, Any], Any], view: Any) -> dict[Any, list[Any]]:
    """Elements by what they have for keys; made once for each sequence, by whatever path it was reached."""
    known = view.indexes.get((id(raw), keys))
    if known is None:
        known = view.indexes[id(raw), keys] = raw, _index(raw, keys, view)
    found: dict[Any, list[Any]] = known[1]
    return found


def _index(raw: Raw, keys: Callable[[Any, Any], Any], view: Any) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = {}
    for each in raw or ():
        key = keys(each, view)
        if type(key) is list or type(key) is tuple:
            for value in dict.fromkeys(key):
                found.setdefault(value, []).append(each)
        elif key in found:
            found[key].append(each)
        elif key is not None:
            found[key] = [each]
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
    return [found for each in items(raw) if (found := element_of(each).text)]


def compared(left: Raw, right: Raw, holds: Callable[[Any, Any], bool]) -> bool:
    """Whether a comparison holds between some item of the one and some item of the other sequence."""
    others = items(right)
    return any(holds(one_side, other) for one_side in items(left) for other in others)


def common(left: Raw, right: Raw) -> bool:
    """Whether two sequences of strings or of decimals have a value in common."""
    return not set(items(left)).isdisjoint(items(right))


def distinct(values: Iterable[Any]) -> list[Any]:
    """distinct-values()."""
    return list(dict.fromkeys(values))


def only_boolean(raw: Raw) -> bool:
    """The effective boolean value of a sequence of booleans or other single values."""
    return bool(one(raw))
