"""Companies: Belgian enterprise numbers, and which party of an invoice is a given company."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from invoices.legible import legible
from invoices.source import Direction

ENTERPRISE_SCHEMES = frozenset({"0208", "9956", "BE:CBE", "BE:EN"})
"""Schemes of Belgian enterprise numbers: ISO 6523 0208, and what came before it."""
VAT_SCHEMES = frozenset({"9925", "BE:VAT"})
"""Schemes of Belgian VAT numbers."""

_LONGEST = 60
_SPELLING = re.compile(
    r"(?:(?:0208|9956|9925)\s*:\s*)?(?P<country>BE)?[\s.:-]*(?:\(0\))?(?P<digits>[0-9](?:[\s./-]*[0-9])*)",
    re.IGNORECASE,
)
_SEPARATORS = re.compile(r"[\s./-]+")


class InvalidCompanyNumber(ValueError):
    """The text is not a Belgian enterprise number; the message says what was found and what is wrong."""

    def __init__(self, found: str, problem: str) -> None:
        super().__init__(f"“{legible(found, 40)}” is not a Belgian enterprise number: {problem}.")


def enterprise_number(text: str) -> str:
    """The ten digits of an enterprise or VAT number in any usual spelling.

    Nine digits, as before 2005, get their zero. The last two digits are 97 less the remainder of the first
    eight by 97.

    Raises:
        InvalidCompanyNumber: It is something else, such as the number of an establishment.
    """
    spelled = _SPELLING.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    if spelled is None:
        raise InvalidCompanyNumber(text, "it is not written like one, such as 0123.456.749 or BE0123456749")
    digits = _SEPARATORS.sub("", spelled["digits"])
    if len(digits) == 9:
        digits = f"0{digits}"
    if len(digits) != 10:
        raise InvalidCompanyNumber(text, f"it has {len(digits)} digits, not ten")
    _check(digits, text)
    return digits


def _check(digits: str, text: str) -> None:
    if digits[0] in "2345678":
        raise InvalidCompanyNumber(
            text, "it is the number of an establishment (vestigingseenheid); give that of its company"
        )
    if digits[0] == "9":
        raise InvalidCompanyNumber(text, "it begins with 9, and enterprise numbers begin with 0 or 1")
    expected = 97 - int(digits[:8]) % 97
    if int(digits[8:]) != expected:
        raise InvalidCompanyNumber(text, f"its check digits are {digits[8:]} but should be {expected:02}")


def format_enterprise_number(number: str) -> str:
    """Ten digits as people write them: `0123.456.749`."""
    return f"{number[:4]}.{number[4:7]}.{number[7:]}"


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier and its scheme, such as `0208`, where it states one."""

    value: str
    scheme: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyIdentifiers:
    """What tells who a party is.

    Attributes:
        legal_ids: Legal registration identifiers (BT-30, BT-47).
        endpoint: Electronic address (BT-34, BT-49).
        identifications: Other identifiers (BT-29, BT-46).
        vat_numbers: VAT identifiers (BT-31, BT-48).
    """

    legal_ids: tuple[Identifier, ...] = ()
    endpoint: Identifier | None = None
    identifications: tuple[Identifier, ...] = ()
    vat_numbers: tuple[str, ...] = ()

    @property
    def enterprise_number(self) -> str | None:
        """The first valid Belgian one; a VAT number is the last to be asked."""
        for numbers in (self.enterprise_numbers(), self.numbers_by_vat_scheme(), self.numbers_by_vat()):
            for number in numbers:
                return number
        return None

    def enterprise_numbers(self) -> Iterator[str]:
        """Valid ones of the legal entity, then of the endpoint, then of the identifications."""
        for identifier in self.legal_ids:
            if identifier.scheme is None or identifier.scheme.upper() in ENTERPRISE_SCHEMES:
                yield from _valid(identifier.value)
        yield from self._by_scheme(ENTERPRISE_SCHEMES)

    def numbers_by_vat_scheme(self) -> Iterator[str]:
        """Valid ones of an endpoint or identification that says it is a Belgian VAT number."""
        yield from self._by_scheme(VAT_SCHEMES)

    def numbers_by_vat(self) -> Iterator[str]:
        """Valid ones in Belgian VAT numbers."""
        for number in self.vat_numbers:
            if number[:2].upper() == "BE" or number[:1].isdigit():
                yield from _valid(number)

    def _by_scheme(self, schemes: frozenset[str]) -> Iterator[str]:
        endpoint = () if self.endpoint is None else (self.endpoint,)
        for identifier in (*endpoint, *self.identifications):
            if identifier.scheme is not None and identifier.scheme.upper() in schemes:
                yield from _valid(identifier.value)


def _valid(text: str) -> Iterator[str]:
    try:
        yield enterprise_number(text)
    except InvalidCompanyNumber:
        return


class Match(StrEnum):
    """Whether a party is a company."""

    BY_ENTERPRISE_NUMBER = "by_enterprise_number"
    BY_VAT_ONLY = "by_vat_only"
    VAT_CONFLICT = "vat_conflict"
    """The VAT number is the company's, the enterprise number another's: members of a VAT unit."""
    NONE = "none"


def party_match(party: PartyIdentifiers, company_number: str) -> Match:
    """Whether the party is the company of this number (ten digits).

    Any enterprise number on the party that is the company's will do. A VAT number, also as an address in
    scheme 9925, will do unless an enterprise number says that the party is another company.
    """
    others = set(party.enterprise_numbers())
    if company_number in others:
        return Match.BY_ENTERPRISE_NUMBER
    addresses = set(party.numbers_by_vat_scheme())
    if company_number in addresses:
        return Match.VAT_CONFLICT if others else Match.BY_ENTERPRISE_NUMBER
    if company_number in party.numbers_by_vat():
        return Match.VAT_CONFLICT if others or addresses else Match.BY_VAT_ONLY
    return Match.NONE


class Parties(Protocol):
    """Whatever says who sells and who buys."""

    @property
    def seller(self) -> PartyIdentifiers:
        """BG-4."""

    @property
    def buyer(self) -> PartyIdentifiers:
        """BG-7."""


def owners(parties: Parties, listed: Collection[str]) -> list[tuple[str, Direction]]:
    """The listed companies whose invoice this is, as seller (SALE) or buyer (PURCHASE).

    A company that only a contested VAT number points to is not among them.
    """
    return [
        (number, direction)
        for direction, party in ((Direction.SALE, parties.seller), (Direction.PURCHASE, parties.buyer))
        for number in _numbers(party)
        if number in listed and party_match(party, number) in {Match.BY_ENTERPRISE_NUMBER, Match.BY_VAT_ONLY}
    ]


def _numbers(party: PartyIdentifiers) -> list[str]:
    numbers = (*party.enterprise_numbers(), *party.numbers_by_vat_scheme(), *party.numbers_by_vat())
    return list(dict.fromkeys(numbers))
