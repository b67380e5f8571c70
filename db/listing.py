"""Lists of invoices as the facade's callers see them: filtered, sorted, and a page at a time from where the last ended.

Each page is read off indexes, whatever the size of the ledger: one short walk for each state (and company), from which
the first of all are taken. Filters that few invoices pass are left to the planner.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from db.invoice_items import ITEM
from db.search import Search, found
from invoices.lifecycle import State
from invoices.source import Direction


class Sort(StrEnum):
    """What invoices may be sorted by; what has no such value counts as less than all that have."""

    RECEIVED = "received"
    UPDATED = "updated"
    ISSUED = "issued"
    AMOUNT = "amount"
    NUMBER = "number"


_COLUMNS = {
    Sort.RECEIVED: ("created_at", "timestamptz"),
    Sort.UPDATED: ("updated_at", "timestamptz"),
    Sort.ISSUED: ("by_issue_date", "date"),
    Sort.AMOUNT: ("by_amount", "double precision"),
    Sort.NUMBER: ("by_number", "text"),
}

Key = tuple[str, int]
"""Where a page ended: the last invoice's value (as PostgreSQL writes it) and its arrival."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which invoices, and in which order; what is None does not narrow.

    Attributes:
        seen: The companies whose invoices the caller may see; None for all.
        number: As it is shown; exact.
        job: The id of a run, or of the request for one.
        search: Words of the invoice and of its supplier.
        after: Where the page before ended.
    """

    seen: frozenset[str] | None = None
    states: tuple[State, ...] = tuple(State)
    company_number: str | None = None
    direction: Direction | None = None
    currency: str | None = None
    number: str | None = None
    issued_from: date | None = None
    issued_until: date | None = None
    amount_min: Decimal | None = None
    amount_max: Decimal | None = None
    job: UUID | None = None
    search: Search | None = None
    sort: Sort = Sort.RECEIVED
    descending: bool = True
    limit: int = 50
    after: Key | None = None

    @property
    def companies(self) -> list[str] | None:
        """Those to look among; None for all."""
        if self.company_number is None:
            return None if self.seen is None else sorted(self.seen)
        return [self.company_number] if self.seen is None or self.company_number in self.seen else []


@dataclass(frozen=True, slots=True)
class Page:
    """Invoices as JSON objects with commas between, how many, and where to go on; None at the end."""

    items: str
    count: int
    next: Key | None


_NOTHING = Page("", 0, None)

# The best plan of a selection hangs on its values, and is never to read a whole table.
_PLAN_BY_VALUES = text(
    "SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_seqscan', 'off', true)"
)
# A walk takes the first of an index; the planner, which knows no value, may think that there are few and sort them.
_PLAN_TO_WALK = text(
    "SELECT set_config('enable_sort', 'off', true), set_config('enable_bitmapscan', 'off', true)"
)


def invoice_page(connection: Connection, wanted: Wanted) -> Page:
    """One page of the invoices that the caller may see."""
    if wanted.companies == [] or not wanted.states:
        return _NOTHING
    few = found(connection, wanted.search) if wanted.search else None
    if few is not None and not few.ids and not few.too_many:
        return _NOTHING
    query = _Query(wanted, None if few is None or few.too_many else few.ids)
    connection.execute(_PLAN_BY_VALUES if query.is_selective else _PLAN_TO_WALK)
    row = connection.execute(text(query.sql()), query.values).one()
    return Page(row.items or "", row.shown, (row.last_key, row.last_arrival) if row.more else None)


class _Query:
    def __init__(self, wanted: Wanted, ids: Sequence[UUID] | None) -> None:
        self.wanted = wanted
        self.column, self.type = _COLUMNS[wanted.sort]
        self.values: dict[str, Any] = {"limit": wanted.limit, "states": list(wanted.states)}
        self._selecting = [*self._selections(ids)]
        self._filtering = [*self._filters()]

    @property
    def is_selective(self) -> bool:
        """Whether few invoices may pass, so that a walk in the order of the sort could be long."""
        return bool(self._selecting)

    def sql(self) -> str:
        """The statement that makes the page."""
        order = "DESC" if self.wanted.descending else "ASC"
        return _PAGE.format(
            source=self._selected(order) if self.is_selective else self._walked(order),
            item=ITEM,
            order=f"key {order}, arrival {order}",
        )

    def _selected(self, order: str) -> str:
        conditions = [*self._selecting, *self._filtering, "i.state = ANY(:states)"]
        if self.wanted.companies is not None:
            self.values["companies"] = self.wanted.companies
            conditions.append("i.company_number = ANY(CAST(:companies AS text[]))")
        return self._walk(conditions, order)

    def _walked(self, order: str) -> str:
        walks, conditions = "unnest(CAST(:states AS text[])) AS its (state)", ["i.state = its.state"]
        if self.wanted.companies is not None:
            self.values["companies"] = self.wanted.companies
            walks += " CROSS JOIN unnest(CAST(:companies AS text[])) AS their (company)"
            conditions.append("i.company_number = their.company")
        walk = self._walk([*conditions, *self._filtering], order)
        return (
            f"SELECT walked.* FROM {walks} CROSS JOIN LATERAL ({walk}) AS walked"
            f" ORDER BY key {order}, arrival {order} LIMIT :limit + 1"
        )

    def _walk(self, conditions: Sequence[str], order: str) -> str:
        return (
            f"SELECT i.arrival, i.{self.column} AS key FROM invoice i WHERE {' AND '.join(conditions)}"
            f" ORDER BY i.{self.column} {order}, i.arrival {order} LIMIT :limit + 1"
        )

    def _selections(self, ids: Sequence[UUID] | None) -> Iterator[str]:
        wanted = self.wanted
        if ids is not None:
            yield self._with("i.id = ANY(CAST(:ids AS uuid[]))", ids=list(ids))
        if wanted.number is not None:
            yield self._with("i.by_number = :number", number=wanted.number)
        if wanted.job is not None:
            yield self._with(_OF_JOB, job=wanted.job)
        if wanted.sort is not Sort.ISSUED:
            yield from self._issued()
        if wanted.sort is not Sort.AMOUNT:
            yield from self._amounts()

    def _filters(self) -> Iterator[str]:
        wanted = self.wanted
        if wanted.direction is not None:
            yield self._with("i.direction = :direction", direction=wanted.direction)
        if wanted.currency is not None:
            yield self._with("i.currency = :currency", currency=wanted.currency)
        if wanted.search is not None and "ids" not in self.values:
            yield self._with("facade_has_words(i.id, :words)", words=wanted.search.query)
        if wanted.sort is Sort.ISSUED:
            yield from self._issued()
        if wanted.sort is Sort.AMOUNT:
            yield from self._amounts()
        if wanted.after is not None:
            yield self._beyond(wanted.after)

    def _beyond(self, after: Key) -> str:
        sign = "<" if self.wanted.descending else ">"
        return self._with(
            f"(i.{self.column}, i.arrival) {sign} (CAST(:after_key AS {self.type}), :after_arrival)",
            after_key=after[0],
            after_arrival=after[1],
        )

    def _issued(self) -> Iterator[str]:
        if self.wanted.issued_from is not None:
            yield self._with("i.by_issue_date >= :issued_from", issued_from=self.wanted.issued_from)
        if self.wanted.issued_until is not None:
            yield self._with("i.by_issue_date <= :issued_until", issued_until=self.wanted.issued_until)
            yield "i.issue_date IS NOT NULL"

    def _amounts(self) -> Iterator[str]:
        # Money is compared exactly; the rounded amount only finds the place in the index.
        for name, sign in (("amount_min", ">="), ("amount_max", "<=")):
            if (bound := getattr(self.wanted, name)) is not None:
                yield self._with(
                    f"i.by_amount {sign} CAST(:{name} AS double precision)", **{name: str(bound)}
                )
                yield f"i.payable_amount {sign} CAST(:{name} AS numeric)"

    def _with(self, condition: str, **values: Any) -> str:
        self.values |= values
        return condition


_OF_JOB = """i.id IN (
    SELECT j.invoice_id FROM job_invoice j WHERE j.job_id = ANY(ARRAY(
        SELECT CAST(:job AS uuid) UNION ALL SELECT r.job_id FROM run_request r WHERE r.id = :job)))
