"""One item of the Java backend's feed: its fields checked, or a finding that says which is wrong."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from invoices.company import InvalidCompanyNumber, enterprise_number
from invoices.findings import Finding, PolicyClass, Severity
from invoices.source import Direction, RejectedRecord

_FIELD = "WB-RECORD-FIELD"
_LONGEST_ID = 128
_LONGEST_NUMBER = 256
_HIGHEST_VERSION = 2**31 - 1
_UNSTORABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
# RFC 3339, 5.6
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Item:
    """The fields of one record; `inline` is its document where the page carries a readable one."""

    source_id: str
    version: int
    direction: Direction
    company_number: str
    number: str
    updated_at: datetime
    inline: bytes | None = field(repr=False)
    url: str | None


class BadRecordError(Exception):
    """One record that cannot be stored as an invoice; the others are not touched by it."""

    def __init__(self, finding: Finding, *, retryable: bool = False) -> None:
        super().__init__(finding.message)
        self.finding = finding
        self.retryable = retryable


def checked(item: object, max_document_bytes: int) -> Item:
    """The fields of `item` as the contract's `Record` has them.

    Raises:
        BadRecordError: A field is missing or absurd, or the document passes the cap.
    """
    if not isinstance(item, dict):
        raise _bad("item", item, "a JSON object", "Send each record as an object.")
    return Item(
        source_id=_source_id(item),
        version=_version(item),
        direction=_direction(item),
        company_number=_company_number(item),
        number=_text(item, "number", _LONGEST_NUMBER),
        updated_at=_updated_at(item),
        inline=_inline(item.get("ubl"), max_document_bytes),
        url=_url(item),
    )


def rejected(item: object, error: BadRecordError) -> RejectedRecord:
    """`item` as it came, with why; its id and version where they can be read."""
    source_id = version = None
    if isinstance(item, dict):
        with suppress(BadRecordError):
            source_id = _source_id(item)
        with suppress(BadRecordError):
            version = _version(item)
        if error.finding.code == "WB-RECORD-SIZE":
            item = {**item, "ubl": None}
    return RejectedRecord(_raw(item), error.finding, source_id, version, error.retryable)


def _raw(item: object) -> bytes:
    try:
        return json.dumps(item).encode()
    except RecursionError:
        # It was only just shallow enough to be read.
        fields = item.items() if isinstance(item, dict) else ()
        return json.dumps({name: _shown(value) for name, value in fields}).encode()


def document_missing(why: str) -> BadRecordError:
    """The record is there, its document is not (yet)."""
    return BadRecordError(
        _finding(
            "WB-RECORD-DOCUMENT",
            f"The document of this record could not be had: {why}.",
            "Nothing, if it appears by itself: it is asked for again. Else check ublUrl in the source.",
        ),
        retryable=True,
    )


def document_too_large(max_bytes: int) -> BadRecordError:
    """The document passes the cap."""
    return BadRecordError(
        _finding(
            "WB-RECORD-SIZE",
            f"The document is larger than {max_bytes:,} bytes.",
            "Issue it with smaller attachments, or deliver it by hand.",
        )
    )


def document_elsewhere(url: str, why: str) -> BadRecordError:
    """The document's URL must not be followed."""
    return BadRecordError(
        _finding(
            "WB-RECORD-ORIGIN",
            f"ublUrl was not followed: {why}.",
            "Let ublUrl be a path on the source's own server.",
            found=_shown(url),
            expected="a path, or a URL on the source's own scheme, host and port",
        )
    )


def is_source_id(text: str) -> bool:
    """Whether `text` can be the id of a record."""
    return len(text) <= _LONGEST_ID and _is_clean(text) and bool(text.strip())


def _source_id(item: Mapping[str, Any]) -> str:
    source_id = item.get("id")
    if not isinstance(source_id, str) or not is_source_id(source_id):
        expected = f"a text of 1 to {_LONGEST_ID} characters, none of them a control character"
        raise _bad("id", source_id, expected, "Give every record an id of its own.")
    return source_id


def _version(item: Mapping[str, Any]) -> int:
    version = item.get("version")
    if type(version) is not int or not 1 <= version <= _HIGHEST_VERSION:
        expected = f"a whole number from 1 to {_HIGHEST_VERSION}"
        raise _bad("version", version, expected, "Number the versions of a record 1, 2, 3.")
    return version


def _direction(item: Mapping[str, Any]) -> Direction:
    direction = item.get("direction")
    if not isinstance(direction, str) or direction not in Direction.__members__:
        raise _bad("direction", direction, "SALE or PURCHASE", "Say whose books the invoice belongs to.")
    return Direction(direction)


def _company_number(item: Mapping[str, Any]) -> str:
    text = _text(item, "companyNumber", _LONGEST_NUMBER)
    try:
        return enterprise_number(text)
    except InvalidCompanyNumber as error:
        expected = "a Belgian enterprise number, such as 0123.456.749"
        fix = "Correct the company's number in the source."
        message = f"companyNumber: {error}"
        raise BadRecordError(_finding(_FIELD, message, fix, _shown(text), expected)) from None


def _updated_at(item: Mapping[str, Any]) -> datetime:
    text = _text(item, "updatedAt", _LONGEST_NUMBER)
    try:
        if _DATE_TIME.fullmatch(text):
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    expected = "a date-time with its zone, such as 2026-03-14T09:26:53Z"
    raise _bad("updatedAt", text, expected, "Write the moment of the last change by RFC 3339.")


def _text(item: Mapping[str, Any], name: str, longest: int) -> str:
    text = item.get(name)
    if not isinstance(text, str) or len(text) > longest or not _is_clean(text):
        expected = f"a text of at most {longest} characters, none of them a control character"
        raise _bad(name, text, expected, f"Correct {name} in the source.")
    return text


def _is_clean(text: str) -> bool:
    return not _UNSTORABLE.search(text)


def _inline(ubl: object, max_bytes: int) -> bytes | None:
    """The document of `ubl`; None where there is none or it is not base64: then ublUrl is followed."""
    if not isinstance(ubl, str):
        return None
    try:
        # Java's MIME encoder breaks base64 into lines.
        encoded = "".join(ubl.split()).encode("ascii")
        if len(encoded) // 4 * 3 - encoded[-2:].count(b"=") > max_bytes:
            raise document_too_large(max_bytes)
        return base64.b64decode(encoded, validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None


def _url(item: Mapping[str, Any]) -> str | None:
    url = item.get("ublUrl")
    return url if isinstance(url, str) and url else None


def _bad(name: str, found: object, expected: str, fix: str) -> BadRecordError:
    shown = _shown(found)
    message = f"{name} is {shown}, where {expected} is expected."
    return BadRecordError(_finding(_FIELD, message, fix, shown, expected))


def _shown(value: object) -> str:
    if value is None:
        return "absent"
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "an array"
    text = json.dumps(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _finding(
    code: str, message: str, fix: str, found: str | None = None, expected: str | None = None
) -> Finding:
    return Finding(
        code,
        Severity.FATAL,
        PolicyClass.STRUCTURE,
        message,
        found=found,
        expected=expected,
        fix=fix,
    )
