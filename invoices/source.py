"""What any source of invoices offers: pages of records behind an opaque cursor, and acknowledgements."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from invoices.findings import Finding


class Direction(StrEnum):
    """Seen from the company whose books these are."""

    SALE = "SALE"
    PURCHASE = "PURCHASE"


@dataclass(frozen=True, slots=True)
class Record:
    """One version of one invoice as its source knows it, with the document's exact bytes.

    `company_number` is ten digits; it and `direction` are None where the source cannot say.
    """

    source_id: str
    version: int
    document: bytes = field(repr=False)
    company_number: str | None = None
    direction: Direction | None = None
    number: str | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RejectedRecord:
    """A record that cannot be stored as an invoice: its raw bytes and why, in words for people.

    `retryable` where asking the source again may mend it (a document that is missing for now).
    """

    raw: bytes = field(repr=False)
    finding: Finding
    source_id: str | None = None
    version: int | None = None
    retryable: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Records in the source's order, and the cursor to send next time (also when `has_more` is false)."""

    records: tuple[Record, ...]
    rejected: tuple[RejectedRecord, ...]
    next_cursor: str | None
    has_more: bool


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What became of a record: `status` is sent, failed, duplicate, held, outcome_unknown, ..."""

    source_id: str
    version: int
    status: str
    receipt: str | None = None
    findings: tuple[Finding, ...] = ()


class Source(Protocol):
    """A place that invoices come from. To connect another ERP, write one of these.

    Methods raise the errors of `clients.errors`: `CursorExpired`, `SourceUnavailable`, `SourceRefused`.
    """

    name: str

    def page(self, cursor: str | None) -> Page:
        """The page behind `cursor`; None is the beginning."""

    def record(self, source_id: str) -> Record | RejectedRecord | None:
        """One record by the source's id, or None where the source does not know it."""

    def stored(self, page: Page) -> None:
        """The ledger has committed `page`: files may be moved, nothing may be lost any more."""

    def acknowledge(self, acknowledgement: Acknowledgement) -> None:
        """Tell the source what became of a record; a courtesy that may fail."""

    def close(self) -> None:
        """Give connections back."""
