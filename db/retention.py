"""Retention: what has been kept long enough is erased or deleted, by functions of the ledger that check the rule."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Connection, text

from db.ledger import Actor, Ledger
from db.waypoints import Waypoint

DOCUMENTS_AT_ONCE = 500
"""Documents that one transaction looks at."""
_ROWS_AT_ONCE = 5_000

PRUNED = (
    "webhook_attempt", "webhook_message", "job_invoice", "received_webhook", "run_request", "security_event",
    "refresh_token", "sign_in", "sign_in_throttle", "notice_delivery", "notice", "trouble", "reconciliation",
)  # fmt: skip
"""Tables that rows are deleted of, in the order in which they hang on each other."""


@dataclass(frozen=True, slots=True)
class Place:
    """How far erasing has come: documents are looked at in the order in which they arrived."""

    at: datetime
    id: UUID


BEGINNING = Place(datetime.min.replace(tzinfo=UTC), UUID(int=0))


@dataclass(frozen=True, slots=True)
class Looked:
    """What became of a batch of documents of which the years may be over.

    Attributes:
        after: Where to go on; None where that was the last.
        erased: Erased, or what would have been.
        on_hold: Kept, only because a company is under a legal hold.
        still_open: Kept, only because an invoice still waits for a run or a person.
    """

    after: Place | None
    erased: int
    on_hold: int
    still_open: int


@dataclass(frozen=True, slots=True)
class Rules:
    """For how many years documents are kept, and whether this only says what would be erased."""

    years: int
    pretend: bool = False


_ERASE = text("SELECT * FROM erase_documents(:years, :most, :pretend, :after_at, :after_id)")
_LEFTOVERS = text("SELECT * FROM erase_leftovers(:years, :most, :pretend)")


def erase_next(
    ledger: Ledger, actor: Actor, rules: Rules, after: Place, most: int = DOCUMENTS_AT_ONCE
) -> Looked:
    """Look at the next `most` documents and erase those that nothing keeps, with all that was read of them."""
    with ledger.transaction(actor, Waypoint.ERASED) as connection:
        row = connection.execute(
            _ERASE,
            {
                "years": rules.years,
                "most": most,
                "pretend": rules.pretend,
                "after_at": after.at,
                "after_id": after.id,
            },
        ).one()
    following = Place(row.last_at, row.last_id) if row.looked_at == most else None
    return Looked(following, row.erased, row.on_hold, row.still_open)


def erase_leftovers(ledger: Ledger, actor: Actor, rules: Rules, most: int = _ROWS_AT_ONCE) -> tuple[int, int]:
    """Erase raw bytes of rejected records and reasons of holds that were lifted; how many of each, at most `most`."""
    with ledger.transaction(actor, Waypoint.ERASED) as connection:
        row = connection.execute(
            _LEFTOVERS, {"years": rules.years, "most": most, "pretend": rules.pretend}
        ).one()
    return row.rejected, row.reasons


def prune(ledger: Ledger, actor: Actor, rules: Rules, table: str, most: int = _ROWS_AT_ONCE) -> int:
    """Delete up to `most` old rows of one of the tables of PRUNED; returns how many (pretending: of all)."""
    return _pruned(ledger, actor, "SELECT prune(:table, :most, :pretend)", rules, most, table=table)


def forget_outcomes(ledger: Ledger, actor: Actor, rules: Rules, most: int = _ROWS_AT_ONCE) -> int:
    """Forget what dry runs foretold of each invoice, a while after; of how many jobs."""
    return _pruned(ledger, actor, "SELECT forget_outcomes(:most, :pretend)", rules, most)


def _pruned(ledger: Ledger, actor: Actor, statement: str, rules: Rules, most: int, **named: str) -> int:
    with ledger.transaction(actor, Waypoint.PRUNED) as connection:
        count: int = connection.execute(
            text(statement), {**named, "most": most, "pretend": rules.pretend}
        ).scalar_one()
    return count


@dataclass(frozen=True, slots=True)
class Erasure:
    """That a document was erased: when, by whom, and the last day on which it had to be kept."""

    erased_at: datetime
    actor: str
    rule: str
    retention_years: int
    kept_until: str


def erasure_of(connection: Connection, invoice_id: UUID) -> Erasure | None:
    """What is on record of the erasure of an invoice's document; None where it is still here."""
    row = connection.execute(
        text(
            "SELECT e.erased_at, e.actor, e.rule, e.retention_years,"
            " (e.counted_from + make_interval(years => e.retention_years))::date - 1 AS kept_until"
            " FROM erasure e JOIN invoice i ON i.document_id = e.document_id WHERE i.id = :id"
        ),
        {"id": invoice_id},
    ).one_or_none()
    if row is None:
        return None
    return Erasure(row.erased_at, row.actor, row.rule, row.retention_years, row.kept_until.isoformat())
