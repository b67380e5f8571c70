"""Look-ups: what the ledger tells people and programs about invoices, attempts, jobs and rejected records."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, Table, false, select, true

from db.jobs import COUNTED
from db.models.pipeline import (
    ATTEMPT,
    DECISION,
    DOCUMENT,
    INVOICE,
    JOB,
    JOB_INVOICE,
    REJECTED_RECORD,
    VERDICT,
)
from invoices.lifecycle import State
from invoices.source import Direction

_ROWS_AT_ONCE = 500
_START_OF_ID = re.compile("[0-9a-f]{8,32}")


@dataclass(frozen=True, slots=True)
class InvoiceFilter:
    """Which invoices to look up; what is None or empty does not narrow."""

    ids: Sequence[UUID] = ()
    states: Sequence[str] = ()
    company_number: str | None = None
    direction: Direction | None = None
    number: str | None = None
    source_id: str | None = None
    job_id: UUID | None = None
    issued_from: date | None = None
    issued_until: date | None = None
    limit: int | None = None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """The filter as SQL conditions."""
        if self.ids:
            yield INVOICE.c.id.in_(self.ids)
        if self.states:
            yield INVOICE.c.state.in_(self.states)
        for column in ("company_number", "direction", "number", "source_id"):
            if (wanted := getattr(self, column)) is not None:
                yield INVOICE.c[column] == wanted
        if self.job_id:
            touched = select(JOB_INVOICE.c.invoice_id).where(JOB_INVOICE.c.job_id == self.job_id)
            yield INVOICE.c.id.in_(touched)
        if self.issued_from:
            yield INVOICE.c.issue_date >= self.issued_from
        if self.issued_until:
            yield INVOICE.c.issue_date <= self.issued_until


def invoices(connection: Connection, wanted: InvoiceFilter) -> Iterator[dict[str, Any]]:
    """Invoices in order of arrival, each in the shape that programs read; streamed."""
    query = (
        select(
            INVOICE, DOCUMENT.c.sha256, DOCUMENT.c.facts, VERDICT.c.verdict, VERDICT.c.findings.label("found")
        )
        .join(DOCUMENT, DOCUMENT.c.id == INVOICE.c.document_id)
        .join(VERDICT, VERDICT.c.id == INVOICE.c.verdict_id, isouter=True)
        .where(*wanted.conditions())
        .order_by(INVOICE.c.arrival)
        .limit(wanted.limit)
    )
    for row in _stream(connection, query):
        yield _invoice(row)


def _invoice(row: RowMapping) -> dict[str, Any]:
    facts = row["facts"] or {}
    return {
        "id": str(row["id"]),
        "source": row["source"],
        "source_id": row["source_id"],
        "version": row["version"],
        "number": row["number"] or facts.get("number") or row["stated_number"],
        "company_number": row["company_number"],
        "direction": row["direction"],
        "type": row["type_code"],
        "state": row["state"],
        "verdict": row["verdict"],
        "blocked_by": str(row["blocked_by"]) if row["blocked_by"] else None,
        "reason": row["reason"],
        "receipt": row["receipt"],
        "document_sha256": row["sha256"],
        "findings": [_brief(finding) for finding in (row["found"] or []) + row["findings"]],
        "updated_at": row["updated_at"].isoformat(),
    }


def _brief(finding: dict[str, Any]) -> dict[str, Any]:
    return {name: finding[name] for name in ("code", "severity", "location", "message")}


def attempts(
    connection: Connection, invoice_ids: Sequence[UUID], limit: int | None
) -> Iterator[dict[str, Any]]:
    """Attempts to deliver, oldest first; of all invoices where no ids are given."""
    query = (
        select(ATTEMPT, INVOICE.c.number)
        .join(INVOICE, INVOICE.c.id == ATTEMPT.c.invoice_id)
        .where(*([ATTEMPT.c.invoice_id.in_(invoice_ids)] if invoice_ids else []))
        .order_by(ATTEMPT.c.claimed_at)
        .limit(limit)
    )
    shown = (
        "id", "invoice_id", "number", "job_id", "company_number", "direction", "document_sha256", "claimed_at",
        "settled_at", "outcome", "code", "message", "http_status", "receipt",
    )  # fmt: skip
    for row in _stream(connection, query):
        yield {name: _plain(row[name]) for name in shown}


def jobs(connection: Connection, job_ids: Sequence[UUID], limit: int | None) -> Iterator[dict[str, Any]]:
    """Jobs, newest first."""
    query = (
        select(JOB)
        .where(*([JOB.c.id.in_(job_ids)] if job_ids else []))
        .order_by(JOB.c.created_at.desc())
        .limit(limit)
    )
    for row in _stream(connection, query):
        yield {
            "job_id": str(row["id"]),
            "flow": row["flow"],
            "requested_by": row["requested_by"],
            "parameters": row["parameters"],
            "state": row["state"],
            "counts": row["counts"] and dict(sorted(row["counts"].items(), key=_as_counted)),
            "waiting": row["waiting"],
            "error": row["error"],
            "started_at": _plain(row["created_at"]),
            "ended_at": _plain(row["ended_at"]),
        }


def _as_counted(count: tuple[str, int]) -> int:
    """The states' own order, which jsonb does not keep; what is no state comes before them."""
    return COUNTED.index(State(count[0])) if count[0] in COUNTED else -1


