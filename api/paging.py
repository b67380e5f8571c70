"""Paging: opaque cursors that say where a page ended, and of which list."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from typing import Annotated, Any

from pydantic import Field

from api.problems import Problem

LONGEST_CURSOR = 2_000

Limit = Annotated[int, Field(ge=1, le=100, description="How many at most.")]
CursorParameter = Annotated[
    str | None,
    Field(
        max_length=LONGEST_CURSOR,
        description="`next_cursor` of the page before, with the same filters and sort.",
    ),
]


class InvalidCursor(Problem):
    """The cursor is not one that this list gave to this caller for these filters and this sort: begin without one."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "invalid-cursor"
    title = "The cursor is not usable"

    def __init__(self) -> None:
        super().__init__(
            "The cursor does not belong to this list with these filters and this sort: begin again without one.",
            details=[{"field": "query.cursor", "message": "not usable", "rule": "cursor"}],
        )


@dataclass(frozen=True, slots=True)
class Bookmarks:
    """Makes and reads the cursors of one list: the same only for the same caller, path, filters and sort.

    A cursor opens nothing (who reads it sees what they may see anyway); its digest tells slips and mixed-up lists.
    """

    of: Sequence[Any]

    def cursor(self, place: Sequence[str | int]) -> str:
        """The cursor for a page that ended there."""
        return urlsafe_b64encode(json.dumps([self._digest(place), *place]).encode()).decode().rstrip("=")

    def place(self, cursor: str) -> list[Any]:
        """Where the page ended.

        Raises:
            InvalidCursor: It is no cursor of this list.
        """
        try:
            padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
            digest, *place = json.loads(urlsafe_b64decode(padded))
        except (ValueError, TypeError, RecursionError):
            raise InvalidCursor from None
        if not all(isinstance(each, str | int) for each in place) or digest != self._digest(place):
            raise InvalidCursor
        return list(place)

    def _digest(self, place: Sequence[str | int]) -> str:
        return sha256(json.dumps([*map(str, self.of), *place]).encode()).hexdigest()[:16]
