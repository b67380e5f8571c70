"""The encoding of a document: any that XML parsers agree on, turned into UTF-8 before a parser sees it.

One decoder for everything leaves no room for a document that two parsers read differently.
"""

import codecs
import re

from invoices.legible import legible
from invoices.unreadable import Unreadable

_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
    "<".encode("utf-32-le"): "utf-32",
    "<".encode("utf-32-be"): "utf-32",
    "<".encode("utf-16-le"): "utf-16-le",
    "<".encode("utf-16-be"): "utf-16-be",
}
"""How a document may begin, longer ones first: XML 1.0, appendix F."""

_DECLARED = re.compile(
    rb"<\?xml[ \t\r\n][^>]{0,200}?\bencoding[ \t\r\n]*=[ \t\r\n]*[\"']([^\"'>]{0,200})[\"']"
)
_ACCEPTED = re.compile(
    r"utf-?8|utf-?16(-?[lb]e)?|(us-)?ascii|iso[-_]?8859[-_]\d\d?|latin[-_]?1|(windows-|cp)125\d",
    re.IGNORECASE,
)
_ACCEPTED_IN_WORDS = "UTF-8, UTF-16, ISO-8859-x, Windows-125x and US-ASCII"


def as_utf8(content: bytes) -> bytes:
    """The document in UTF-8, without byte order mark; its XML declaration is left as it stands.

    UTF-8 is passed on unchecked: the parser does that. A byte order mark outweighs the declaration.

    Raises:
        Unreadable: WB-ENCODING, for an encoding that is not accepted or that the bytes do not follow.
    """
    encoding = _marked(content) or _declared(content)
    if encoding == "utf-8":
        return content.removeprefix(codecs.BOM_UTF8)
    try:
        return content.decode(encoding).removeprefix("\ufeff").encode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable.because(
            "WB-ENCODING",
            f"The document says that it is in {encoding.upper()}, but byte {error.start + 1} is not.",
            found=content[error.start : error.start + 4].hex(" "),
            fix="Write the file in the encoding that its first line declares, or better in UTF-8.",
        ) from None


def _marked(content: bytes) -> str | None:
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            return _accepted(encoding)
    return None


def _declared(content: bytes) -> str:
    declaration = _DECLARED.match(content)
    if declaration is None:
        return "utf-8"
    name = _accepted(declaration[1].decode("ascii", "replace").strip())
    if name.startswith("utf-16"):
        raise Unreadable.because(
            "WB-ENCODING",
            "The first line declares UTF-16, but the document is not in UTF-16.",
            found=legible(declaration[1].decode("ascii", "replace")),
            fix='Declare the encoding that the file is in: most likely encoding="UTF-8".',
        )
    return name


def _accepted(name: str) -> str:
    try:
        if _ACCEPTED.fullmatch(name):
            return codecs.lookup(name).name
    except LookupError:
        pass
    raise Unreadable.because(
        "WB-ENCODING",
        f"The encoding {legible(name, 40)} is not accepted; accepted are {_ACCEPTED_IN_WORDS}.",
        found=legible(name, 40),
        fix="Save the document in UTF-8.",
    )
