"""A document as compiled rules see it: elements by path, and what was found out about it so far."""

from collections.abc import Callable
from itertools import chain
from typing import Any

from invoices.rules.schematron.sequences import items, named
from invoices.rules.tree import Leaf, Node, Tree, element_of

_ATTRIBUTES: Callable[[Leaf], list[str]] = Leaf.keys  # type: ignore[assignment]


class Absent(dict[str, Any]):
    """Elements by path; none where there are none."""

    def __missing__(self, path: str) -> tuple[()]:
        return ()


class View:
    """One document under check by one rule set.

    Attributes:
        at: Elements by their path from the root.
        under: Elements by the end of their path.
        known: What expressions that the document alone decides came to.
        indexes: Elements by key, with the sequence that they are of, by its identity and the function for keys.
    """

    __slots__ = (
        "_attribute_names",
        "_attributes",
        "_parents",
        "at",
        "indexes",
        "known",
        "root",
        "tree",
        "under",
    )

    def __init__(self, tree: Tree, slots: int) -> None:
        self.tree = tree
        self.root = tree.root
        self.at = Absent()
        self.under = Absent()
        self.known: list[Any] = [None] * slots
        self.indexes: dict[tuple[int, Any], tuple[Any, dict[Any, list[Any]]]] = {}
        self._parents: dict[Leaf, Node] | None = None
        self._attributes: list[str] = []
        self._attribute_names: set[str] | None = None

    def root_if(self, name: str) -> Node | None:
        """The root, if this is its name."""
        return self.root if self.root.place.name == name else None

    def parent(self, element: Any) -> Node | None:
        """The element around an element."""
        if type(element) is Node:
            return element.parent
        if self._parents is None:
            self._parents = {
                child: node
                for place, nodes in self.tree.places.items()
                if not place.is_leaf
                for node in nodes
                for value in node.values()
                for child in items(value)
            }
        return self._parents.get(element)

    def parents(self, raw: Any) -> list[Node]:
        """The elements around several, each once."""
        found = (self.parent(each) for each in items(raw))
        return list({id(each): each for each in found if each is not None}.values())

    def ancestors(self, raw: Any, name: str) -> list[Node]:
        """Elements around, of this name or any (`*`), from the outermost."""
        found: dict[int, Node] = {}
        for each in items(raw):
            around, above = [], self.parent(each)
            while above is not None:
                around.append(above)
                above = above.parent
            found.update((id(node), node) for node in reversed(around) if name in {"*", node.place.name})
        return list(found.values())

    def ancestors_or_self(self, raw: Any, name: str) -> list[Any]:
        """Elements around, and those themselves, of this name or any."""
        own = list(items(raw)) if name == "*" else named(raw, name)
        return [*self.ancestors(raw, name), *own]

    def preceding_siblings(self, raw: Any, name: str) -> list[Any]:
        """Namesakes or others of this name that stand before, beside."""
        return self._siblings(raw, name, before=True)

    def following_siblings(self, raw: Any, name: str) -> list[Any]:
        """Namesakes or others of this name that stand after, beside."""
        return self._siblings(raw, name, before=False)

    def _siblings(self, raw: Any, name: str, *, before: bool) -> list[Any]:
        found: dict[int, Any] = {}
        for each in items(raw):
            parent = self.parent(each)
            if parent is None:
                continue
            order = {id(child): position for position, child in enumerate(parent.element)}
            own = order[id(element_of(each))]
            beside = parent.named(name) if name != "*" else [x for v in parent.values() for x in items(v)]
            for other in beside:
                position = order[id(element_of(other))]
                if (position < own) if before else (position > own):
                    found[id(other)] = other
        return list(found.values())

    def attribute(self, name: str) -> list[str]:
        """Values of all attributes of this name."""
        if name not in self._names():
            return []
        values: Any = self.root.element.xpath(f"//@{name}")
        return list(map(str, values))

    def attribute_count(self, name: str) -> int:
        """How many attributes of this name there are."""
        self._names()
        return self._attributes.count(name)

    def _names(self) -> set[str]:
        if self._attribute_names is None:
            self._attributes = list(chain.from_iterable(map(_ATTRIBUTES, self.root.element.iter())))
            self._attribute_names = set(self._attributes)
        return self._attribute_names

    def everything(self) -> list[Any]:
        """All elements."""
        return [each for elements in self.tree.places.values() for each in elements]

    def all_in(self, raw: Any) -> list[Any]:
        """The elements, and all that are in them."""
        own = {id(each) for each in items(raw)}
        return [each for each in self.everything() if self._is_in(each, own)]

    def _is_in(self, element: Any, own: set[int]) -> bool:
        above = element
        while above is not None:
            if id(above) in own:
                return True
            above = self.parent(above)
        return False


def _element(each: Any) -> Leaf:
    return each.element if type(each) is Node else each
