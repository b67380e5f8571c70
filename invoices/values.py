"""Values: the text of UBL elements as typed values; what is missing or absurd is None."""

import re
from binascii import Error as BadBase64
from binascii import a2b_base64
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lxml import etree

from invoices import ubl
from invoices.legible import legible

LONGEST_CODE = 200
"""A longer number, identifier or code is absurd."""
LONGEST_NAME = 200
"""Longer names are cut."""

_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,60}(?:\.[0-9]{0,60})?|\.[0-9]{1,60})")
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:Z|[+-][0-9]{2}:[0-9]{2})?")


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount of money; `currency` as the amount itself states it."""

    value: Decimal
    currency: str | None


def code(element: etree._Element, path: str | None = None) -> str | None:
    """The number, identifier or code in the element, or in the first at the path below it."""
    return short(ubl.text(element, path))


def short(text: str | None) -> str | None:
    """`text` on one line, unless it is too long for a number, identifier or code."""
    if text is None or len(text) > LONGEST_CODE:
        return None
    return legible(text, LONGEST_CODE) or None


def name(element: etree._Element, path: str) -> str | None:
    """The name at the path, on one line and cut to a length fit to be shown."""
    return legible(ubl.text(element, path) or "", LONGEST_NAME) or None


def amount(element: etree._Element, path: str | None = None) -> Amount | None:
    """The amount of money in the element, or in the first at the path below it."""
    stated = element if path is None else ubl.first(element, path)
    value = decimal(ubl.text(stated))
    if stated is None or value is None:
        return None
    return Amount(value, short(stated.get("currencyID")))


def decimal(text: str | None) -> Decimal | None:
    """The number in `text` as xsd:decimal has it: no exponent, no NaN, ASCII digits only."""
    if text is None or not _DECIMAL.fullmatch(text):
        return None
    return Decimal(text)


def calendar_date(element: etree._Element, path: str) -> date | None:
    """The date at the path; its time zone, which xsd:date allows, says nothing about an invoice."""
    stated = _DATE.fullmatch(ubl.text(element, path) or "")
    try:
        return date.fromisoformat(stated[1]) if stated else None
    except ValueError:
        return None


def embedded_file(base64: str) -> bytes | None:
    """The bytes in `base64`, which may be broken into lines."""
    try:
        return a2b_base64(b"".join(base64.encode("ascii").split()), strict_mode=True)
    except (UnicodeEncodeError, BadBase64):
        return None
