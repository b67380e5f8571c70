"""The tree that rules walk: elements by name, and the elements at each path that occurs in a document."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Self, cast

from lxml import etree

from invoices import ubl

Leaf = etree._Element  # noqa: SLF001 (lxml gives its element type no public name)
"""A basic component (`cbc:...`): it has text and attributes, but no elements of its own."""

MOST_PLACES = 20_000
"""Places remembered from document to document; far more than UBL has in use."""


class Place:
    """Where an element stands in a kind of document, such as `cac:InvoiceLine/cac:Price`.

    Places are kept from document to document, so that what a rule set knows of one need not be found again.

    Attributes:
        name: The element's name with UBL's usual prefix.
        path: Names from below the root down to it, joined by `/`; empty for the root.
        parent: The place around it; None for the root.
        steps: Places directly below, by tag in Clark notation.
        plans: What each rule set does here, by the rule set.
        root: The place of the root element; its `size` is how many places it has below it, and itself.
    """

    __slots__ = ("is_leaf", "name", "parent", "path", "plans", "root", "size", "steps")

    def __init__(self, tag: str, parent: "Place | None") -> None:
        self.name = _name(tag)
        self.parent = parent
        self.path: str = "" if parent is None else f"{parent.path}/{self.name}".lstrip("/")
        self.is_leaf = self.name.startswith("cbc:")
        self.steps: dict[str, Place] = {}
        self.plans: dict[Any, Any] = {}
        self.root: Place = self if parent is None else parent.root
        self.size = 1

    @classmethod
    def of_root(cls, tag: str) -> "Place":
        """The place of a root element of this tag."""
        place = _ROOTS.get(tag)
        if place is None or place.size > MOST_PLACES:
            place = _ROOTS[tag] = cls(tag, None)
        return place

    def step(self, tag: str) -> "Place":
        """The place of elements of this tag directly below."""
        place = self.steps.get(tag)
        if place is None:
            place = self.steps[tag] = Place(tag, self)
            self.root.size += 1
        return place

    @property
    def whole(self) -> str:
        """Names from the root down to it, the root's among them."""
        return f"{self.root.name}/{self.path}" if self.path else self.root.name

    def is_within(self, name: str) -> bool:
        """Whether an element of this name is around it."""
        return name in self.whole.split("/")[:-1]

    def __repr__(self) -> str:
        return f"<Place {self.path or '/'}>"


_ROOTS: dict[str, Place] = {}


class Node(dict[str, Any]):
    """An element that holds others: from the name of each to the one element of it, or to a list of several.

    The elements are of type Node or Leaf. `every` and its kin are the comfortable way to them.
    """

    __slots__ = ("element", "parent", "place")

    element: Leaf
    parent: "Node | None"
    place: Place

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:  # type: ignore[override]
        return id(self)

    def every(self, path: str) -> list[Any]:
        """The elements at a path of child names below, in document order."""
        found: list[Any] = [self]
        for name in _steps(path):
            found = [each for node in found if isinstance(node, Node) for each in node.named(name)]
        return found

    def named(self, name: str) -> Sequence[Any]:
        """Its children of this name."""
        child = self.get(name)
        if child is None:
            return ()
        return child if type(child) is list else (child,)

    def nodes(self, path: str) -> list["Node"]:
        """The elements at a path that ends in an aggregate (`cac:...`)."""
        return cast("list[Node]", self.every(path))

    def leaves(self, path: str) -> list[Leaf]:
        """The elements at a path that ends in a basic component (`cbc:...`)."""
        return cast("list[Leaf]", self.every(path))

    def first(self, path: str) -> Any | None:
        """The first element at a path."""
        found = self.every(path)
        return found[0] if found else None

    def has(self, path: str) -> bool:
        """Whether there is an element at a path."""
        return bool(self.every(path))

    def value(self, path: str) -> str:
        """The text of the first element at a path, white space normalised; empty where there is none."""
        found = self.every(path)
        return value_of(found[0]) if found else ""


class Tree:
    """A document as rules see it; a context that lets go of all elements at its end.

    Its elements refer to each other, so that without this they would wait for the garbage collector.

    Attributes:
        root: The Invoice or CreditNote.
        places: All places that occur, each with its elements in document order.
    """

    __slots__ = ("places", "root")

    def __init__(self, element: Leaf) -> None:
        place = Place.of_root(element.tag)
        self.root = _node(element, place, None)
        self.places: dict[Place, list[Any]] = {place: [self.root]}
        _fill(self.root, place.steps, self.places)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        for place, elements in self.places.items():
            if not place.is_leaf:
                for node in elements:
                    node.clear()
        self.places.clear()


def value_of(element: Node | Leaf) -> str:
    """The text of an element, white space normalised."""
    return normalised(string_of(element))


def string_of(element: Node | Leaf) -> str:
    """The string value of an element: the text of it and of all that is in it."""
    if isinstance(element, Node):
        return "".join(cast("Iterator[str]", element.element.itertext()))
    return element.text or ""


def normalised(text: str) -> str:
    """`text` as XPath's normalize-space() gives it: only XML's four white space characters count."""
    if text.isalnum():
        return text
    if text.isascii():
        return " ".join(text.split())
    return _WHITE_SPACE.sub(" ", text).strip(" ")


def attribute(element: Node | Leaf, name: str) -> str | None:
    """The value of an attribute, as it stands."""
    return element_of(element).get(name)


def element_of(element: Node | Leaf) -> Leaf:
    """The XML element behind an element of the tree."""
    return element.element if isinstance(element, Node) else element


def _node(element: Leaf, place: Place, parent: Node | None) -> Node:
    node = Node()
    node.element, node.place, node.parent = element, place, parent
    return node


def _fill(node: Node, steps: dict[str, Place], places: dict[Place, list[Any]]) -> None:
    # Every element of every document passes here: the node is made in place, and lists only where needed.
    for element in node.element:
        tag = element.tag
        place = steps.get(tag) or node.place.step(tag)
        child: Any = element
        if not place.is_leaf:
            child = Node()
            child.element, child.place, child.parent = element, place, node
            _fill(child, place.steps, places)
        if place in places:
            places[place].append(child)
        else:
            places[place] = [child]
        name = place.name
        if name in node:
            namesakes = node[name]
            if type(namesakes) is list:
                namesakes.append(child)
            else:
                node[name] = [namesakes, child]
        else:
            node[name] = child


@lru_cache(maxsize=4096)
def _steps(path: str) -> tuple[str, ...]:
    return tuple(path.split("/"))


def _name(tag: str) -> str:
    namespace = tag.rpartition("}")[0][1:]
    return ubl.usual_name(tag) if namespace in _KNOWN or not namespace else tag


_KNOWN = {*ubl.NAMESPACES.values(), ubl.INVOICE, ubl.CREDIT_NOTE}
_WHITE_SPACE = re.compile(r"[ \t\r\n]+")
