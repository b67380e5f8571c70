"""Parts: the companies, split by their number among runs that work side by side."""

import hashlib
import re
from dataclasses import dataclass
from typing import Self

PATTERN = r"^[1-9][0-9]{0,2}/[1-9][0-9]{0,2}$"


class InvalidPart(ValueError):
    """The text names no part; the message says what was found and how one is written."""

    def __init__(self, found: str) -> None:
        super().__init__(
            f"“{found[:20]}” is not a part: write which one and of how many, such as 2/4,"
            " where the first number is at most the second, and neither is above 999"
        )


@dataclass(frozen=True, slots=True)
class Part:
    """One of so many parts of all companies; the same company is always in the same of them.

    Attributes:
        number: Which one, from 1.
        of: How many there are.
    """

    number: int
    of: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """The part that is written like 2/4.

        Raises:
            InvalidPart: It is written otherwise, or there is no such part.
        """
        if re.fullmatch(PATTERN, text) is None:
            raise InvalidPart(text)
        number, of = map(int, text.split("/"))
        if number > of:
            raise InvalidPart(text)
        return cls(number, of)

    def has(self, company_number: str | None) -> bool:
        """Whether a company is in it, as the ledger's `company_part` decides; no number is in some part as well."""
        digest = hashlib.md5((company_number or "").encode(), usedforsecurity=False).hexdigest()
        return int(digest[-8:], 16) % self.of + 1 == self.number

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


WHOLE = Part(1, 1)
"""All companies, and what names none."""
