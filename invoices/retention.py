"""Retention: for how long a document is kept, in calendar years as the law counts them."""

from datetime import date

SHORTEST_YEARS = 10
"""Belgian VAT Code, article 60: ten years from 1 January after the year of the document (since 2023)."""


def counted_from(issued: date | None, arrived: date) -> date:
    """The day from which the years count: 1 January after the year of issue or of arrival, whichever is later.

    A date of issue that was mistyped, long past, so cannot have a document erased as soon as it has arrived.
    """
    return date(max(arrived.year, issued.year if issued else arrived.year) + 1, 1, 1)


def kept_until(counted: date, years: int) -> date:
    """The last day on which it is kept: 31 December of the last of so many years.

    Raises:
        ValueError: They are fewer than the law demands.
    """
    if years < SHORTEST_YEARS:
        raise ValueError(f"documents are kept for {SHORTEST_YEARS} years or more, not {years}")
    return date(counted.year + years - 1, 12, 31)


def may_be_erased(today: date, counted: date, years: int) -> bool:
    """Whether that day is over, and nothing else keeps it."""
    return today > kept_until(counted, years)
