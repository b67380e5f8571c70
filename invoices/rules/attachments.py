"""Attachments: taken out of a document while the schema looks at it, where they are sound beyond doubt."""

from collections.abc import Iterator
from contextlib import contextmanager
from string import ascii_letters, digits

from lxml import etree

from invoices import ubl

LARGE = 100_000
"""Characters from which on it pays: libxml2 takes several milliseconds for each megabyte."""

_TAG = f"{{{ubl.NAMESPACES['cbc']}}}EmbeddedDocumentBinaryObject"
_ALPHABET = f"{ascii_letters}{digits}+/".encode()
_SPACE = b" \t\r\n"
_LAST_BEFORE = {b"": _ALPHABET, b"=": b"AEIMQUYcgkosw048", b"==": b"AQgw"}
_SOUND = "AAAA"


@contextmanager
def large_ones_taken_out(root: etree._Element) -> Iterator[bool]:
    """Stand-ins take the place of large attachments meanwhile; gives whether there are any.

    Only attachments that the schema is certain to find sound are taken out: any other stays for its verdict.
    """
    taken = [(each, _stand_in(each)) for each in root.iter(_TAG) if _is_large_and_sound(each)]
    _replace(taken)
    try:
        yield bool(taken)
    finally:
        _replace([(stand_in, each) for each, stand_in in taken])


def is_base64(text: str) -> bool:
    """Whether `text` is base64 as XML Schema wants it (part 2, 3.2.16), with white space anywhere."""
    if not text.isascii():
        return False
    data = text.encode()
    if any(space in data for space in _SPACE):
        data = data.translate(None, _SPACE)
    padding = data.translate(None, _ALPHABET)
    return (
        len(data) % 4 == 0
        and padding in _LAST_BEFORE
        and data.endswith(padding)
        and data[: len(data) - len(padding)][-1:] in _LAST_BEFORE[padding]
    )


def _is_large_and_sound(element: etree._Element) -> bool:
    text = element.text or ""
    return len(text) > LARGE and len(element) == 0 and is_base64(text)


def _stand_in(element: etree._Element) -> etree._Element:
    stand_in = etree.Element(element.tag)
    stand_in.attrib.update(element.attrib)
    stand_in.text = _SOUND
    return stand_in


def _replace(pairs: list[tuple[etree._Element, etree._Element]]) -> None:
    for old, new in pairs:
        parent = old.getparent()
        if parent is not None:
            parent.replace(old, new)
