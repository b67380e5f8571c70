"""Claims, settlements and the sweep: the write-ahead record of what goes to the destination."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from db.ledger import Actor, Ledger, worker_lock_is_held, worker_lock_was_free
from db.waypoints import Waypoint
from invoices.source import Direction
from invoices.why import SENTENCES, Why

LONGEST_BACKOFF_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Claim:
    """An invoice that this worker, and no other, may upload now; its attempt is committed."""

    attempt_id: UUID
    invoice_id: UUID
    company_number: str
    direction: Direction
    document: bytes
    document_sha256: str
    number: str | None
    issue_date: date | None
    counterparty: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Settlement:
    """How an upload ended: outcome accepted, refused, not_delivered or unknown, with the evidence."""

    outcome: str
    code: str
    message: str
    http_status: int | None = None
    receipt: str | None = None
    answer: bytes = b""
    retry_after: float | None = None
    counts_as_try: bool = True


class TwinIsLive(Exception):
    """Another invoice of the same identity or record is live: this one goes back to dedupe."""


class WorkerLockLost(Exception):
    """The worker's lock is gone (its connection broke), so it may claim nothing any more."""


_CLAIM = text(f"""
WITH claimed AS (
    UPDATE invoice SET state = 'sending', why = :why, reason = :reason, blocked_by = NULL
    WHERE id = :invoice_id AND state = 'ready' AND (next_attempt_at IS NULL OR next_attempt_at <= now())
      AND {worker_lock_is_held()}
    RETURNING id, document_id, company_number, direction, number, issue_date, findings
), opened AS (
    INSERT INTO attempt (invoice_id, job_id, worker, document_sha256, company_number, direction, budget_ends_at)
    SELECT claimed.id, :job_id, :worker, document.sha256, company_number, direction,
           clock_timestamp() + make_interval(secs => :budget)
    FROM claimed JOIN document ON document.id = claimed.document_id
    RETURNING id
)
SELECT opened.id AS attempt_id, claimed.*, document.sha256, payload.content,
       document.facts -> CASE direction WHEN 'SALE' THEN 'buyer' ELSE 'seller' END ->> 'name' AS counterparty
FROM opened, claimed
JOIN document ON document.id = claimed.document_id
JOIN payload ON payload.id = document.payload_id
""")

_LIVE_INDEXES = {"uq_invoice_live_identity", "uq_invoice_live_record"}


def claim(ledger: Ledger, actor: Actor, invoice_id: UUID, worker: int, budget_seconds: float) -> Claim | None:
    """Claim an invoice for upload, or None where it is not ready (any more) or not yet due.

    Raises:
        TwinIsLive: The database holds another live invoice of the same identity or record.
        WorkerLockLost: This worker no longer holds its lock.
    """
    try:
        with ledger.transaction(actor, Waypoint.CLAIMED) as connection:
            row = connection.execute(
                _CLAIM,
                {
                    "invoice_id": invoice_id,
                    "worker": worker,
                    "job_id": actor.job_id,
                    "budget": budget_seconds,
                    "why": Why.CLAIMED,
                    "reason": SENTENCES[Why.CLAIMED],
                },
            ).one_or_none()
            if row is None:
                _insist_on_lock(connection, worker)
    except IntegrityError as violation:
        if constraint_of(violation) in _LIVE_INDEXES:
            raise TwinIsLive(str(invoice_id)) from violation
        raise
    return None if row is None else _claim(row)


def _insist_on_lock(connection: Connection, worker: int) -> None:
    held: bool = connection.execute(text(f"SELECT {worker_lock_is_held()}"), {"worker": worker}).scalar_one()
    if not held:
        raise WorkerLockLost("the connection that holds this worker's lock is gone; start the run again")


def _claim(row: Any) -> Claim:
    return Claim(
        attempt_id=row.attempt_id,
        invoice_id=row.id,
        company_number=row.company_number,
        direction=Direction(row.direction),
        document=row.content,
        document_sha256=row.sha256,
        number=row.number,
        issue_date=row.issue_date,
        counterparty=row.counterparty,
        note=_note(row.findings),
    )


def _note(findings: list[dict[str, Any]]) -> str | None:
    near = [finding["message"] for finding in findings if finding["code"] == "WB-NEAR-DUPLICATE"]
    return near[0] if near else None


def constraint_of(violation: IntegrityError) -> str | None:
    """The name of the constraint that a statement broke."""
    name: str | None = getattr(getattr(violation.orig, "diag", None), "constraint_name", None)
    return name


_MOVE = """
UPDATE invoice SET state = :state, why = :why, reason = :reason, receipt = coalesce(:receipt, invoice.receipt),
    receipt_verified = CASE WHEN :state = 'sent' THEN true ELSE receipt_verified END,
    tries = tries + :tried,
    next_attempt_at = CASE WHEN :state = 'ready'
        -- 2^12 seconds is past the longest backoff already, and 2^1024 past what the database can say.
        THEN now() + make_interval(
            secs => greatest(:retry_after, least(power(2, least(tries + :tried, 12)), :longest))) END
"""

