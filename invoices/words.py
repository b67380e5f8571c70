"""Words: by which an invoice is found, and what people type to find it."""

import re
import unicodedata
from collections.abc import Iterable
from contextlib import suppress

from invoices.company import InvalidCompanyNumber, enterprise_number
from invoices.party import Party

SHORTEST_START = 3
"""The last word that is typed stands for all that begin with it, from this many characters on."""
SHORTEST_START_OF_DIGITS = 5
"""The same where it is digits alone: with a year thousands of numbers begin."""

NOTHING = "'-'"
"""A query that no invoice answers: words have letters and digits only."""

_WORD = re.compile(r"[^\W_]{1,60}")
_MOST_WORDS = 40


def words_of(text: str | None) -> list[str]:
    """The words of a text, without case, accents and punctuation."""
    plain = unicodedata.normalize("NFKD", text or "").casefold()
    unaccented = "".join(char for char in plain if not unicodedata.combining(char))
    return _WORD.findall(unaccented)[:_MOST_WORDS]


def supplier_number(seller: Party) -> str | None:
    """The number by which people know a supplier: the Belgian enterprise number, else the VAT number."""
    return seller.enterprise_number or next(iter(seller.vat_numbers), None)


def words_of_invoice(names: Iterable[str | None], seller: Party | None, company_number: str | None) -> str:
    """All words by which an invoice is found, with spaces between.

    `names` are its number, as it says and as the source states it, and the source's id. What is the supplier's also
    stands there with `s:` before it, and its company with `c:`.
    """
    found = {word for name in names for word in _whole_and_parts(name)}
    if seller is not None:
        theirs = set(words_of(seller.name))
        theirs.update("".join(words_of(number)) for number in (seller.enterprise_number, *seller.vat_numbers))
        found |= theirs | {f"s:{word}" for word in theirs}
    if company_number:
        found.add(f"c:{company_number}")
    return " ".join(sorted(found - {"", "s:"}))


def search_for(text: str) -> str:
    """A PostgreSQL `tsquery`, in brackets, for what was typed: every word of it, or all of it as one."""
    return _query(text, "")


def search_for_supplier(text: str) -> str:
    """The same among the words of the supplier alone."""
    return _query(text, "s:")


def _whole_and_parts(name: str | None) -> list[str]:
    parts = words_of(name)
    return [*parts, "".join(parts)]


def _query(text: str, mark: str) -> str:
    words = words_of(text)
    if not words:
        return NOTHING
    *first, last = words
    start = SHORTEST_START_OF_DIGITS if last.isdigit() else SHORTEST_START
    whole = [f"'{mark}{word}'" for word in first]
    ways = [" & ".join([*whole, f"'{mark}{last}'{':*' if len(last) >= start else ''}"])]
    if first:
        ways.append(f"'{mark}{''.join(words)}'")
    with suppress(InvalidCompanyNumber):
        ways.append(f"'{mark}{enterprise_number(text)}'")
    return f"({' | '.join(f'({way})' for way in ways)})"
