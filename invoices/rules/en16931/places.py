"""Places: how the element that a rule is best shown at is found from the rule's context."""

from collections.abc import Iterator
from typing import Any

from invoices.rules.subject import Subject
from invoices.rules.tree import Leaf, Node


def deepest(node: Node, path: str) -> Node | Leaf:
    """The first element at a path of child names, or the last one on the way there that exists."""
    at: Node | Leaf = node
    for name in path.split("/"):
        children = at.named(name) if isinstance(at, Node) else ()
        if not children:
            break
        at = children[0]
    return at


def anywhere(subject: Subject, *paths: str) -> Iterator[Any]:
    """The elements of the document whose place ends in one of these paths, place by place; an empty one: all."""
    endings = tuple(f"/{path}" if path else "" for path in paths)
    for place, elements in subject.tree.places.items():
        if f"/{place.path}".endswith(endings):
            yield from elements


def below_root(subject: Subject, *paths: str) -> Iterator[Any]:
    """The elements at these paths of child names below the root, place by place."""
    for place, elements in subject.tree.places.items():
        if place.path in paths:
            yield from elements