# One statement, so that little time passes in which a crash would make the outcome unknown.
_SETTLE = text(f"""
WITH answer AS (
    INSERT INTO payload (content, media_type, size, sha256)
    SELECT content, 'application/octet-stream', length(content), encode(sha256(content), 'hex')
    FROM (VALUES (CAST(:answer AS bytea))) AS given (content) WHERE length(content) > 0
    RETURNING id
), settled AS (
    UPDATE attempt SET settled_at = clock_timestamp(), outcome = :outcome, code = :code, message = :message,
        http_status = :http_status, receipt = :receipt, answer_id = (SELECT id FROM answer)
    WHERE id = :attempt_id AND settled_at IS NULL
    RETURNING invoice_id
)
{_MOVE} FROM settled WHERE invoice.id = settled.invoice_id AND state = 'sending'
""")

_SETTLE_LATE = text(f"{_MOVE} WHERE id = :invoice_id AND state = 'outcome_unknown'")

_SUPERSEDE_IF_NEWER_WAITS = text("""
UPDATE invoice o SET state = 'superseded', why = :why, reason = :reason
WHERE o.id = :invoice_id AND o.state IN ('ready', 'failed') AND EXISTS (
    SELECT FROM invoice n
    WHERE n.source = o.source AND n.source_id = o.source_id AND n.version > o.version
      AND n.state NOT IN ('superseded', 'dismissed') AND n.why <> 'repeats_previous_version'
)
""")

_ENDS = {
    "accepted": ("sent", Why.ACCEPTED),
    "refused": ("failed", Why.REFUSED),
    "not_delivered": ("ready", Why.NOT_DELIVERED),
    "unknown": ("outcome_unknown", Why.UNKNOWN),
}


def settle(ledger: Ledger, actor: Actor, claim: Claim, settlement: Settlement) -> Settlement:
    """Write down how an upload ended and move the invoice on; returns what was written.

    A receipt that another invoice has already is no proof of this one: its outcome is unknown. An answer that
    comes after a sweep gave the upload up still counts if it is a receipt.
    """
    try:
        with ledger.transaction(actor, Waypoint.SETTLED) as connection:
            _settle(connection, claim, settlement)
    except IntegrityError as violation:
        if constraint_of(violation) != "uq_invoice_destination_receipt":
            raise
        return settle(ledger, actor, claim, _repeated_receipt(settlement))
    return settlement


def _settle(connection: Connection, claim: Claim, settlement: Settlement) -> None:
    state, why = _ENDS[settlement.outcome]
    settled = connection.execute(
        _SETTLE,
        {
            "attempt_id": claim.attempt_id,
            "outcome": settlement.outcome,
            "code": settlement.code,
            "message": settlement.message,
            "http_status": settlement.http_status,
            "answer": settlement.answer,
            **_move(state, why, settlement),
        },
    )
    if settled.rowcount == 0:
        _settle_late(connection, claim, settlement)
    elif state in {"ready", "failed"}:
        connection.execute(
            _SUPERSEDE_IF_NEWER_WAITS,
            {
                "invoice_id": claim.invoice_id,
                "why": Why.NEWER_VERSION,
                "reason": SENTENCES[Why.NEWER_VERSION],
            },
        )


def _settle_late(connection: Connection, claim: Claim, settlement: Settlement) -> None:
    if settlement.outcome == "accepted":
        moved = _move("sent", Why.LATE_ANSWER, settlement)
        connection.execute(_SETTLE_LATE, {"invoice_id": claim.invoice_id, **moved})


def _move(state: str, why: Why, settlement: Settlement) -> dict[str, object]:
    return {
        "state": state,
        "why": why,
        "reason": SENTENCES[why] if state == "sent" else f"{SENTENCES[why]} {settlement.message}",
        "receipt": settlement.receipt,
        "tried": int(settlement.counts_as_try),
        "retry_after": settlement.retry_after or 0,
        "longest": LONGEST_BACKOFF_SECONDS,
    }


def _repeated_receipt(settlement: Settlement) -> Settlement:
    return Settlement(
        outcome="unknown",
        code="receipt_repeated",
        message=f"Clearfacts gave receipt {settlement.receipt}, which another invoice has already.",
        http_status=settlement.http_status,
        answer=settlement.answer,
    )


def sweep(ledger: Ledger, actor: Actor) -> list[UUID]:
    """Settle as unknown the claims of workers that are no more; a living worker's are left alone."""
    with ledger.transaction(actor, Waypoint.CLAIMS_SWEPT) as connection:
        workers = connection.execute(
            text("SELECT DISTINCT worker FROM attempt WHERE settled_at IS NULL ORDER BY worker")
        ).scalars()
        dead = [each for each in workers if _is_dead(connection, each)]
        swept = list(connection.execute(_SWEEP_ATTEMPTS, {"dead": dead, "why": Why.WORKER_DIED}).scalars())
        connection.execute(
            _SWEEP_INVOICES,
            {"ids": swept, "why": Why.WORKER_DIED, "reason": SENTENCES[Why.WORKER_DIED]},
        )
    return swept


def _is_dead(connection: Connection, worker: int) -> bool:
    free: bool = connection.execute(text(worker_lock_was_free()), {"worker": worker}).scalar_one()
    return free


_SWEEP_ATTEMPTS = text("""
UPDATE attempt SET settled_at = clock_timestamp(), outcome = 'unknown', code = :why,
    message = 'The program that uploaded it ended before the answer was written down.'
WHERE worker = ANY(:dead) AND settled_at IS NULL
RETURNING invoice_id
""")

_SWEEP_INVOICES = text("""
UPDATE invoice SET state = 'outcome_unknown', why = :why, reason = :reason
WHERE id = ANY(:ids) AND state = 'sending'
""")
