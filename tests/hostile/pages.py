"""Hostile answers of the Java backend to a question for a page, and of Clearfacts to questions."""

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.demo import DEMO_ADMINISTRATIONS
from tests.clients.conftest import Act
from tests.hostile.answers import (
    continuing,
    dripping,
    endless,
    gzip_bomb,
    headers_without_end,
    raw,
    reply,
    then_close,
)

GOOD_ITEM = (
    b'{"id": "good", "version": 1, "direction": "SALE", "companyNumber": "0999000129", "number": "1",'
    b' "updatedAt": "2026-01-01T00:00:00Z", "ubl": "PGEvPg=="}'
)
NO_PAGE, NO_JSON = "JSON that is no page", "something that is not JSON"


@dataclass(frozen=True)
class HostilePage:
    """An answer that is no page, and part of what people read of it."""

    name: str
    answer: Act
    says: str


@dataclass(frozen=True)
class HostileItem:
    """An item between two good ones, as the bytes on the wire, and what becomes of it.

    Attributes:
        code: Of the finding of a rejected record; None where the record is taken.
        number: Of the record that is taken.
    """

    name: str
    item: bytes
    code: str | None = "WB-RECORD-FIELD"
    number: str = ""


@dataclass(frozen=True)
class HostileList:
    """What Clearfacts gives for the list of companies: the companies taken from it, and what is malformed."""

    name: str
    rows: object
    companies: int = 0
    malformed: int = 0


def page_of(*items: bytes, more: bytes = b"false", cursor: bytes = b'"c"') -> bytes:
    """A page of these items."""
    return b'{"items": [%s], "next": %s, "hasMore": %s}' % (b", ".join(items), cursor, more)


def with_field(name: str, value: bytes) -> bytes:
    """The good item with one more field, or one of its own once more."""
    return GOOD_ITEM[:-1] + b', "%s": %s}' % (name.encode(), value)


def nested(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


PAGES = (
    HostilePage("a web page", reply(b"<html>Back soon</html>"), NO_JSON),
    HostilePage("nothing", reply(b""), NO_JSON),
    HostilePage("204", raw("HTTP/1.1 204 No Content"), "answered 204"),
    HostilePage("half of it", reply(page_of(GOOD_ITEM)[:-9]), NO_JSON),
    HostilePage("1,000 levels deep", reply(page_of(with_field("x", nested(1000)))), NO_JSON),
    HostilePage("a million levels deep", reply(b"[" * 1_000_000), NO_JSON),
    HostilePage("an array", reply(b"[]"), NO_PAGE),
    HostilePage("items that are null", reply(b'{"items": null, "next": "c", "hasMore": false}'), NO_PAGE),
    HostilePage("items that are an object", reply(b'{"items": {}, "next": "c", "hasMore": false}'), NO_PAGE),
    HostilePage("more that is a number", reply(page_of(GOOD_ITEM, more=b"1")), NO_PAGE),
    HostilePage("a cursor that is a number", reply(page_of(GOOD_ITEM, cursor=b"7")), NO_PAGE),
    HostilePage("a cursor that is null", reply(page_of(GOOD_ITEM, cursor=b"null")), NO_PAGE),
    HostilePage("a cursor of 1 MB", reply(page_of(GOOD_ITEM, cursor=b'"%s"' % (b"x" * 1_000_000))), NO_PAGE),
    HostilePage("a cursor with CRLF", reply(page_of(GOOD_ITEM, cursor=rb'"a\r\nX-Evil: 1"')), NO_PAGE),
    HostilePage("a cursor with NUL", reply(page_of(GOOD_ITEM, cursor=rb'"a\u0000"')), NO_PAGE),
    HostilePage("gzip that is none", reply(b"not gzip", Content_Encoding="gzip"), "not, or is damaged"),
    HostilePage(
        "gzip cut off", reply(gzip.compress(page_of(GOOD_ITEM))[:-9], Content_Encoding="gzip"), "cut off"
    ),
    HostilePage(
        "gzip in gzip",
        reply(gzip.compress(gzip.compress(page_of(GOOD_ITEM))), Content_Encoding="gzip"),
        NO_JSON,
    ),
    HostilePage("another coding", reply(b"x", Content_Encoding="br"), "other than gzip"),
    HostilePage("a gzip bomb of 1 GB", reply(gzip_bomb(), Content_Encoding="gzip"), "for a single record"),
    HostilePage("endless", endless, "for a single record"),
    HostilePage("dripping", dripping, "its time of"),
    HostilePage("100 Continue for ever", continuing, "its time of"),
    HostilePage("headers without an end", headers_without_end, "the connection was lost"),
    HostilePage(
        "shorter than it says",
        then_close(raw("HTTP/1.1 200 OK\nContent-Length: 9999", page_of(GOOD_ITEM))),
        "the connection was lost",
    ),
    HostilePage("no HTTP", then_close(b"\x16\x03\x01\r\n\r\n"), "the connection was lost"),
    HostilePage(
        "a redirect to another host", reply(b"", 302, Location="http://127.0.0.1:9/"), "answered 302"
    ),
)

ITEMS = (
    HostileItem("null", b"null"),
    HostileItem("a number", b"7"),
    HostileItem("an array", b"[" + GOOD_ITEM + b"]"),
    HostileItem("an empty object", b"{}"),
    HostileItem("a name that comes twice: the last counts", with_field("number", b'"2"'), None, "2"),
    HostileItem("NaN", with_field("version", b"NaN")),
    HostileItem("Infinity", with_field("version", b"-Infinity")),
    HostileItem("a number of 100,000 digits", with_field("version", b"9" * 100_000)),
    HostileItem("an exponent", with_field("version", b"1e0")),
    HostileItem("not UTF-8", with_field("number", b'"caf\xe9"')),
    HostileItem("overlong UTF-8", with_field("number", b'"\xc0\xaf"')),
    HostileItem("a lone surrogate", with_field("number", rb'"\ud800"')),
    HostileItem("half an escape", with_field("number", rb'"\u0000"')),
    HostileItem("500 levels deep in the version", with_field("version", nested(500))),
    HostileItem("500 levels deep in a field of no concern", with_field("x", nested(500)), None, "1"),
    HostileItem("100,000 fields", with_field("x", b"0" + b', "z": 0' * 100_000), None, "1"),
    HostileItem("a base64 bomb", with_field("ubl", b'"%s"' % (b"A" * 57_000_000)), "WB-RECORD-SIZE"),
)

_LISTED = [{"companyNumber": each.company_number} for each in DEMO_ADMINISTRATIONS]

LISTS = (
    HostileList("numbers in odd spellings", [{"companyNumber": "BE 0999.000.129"}], 1),
    HostileList(
        "numbers that are none", [{"companyNumber": each} for each in (7, None, "x", "\0", [1])], 0, 5
    ),
    HostileList("rows that are none", [None, 7, "x", [], {}, *_LISTED], len(_LISTED), 5),
    HostileList("the same company often", _LISTED[:1] * 90, 1),
    HostileList("nothing", [], 0),
)

NO_LISTS = (
    HostileList("null", None),
    HostileList("an object", {"companyNumber": "0999000129"}),
    HostileList("a text", "0999000129"),
    HostileList("a number", 7),
)


def listing(rows: object) -> Callable[[object], bytes]:
    """Gives these rows once, and then none; what is no list always."""
    answers = iter([rows] if isinstance(rows, list) else ())
    rest = [] if isinstance(rows, list) else rows

    def answer(_request: object) -> bytes:
        return reply(json.dumps({"data": {"administrations": next(answers, rest)}}).encode())

    return answer
