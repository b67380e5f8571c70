"""Business identity: when two documents are the same invoice, and when they only look like it."""

import json
import re
from collections.abc import Iterator
from hashlib import sha256

from invoices.facts import Facts
from invoices.source import Direction

CLOSE_DAYS = 7
"""Dates of issue up to this many days apart are close."""

_YEAR = re.compile(r"(?:19|20)[0-9]{2}")


def identity_key(facts: Facts | None, company_number: str, direction: Direction, document_sha256: str) -> str:
    """SHA-256 in hex of what makes an invoice that one invoice in that company's books.

    Company, direction, issuer, kind, normalised number and year of issue; the document's own hash where
    issuer, number or date is unknown, so that there always is a key.
    """
    named: tuple[str | int | bool, ...] = ("document", document_sha256)
    if facts and facts.issuer_key and facts.normalised_number and facts.issue_date:
        named = (
            facts.issuer_key,
            facts.kind,
            facts.self_billed,
            facts.normalised_number,
            facts.issue_date.year,
        )
    return sha256(json.dumps([company_number, direction, *named]).encode()).hexdigest()


def near_duplicate(one: Facts, other: Facts) -> str | None:
    """The evidence, in words, that both may be the same invoice under another number or date; None without.

    The same issuer, kind, currency and payable amount (an amount of zero tells nothing), and a close number
    or a close date of issue.
    """
    if (
        not one.payable_amount
        or None in _what_must_agree(one)
        or _what_must_agree(one) != _what_must_agree(other)
    ):
        return None
    reasons = [*_close_numbers(one, other), *_close_dates(one, other)]
    if not reasons:
        return None
    amount = f"{one.currency} {one.payable_amount:f}"
    return f"The same issuer and amount ({amount}); {'; '.join(reasons)}."


def _what_must_agree(facts: Facts) -> tuple[object, ...]:
    return (facts.issuer_key, facts.kind, facts.currency, facts.payable_amount)


def _close_numbers(one: Facts, other: Facts) -> Iterator[str]:
    if not one.normalised_number or not other.normalised_number:
        return
    closeness = _closeness(one.normalised_number, other.normalised_number)
    if closeness:
        yield f"{closeness} ({one.number} and {other.number})"


def _closeness(one: str, other: str) -> str | None:
    if one == other:
        return "the same number"
    if _without_punctuation(one) == _without_punctuation(other):
        return "numbers that differ only in punctuation"
    if _YEAR.sub("", one, count=1) == _YEAR.sub("", other, count=1):
        return "numbers that differ only in the year"
    if _one_edit_apart(one, other):
        return "numbers that differ in one character"
    return None


def _without_punctuation(number: str) -> str:
    return "".join(char for char in number if char.isalnum())


def _one_edit_apart(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    same = next((i for i, (a, b) in enumerate(zip(shorter, longer, strict=False)) if a != b), len(shorter))
    if len(shorter) == len(longer):
        return shorter[same + 1 :] == longer[same + 1 :]
    return shorter[same:] == longer[same + 1 :]


def _close_dates(one: Facts, other: Facts) -> Iterator[str]:
    if one.issue_date is None or other.issue_date is None:
        return
    days = abs((one.issue_date - other.issue_date).days)
    if days == 0:
        yield "issued on the same day"
    elif days <= CLOSE_DAYS:
        yield f"issued {days} {'day' if days == 1 else 'days'} apart"
