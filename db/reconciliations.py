"""Reconciliations: what was forwarded in the last days, how much a month, and the reports of comparing it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from db.ledger import Ledger

MONTHS_OF = "Europe/Brussels"
"""The zone whose calendar months are compared."""

_COUNTS = ("receipts", "confirmed", "different", "not_checked", "unverified")
_STATISTICS = ("compared", "fewer", "missing", "malformed")
_OF_A_FINDING = (
    "code", "severity", "message", "found", "expected", "fix", "invoice_id", "number", "company_number", "receipt",
    "month",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Window:
    """What is reconciled: all that became `sent` from `since` until `until`.

    `first_day` is the first of the month of `since`, `last_day` the day of `until`, as the calendar in Brussels
    has them.
    """

    since: datetime
    until: datetime
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class Sent:
    """An invoice that was forwarded; `receipt` is None where a person only saw that it arrived."""

    invoice_id: UUID
    number: str | None
    company_number: str
    document_sha256: str
    receipt: str | None
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """A report to be stored.

    `receipts` are confirmed, different, not checked and unverified ones together. `statistics` is None where
    the destination's counts could not be had.
    """

    receipts: int
    confirmed: int
    different: int
    not_checked: int
    unverified: int
    statistics: Mapping[str, int] | None
    findings: Sequence[Mapping[str, Any]]
    findings_left_out: int
    notes: Sequence[str]


_WINDOW = text(f"""
SELECT since, now() AS until,
       date_trunc('month', since AT TIME ZONE '{MONTHS_OF}')::date AS first_day,
       (now() AT TIME ZONE '{MONTHS_OF}')::date AS last_day
FROM (SELECT now() - make_interval(days => :days)) AS given (since)
""")


def window(connection: Connection, days: int) -> Window:
    """The last so many days."""
    row = connection.execute(_WINDOW, {"days": days}).one()
    return Window(row.since, row.until, row.first_day, row.last_day)


_SENT = text("""
SELECT e.at, i.id, coalesce(i.number, i.stated_number) AS number, i.company_number, d.sha256, i.receipt
FROM audit_event e
JOIN invoice i ON i.id = e.invoice_id
JOIN document d ON d.id = i.document_id
WHERE e.to_state = 'sent' AND (e.at, e.invoice_id) > (:after, :after_id) AND e.at < :until
  AND i.destination = :destination
ORDER BY e.at, e.invoice_id
LIMIT :limit
""")


def sent_in(ledger: Ledger, wanted: Window, chunk_size: int) -> Iterator[list[Sent]]:
    """What was forwarded in the window, in chunks, oldest first."""
    after, after_id = wanted.since, UUID(int=0)
    while True:
        with ledger.reading() as connection:
            rows = connection.execute(
                _SENT,
                {
                    "after": after,
                    "after_id": after_id,
                    "until": wanted.until,
                    "destination": ledger.destination,
                    "limit": chunk_size,
                },
            ).all()
        if not rows:
            return
        after, after_id = rows[-1].at, rows[-1].id
        yield [_sent(row) for row in rows]


def _sent(row: Row[Any]) -> Sent:
    return Sent(row.id, row.number, row.company_number, row.sha256, row.receipt, row.at)


# The upload counts in the month in which it arrived, though a person may have said so in a later one.
_FORWARDED = text(f"""
SELECT company_number, date_trunc('month', arrived AT TIME ZONE '{MONTHS_OF}')::date AS month,
       count(*) AS documents
FROM (
    SELECT i.company_number, coalesce(upload.arrived, e.at) AS arrived
    FROM audit_event e
    JOIN invoice i ON i.id = e.invoice_id
    LEFT JOIN LATERAL (
        SELECT CASE WHEN a.outcome = 'accepted' THEN a.settled_at ELSE a.claimed_at END AS arrived
        FROM attempt a WHERE a.invoice_id = i.id
        ORDER BY (a.outcome = 'accepted') IS TRUE DESC, a.claimed_at DESC
        LIMIT 1
    ) AS upload ON true
    WHERE e.to_state = 'sent' AND i.destination = :destination
      AND e.at >= CAST(:first_day AS timestamp) AT TIME ZONE '{MONTHS_OF}' AND e.at < :until
) AS forwarded
WHERE arrived >= CAST(:first_day AS timestamp) AT TIME ZONE '{MONTHS_OF}'
GROUP BY 1, 2
""")


def forwarded_a_month(ledger: Ledger, wanted: Window) -> dict[tuple[str, date], int]:
    """How many documents were forwarded, by company and first day of the month, in the window's months."""
    with ledger.reading() as connection:
        rows = connection.execute(
            _FORWARDED,
            {"destination": ledger.destination, "first_day": wanted.first_day, "until": wanted.until},
        ).all()
    return {(row.company_number, row.month): row.documents for row in rows}


_STORE = text("""
INSERT INTO reconciliation (job_id, since, until, receipts, confirmed, different, not_checked, unverified,
                            statistics, findings, findings_left_out, notes)
VALUES (:job_id, :since, :until, :receipts, :confirmed, :different, :not_checked, :unverified,
        CAST(:statistics AS jsonb), CAST(:findings AS jsonb), :findings_left_out, CAST(:notes AS jsonb))
""")


def store(connection: Connection, job_id: UUID, of: Window, report: Reconciliation) -> None:
    """Keep a report; a job has one at most, and none is ever changed."""
    connection.execute(
        _STORE,
        {
            "job_id": job_id,
            "since": of.since,
            "until": of.until,
            "receipts": report.receipts,
            "confirmed": report.confirmed,
            "different": report.different,
            "not_checked": report.not_checked,
            "unverified": report.unverified,
            "statistics": None if report.statistics is None else json.dumps(dict(report.statistics)),
            "findings": json.dumps([dict(each) for each in report.findings]),
            "findings_left_out": report.findings_left_out,
            "notes": json.dumps(list(report.notes)),
        },
    )


def reconciliation(connection: Connection, job_id: UUID | None = None) -> dict[str, Any] | None:
    """The report of a job, or the last there is, in the shape that programs read; None where there is none."""
    row = (
        connection.execute(
            text(
                "SELECT r.*, j.state, j.error FROM reconciliation r JOIN job j ON j.id = r.job_id"
                " WHERE CAST(:job_id AS uuid) IS NULL OR r.job_id = :job_id ORDER BY r.created_at DESC LIMIT 1"
            ),
            {"job_id": job_id},
        )
        .mappings()
        .one_or_none()
    )
    if row is None:
        return None
    return {
        "job_id": str(row["job_id"]),
        "state": row["state"],
        "error": row["error"],
        "from": row["since"].isoformat(),
        "until": row["until"].isoformat(),
        **{name: row[name] for name in _COUNTS},
        "statistics": row["statistics"] and _in_order(row["statistics"], _STATISTICS),
        "findings": [_in_order(each, _OF_A_FINDING) for each in row["findings"]],
        "findings_left_out": row["findings_left_out"],
        "notes": row["notes"],
    }


def _in_order(values: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """The values in the order in which they are documented, which jsonb does not keep."""
    return {name: values[name] for name in names}