AND NOT EXISTS (SELECT FROM run_request r WHERE r.id = :job AND NOT i.id = ANY(r.invoice_ids))"""

_PAGE = """
WITH page AS ({source}), placed AS (SELECT *, row_number() OVER (ORDER BY {order}) AS place FROM page)
SELECT string_agg((SELECT row_to_json(item) FROM (SELECT {item}) AS item)::text, ',' ORDER BY place)
           FILTER (WHERE place <= :limit) AS items,
       count(*) FILTER (WHERE place <= :limit) AS shown, count(*) > :limit AS more,
       max(key::text) FILTER (WHERE place = :limit) AS last_key,
       max(arrival) FILTER (WHERE place = :limit) AS last_arrival
FROM placed JOIN invoice i USING (arrival)
JOIN document d ON d.id = i.document_id LEFT JOIN verdict v ON v.id = i.verdict_id
"""


def usable_key(sort: Sort, value: str, arrival: int) -> Key:
    """A place to go on from, as a caller gave it back.

    Raises:
        ValueError: No page of this sort can have ended there.
    """
    if not 0 <= arrival < 2**63 or "\0" in value:
        raise ValueError
    if sort in {Sort.RECEIVED, Sort.UPDATED} and datetime.fromisoformat(value).tzinfo is None:
        raise ValueError
    if sort is Sort.ISSUED:
        date.fromisoformat(value)
    if sort is Sort.AMOUNT and float(value) != float(value):  # NaN alone differs from itself
        raise ValueError
    return value, arrival