def rejected_records(
    connection: Connection, *, unresolved: bool, limit: int | None
) -> Iterator[dict[str, Any]]:
    """Records of the source that could not become invoices, newest first."""
    query = (
        select(REJECTED_RECORD)
        .where(*([REJECTED_RECORD.c.resolved_at.is_(None)] if unresolved else []))
        .order_by(REJECTED_RECORD.c.created_at.desc())
        .limit(limit)
    )
    shown = ("id", "source", "source_id", "version", "finding", "seen", "created_at", "resolved_at")
    for row in _stream(connection, query):
        yield {name: _plain(row[name]) for name in shown}


def invoice_ids_named(connection: Connection, name: str, company_number: str | None) -> list[UUID]:
    """Invoices whose own or the source's number or source id is `name`; else by the ledger's id, or its start."""
    called = (INVOICE.c.number == name) | (INVOICE.c.stated_number == name) | (INVOICE.c.source_id == name)
    theirs = INVOICE.c.company_number == company_number if company_number else true()
    for condition in (called, _id_begins(INVOICE, name)):
        query = select(INVOICE.c.id).where(condition, theirs).order_by(INVOICE.c.arrival)
        if found := list(connection.execute(query).scalars()):
            return found
    return []


def job_ids_named(connection: Connection, name: str) -> list[UUID]:
    """Jobs by their id, or its start."""
    query = select(JOB.c.id).where(_id_begins(JOB, name)).order_by(JOB.c.created_at)
    return list(connection.execute(query).scalars())


def _id_begins(table: Table, start: str) -> ColumnElement[bool]:
    """Ids that begin with `start`, eight hexadecimal digits or more; none where it is something else."""
    digits = start.lower().replace("-", "")
    if not _START_OF_ID.fullmatch(digits):
        return false()
    return table.c.id.between(UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f")))


def invoice_row(connection: Connection, invoice_id: UUID) -> RowMapping | None:
    """All columns of one invoice."""
    return connection.execute(select(INVOICE).where(INVOICE.c.id == invoice_id)).mappings().one_or_none()


def decisions(connection: Connection, invoice_id: UUID) -> list[dict[str, Any]]:
    """What people decided about an invoice, oldest first."""
    query = select(DECISION).where(DECISION.c.invoice_id == invoice_id).order_by(DECISION.c.created_at)
    shown = ("id", "decision", "saw_state", "actor", "created_at")
    return [{name: _plain(row[name]) for name in shown} for row in _stream(connection, query)]


def _stream(connection: Connection, query: Select[Any]) -> Iterator[RowMapping]:
    yield from connection.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)).mappings()


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat() if hasattr(value, "isoformat") else value
