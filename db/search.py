"""Search: the invoices that the caller sees and that have certain words, or are called so."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, text

MOST_FOUND = 2_000
"""Where more are found, words do not select: they are compared along the way instead."""


@dataclass(frozen=True, slots=True)
class Search:
    """A PostgreSQL `tsquery` over the words of invoices (`invoices.words`), and what one may be called."""

    query: str
    named: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """The ids of what was found, unless it was too many."""

    ids: Sequence[UUID]
    too_many: bool


def found(connection: Connection, search: Search) -> Found:
    """What the caller sees of what was searched for."""
    ids = connection.execute(
        text("SELECT DISTINCT facade_finds(:query, :named, :limit)"),
        {"query": search.query, "named": search.named, "limit": MOST_FOUND + 1},
    ).scalars()
    every = list(ids)
    return Found(every, too_many=len(every) > MOST_FOUND)
