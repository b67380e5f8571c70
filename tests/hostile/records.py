"""Hostile records of the source: fields as no ERP should send them, and what a run makes of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class HostileRecord:
    """A sound invoice in a record with these fields instead.

    Attributes:
        name: What it is; the record's id, unless a field replaces that.
        fields: What the record says instead.
        state: In which the run leaves it; `rejected` where it cannot become an invoice.
        code: Of the finding that says why.
        says: Part of what people read of it.
    """

    name: str
    fields: Mapping[str, Any]
    state: str = "rejected"
    code: str | None = "WB-RECORD-FIELD"
    says: str = ""


def _deep(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


def _id(name: str, value: object, shown: str = "") -> HostileRecord:
    """`shown` is what the finding calls it; none where it is an id like any other."""
    if not shown:
        return HostileRecord(f"id: {name}", {"id": value}, "sent", None)
    return HostileRecord(f"id: {name}", {"id": value}, says=f"id is {shown}")


def _version(value: object) -> HostileRecord:
    return HostileRecord(f"version: {value!r}"[:60], {"version": value}, says="whole number from 1")


def _company(value: object, state: str = "rejected") -> HostileRecord:
    code = "WB-RECORD-FIELD" if state == "rejected" else None
    return HostileRecord(
        f"company: {value!r}"[:60], {"companyNumber": value}, state, code, "companyNumber" if code else ""
    )


def _direction(value: object) -> HostileRecord:
    return HostileRecord(f"direction: {value!r}", {"direction": value}, says="SALE or PURCHASE")


def _updated(value: object, state: str = "rejected") -> HostileRecord:
    code = "WB-RECORD-FIELD" if state == "rejected" else None
    return HostileRecord(
        f"updatedAt: {value!r}"[:60], {"updatedAt": value}, state, code, "date-time" if code else ""
    )


def _url(name: str, url: str, code: str = "WB-RECORD-ORIGIN", says: str = "own server") -> HostileRecord:
    return HostileRecord(f"ublUrl: {name}", {"ublUrl": url, "ubl": None}, code=code, says=says)


def _ubl(name: str, ubl: object, code: str, says: str) -> HostileRecord:
    return HostileRecord(f"ubl: {name}", {"ublUrl": None, "ubl": ubl}, code=code, says=says)


IDS = (
    _id("NUL", "a\0b", r'"a\u0000b"'),
    _id("a newline", "a\nb", r'"a\nb"'),
    _id("C1", "a\u009b2Jb", r'"a\u009b2Jb"'),
    _id("129 characters", "x" * 129, '"xxx'),
    _id("128 characters", "x" * 128),
    _id("nothing", "", '""'),
    _id("blank", " \u00a0 ", r'" \u00a0 "'),
    _id("a number", 7, "7"),
    _id("null", None, "absent"),
    _id("an object", {"a": "b"}, "an object"),
    _id("400 levels deep", _deep(400), "an array"),
    _id("slashes and dots", "../../../api/v1/health"),
    _id("dots", ".."),
    _id("a query", "x?include=ubl#y&z=%2e%2e"),
    _id("RTL override", "a\u202eb"),
    _id("Slack", "<!channel>"),
)

VERSIONS = tuple(map(_version, (0, -1, 2**31, 2**63, 10**100, "1", 1.5, True, None, [1], float("1e300"))))

COMPANIES = (
    _company("BE 0999.000.129", "sent"),
    _company("  0999/000/129 ", "sent"),
    _company("0208:0999000129", "sent"),
    _company("\uff10999000129"),
    _company("0999000128"),
    _company("0999000129\n"),
    _company("0999000129'; DROP TABLE invoice; --"),
    HostileRecord("company: a number", {"companyNumber": 999000129}, says="a text of at most"),
    _company(""),
    _company("9" * 5000),
)

FIELDS = (
    _direction("purchase"),
    _direction(" PURCHASE"),
    _direction("BOTH"),
    _direction(["PURCHASE"]),
    _updated("0000-01-01T00:00:00Z"),
    _updated("0001-01-01T00:00:00Z", "sent"),
    _updated("0001-01-01T00:00:00+14:00"),
    _updated("9999-12-31T23:59:59-23:59"),
    _updated("9999-12-31T23:59:59Z", "sent"),
    _updated("2026-01-01T00:00:00+99:99"),
    _updated("2026-01-01T24:00:01Z"),
    _updated("2026-01-01T00:00:00"),
    _updated("2026-01-01T00:00:00." + "9" * 200 + "Z", "sent"),
    _updated("\uff12026-01-01T00:00:00Z"),
    HostileRecord("updatedAt: a number", {"updatedAt": 1767225600}, says="a text of at most"),
    HostileRecord("record's number: a newline", {"number": "A\nB"}, says="control character"),
    HostileRecord("record's number: 100 kB", {"number": "9" * 100_000}, says="256 characters"),
    HostileRecord("record's number: an array", {"number": ["A"]}, says="a text"),
    HostileRecord(
        "record's number: another than the document's",
        {"number": "=1+1"},
        "sent",
        "WB-NUMBER",
        "calls it =1+1",
    ),
)

DOCUMENTS = (
    _url("another server", "http://elsewhere.invalid/ubl"),
    _url("another port", "http://127.0.0.1:9/ubl"),
    _url("without scheme", "//elsewhere.invalid/ubl"),
    _url("with credentials", "http://a:b@127.0.0.1/ubl"),
    _url("a file", "file:///etc/passwd"),
    _url("gopher", "gopher://127.0.0.1:6379/_FLUSHALL"),
    _url("with CRLF", "/api/v1/invoices/x\r\nX-Evil: 1"),
    _url("with a backslash", "/\\elsewhere.invalid/ubl"),
    _url("10 kB", "/" + "x" * 10_000),
    _url("not there", "/api/v1/none", "WB-RECORD-DOCUMENT", "404"),
    _url("climbing", "/../../../etc/passwd", "WB-RECORD-DOCUMENT", "404"),
    _ubl("no base64", "%%%", "WB-RECORD-DOCUMENT", "readable ubl"),
    _ubl("an array", [1, 2], "WB-RECORD-DOCUMENT", "readable ubl"),
    _ubl("cut base64", "PEludm9pY2U", "WB-RECORD-DOCUMENT", "readable ubl"),
    _ubl("neither", None, "WB-RECORD-DOCUMENT", "readable ubl"),
)

RECORDS = (*IDS, *VERSIONS, *COMPANIES, *FIELDS, *DOCUMENTS)
