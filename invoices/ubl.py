"""UBL 2.1: namespaces and the names, paths and lookups of elements in a document."""

import re
from collections.abc import Iterator
from functools import lru_cache

from lxml import etree

INVOICE = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
CREDIT_NOTE = "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"
NAMESPACES = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
    "ext": "urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2",
}

_PREFIXES = {uri: f"{prefix}:" for prefix, uri in NAMESPACES.items()} | {INVOICE: "", CREDIT_NOTE: ""}
_CLARK = re.compile(r"\{([^}]*)\}")


@lru_cache(maxsize=1024)
def usual_name(tag: str) -> str:
    """The name with UBL's usual prefix, such as `cbc:ID`, of a tag in Clark notation."""
    return usual_names(tag)


def usual_names(text: str) -> str:
    """`text` with each namespace in Clark notation turned into its usual prefix, unknown ones left out."""
    return _CLARK.sub(lambda match: _PREFIXES.get(match[1], ""), text)


@lru_cache(maxsize=1024)
def tags(path: str) -> tuple[str, ...]:
    """The tags in Clark notation of a path such as `cac:Party/cbc:EndpointID`."""
    steps = (step.split(":") for step in path.split("/"))
    return tuple(f"{{{NAMESPACES[prefix]}}}{name}" for prefix, name in steps)


def every(element: etree._Element, path: str) -> Iterator[etree._Element]:
    """The elements at the path below `element`, in document order."""
    found = iter((element,))
    for tag in tags(path):
        found = _children(found, tag)
    return found


def _children(parents: Iterator[etree._Element], tag: str) -> Iterator[etree._Element]:
    for parent in parents:
        yield from parent.iterchildren(tag)


def first(element: etree._Element, path: str) -> etree._Element | None:
    """The first element at the path below `element`."""
    return next(every(element, path), None)


def text(element: etree._Element | None, path: str | None = None) -> str | None:
    """The text of the element, or of the first at the path below it; None where it is missing or blank."""
    if element is not None and path is not None:
        element = first(element, path)
    if element is None:
        return None
    return (element.text or "").strip() or None


def location(element: etree._Element) -> str:
    """XPath of the element with UBL's usual prefixes; a step is numbered where it has namesakes."""
    steps = [_step(each) for each in (element, *element.iterancestors())]
    return "/" + "/".join(reversed(steps))


def _step(element: etree._Element) -> str:
    name, parent = usual_name(element.tag), element.getparent()
    if parent is None:
        return name
    namesakes = list(parent.iterchildren(element.tag))
    return name if len(namesakes) == 1 else f"{name}[{namesakes.index(element) + 1}]"
