"""What Clearfacts tells when asked: documents, administrations, monthly counts, and whose token it is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from invoices.company import InvalidCompanyNumber, enterprise_number
from invoices.legible import legible

_PERIOD = re.compile(r"(0[1-9]|1[0-2])/([1-9][0-9]{3})")
_LONGEST_TEXT = 1000


@dataclass(frozen=True, slots=True)
class DeliveredDocument:
    """A document of ours as Clearfacts shows it; absent fields are None. It proves receipt, not booking."""

    date: str | None
    comment: str | None
    type: str | None
    payment_state: str | None
    file_uuid: str | None
    file_name: str | None


@dataclass(frozen=True, slots=True)
class Administrations:
    """The companies that may be delivered to (ten digits each), and how many numbers could not be read."""

    company_numbers: frozenset[str]
    malformed: int


@dataclass(frozen=True, slots=True)
class MonthlyCount:
    """How many documents of a company were processed in a month, through every channel."""

    company_number: str
    month: date
    documents: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """Monthly counts, and how many rows or items could not be read."""

    counts: tuple[MonthlyCount, ...]
    malformed: int


@dataclass(frozen=True, slots=True)
class UserInfo:
    """Who a token acts as."""

    sub: str
    username: str | None
    email: str | None


def document_of(node: Mapping[str, Any]) -> DeliveredDocument:
    """The document that a `document` node describes."""
    file = node.get("file")
    file = file if isinstance(file, dict) else {}
    return DeliveredDocument(
        _text(node, "date"),
        _text(node, "comment"),
        _text(node, "type"),
        _text(node, "paymentState"),
        _text(file, "uuid"),
        _text(file, "name"),
    )


def administrations_of(rows: list[Any]) -> Administrations:
    """The companies that `administrations` rows name."""
    numbers = [_company_number(row) for row in rows]
    return Administrations(frozenset(filter(None, numbers)), numbers.count(None))


def statistics_of(rows: list[Any]) -> Statistics:
    """The counts that `getCompanyStatistics` rows hold."""
    counts = [count for row in rows for count in _counts(row)]
    return Statistics(tuple(filter(None, counts)), counts.count(None))


def user_of(body: Mapping[str, Any]) -> UserInfo | None:
    """Who `body` of the userinfo call names, or None."""
    sub = body.get("sub")
    # Some servers give the subject as a number.
    if not isinstance(sub, str | int) or isinstance(sub, bool) or sub == "":
        return None
    return UserInfo(legible(str(sub), _LONGEST_TEXT), _text(body, "username"), _text(body, "email"))


def _company_number(row: object) -> str | None:
    match row:
        case {"companyNumber": str(text)}:
            try:
                return enterprise_number(text)
            except InvalidCompanyNumber:
                return None
    return None


def _counts(row: object) -> list[MonthlyCount | None]:
    company_number = _company_number(row)
    match row:
        case {"items": list(items)} if company_number is not None:
            return [_count(company_number, item) for item in items]
    return [None]


def _count(company_number: str, item: object) -> MonthlyCount | None:
    match item:
        case {"period": str(period), "value": int(value)} if not isinstance(value, bool) and value >= 0:
            found = _PERIOD.fullmatch(period)
            month = found and date(int(found[2]), int(found[1]), 1)
            return MonthlyCount(company_number, month, value) if month else None
    return None


def _text(node: Mapping[str, Any], name: str) -> str | None:
    value = node.get(name)
    return legible(value, _LONGEST_TEXT) if isinstance(value, str) else None
