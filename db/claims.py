"""Claims: an invoice is taken for upload by one worker, written down before anything leaves."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from db.away import is_away
from db.ledger import Actor, Ledger, constraint_of
from db.living import worker_is_alive
from db.waypoints import Waypoint
from invoices.source import Direction
from invoices.why import SENTENCES, Why


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


class TwinIsLive(Exception):
    """Another invoice of the same identity or record is live: this one goes back to dedupe."""


class ClaimUncertain(Exception):
    """The database went away while claiming: the claim may stand. Nothing was uploaded; `give_back` it."""

    def __init__(self, attempt_id: UUID, invoice_id: UUID) -> None:
        super().__init__(f"the ledger went away while claiming invoice {invoice_id}")
        self.attempt_id = attempt_id
        self.invoice_id = invoice_id


class WorkerLockLost(Exception):
    """The worker's lock is gone (its connection broke), so it may claim nothing any more."""


_CLAIM = text(f"""
WITH claimed AS (
    UPDATE invoice SET state = 'sending', why = :why, reason = :reason, blocked_by = NULL
    WHERE id = :invoice_id AND state = 'ready' AND (next_attempt_at IS NULL OR next_attempt_at <= now())
      AND {worker_is_alive(":worker")}
    RETURNING id, document_id, company_number, direction, number, issue_date, findings
), opened AS (
    INSERT INTO attempt (id, invoice_id, job_id, worker, document_sha256, company_number, direction, budget_ends_at)
    SELECT :attempt_id, claimed.id, :job_id, :worker, document.sha256, company_number, direction,
           clock_timestamp() + make_interval(secs => :budget)
    FROM claimed JOIN document ON document.id = claimed.document_id
    RETURNING id
)
SELECT opened.id AS attempt_id, claimed.*, document.sha256, payload.content, payload.key_id,
       document.facts -> CASE direction WHEN 'SALE' THEN 'buyer' ELSE 'seller' END ->> 'name' AS counterparty
FROM opened, claimed
JOIN document ON document.id = claimed.document_id
JOIN payload ON payload.id = document.payload_id
""")

_IS_ALIVE = text(f"SELECT {worker_is_alive(':worker')}")

_LIVE_INDEXES = {"uq_invoice_live_identity", "uq_invoice_live_record"}


def claim(ledger: Ledger, actor: Actor, invoice_id: UUID, worker: int, budget_seconds: float) -> Claim | None:
    """Claim an invoice for upload, or None where it is not ready (any more) or not yet due.

    Raises:
        TwinIsLive: The database holds another live invoice of the same identity or record.
        WorkerLockLost: This worker no longer holds its lock.
        ClaimUncertain: The database went away meanwhile.
        CannotDecrypt: Its document cannot be had in the plain; nothing was claimed.
    """
    attempt_id = uuid4()
    try:
        with ledger.transaction(actor, Waypoint.CLAIMED) as connection:
            row = connection.execute(
                _CLAIM,
                {
                    "attempt_id": attempt_id,
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
                return None
            # Before the claim is committed: a claim must be able to be uploaded.
            return _claim(row, ledger.vault.plain(row.content, row.key_id))
    except IntegrityError as violation:
        if constraint_of(violation) in _LIVE_INDEXES:
            raise TwinIsLive(str(invoice_id)) from violation
        raise
    except SQLAlchemyError as error:
        if is_away(error):
            raise ClaimUncertain(attempt_id, invoice_id) from error
        raise


def _insist_on_lock(connection: Connection, worker: int) -> None:
    held: bool = connection.execute(_IS_ALIVE, {"worker": worker}).scalar_one()
    if not held:
        raise WorkerLockLost("the connection that holds this worker's lock is gone; start the run again")


def _claim(row: Any, document: bytes) -> Claim:
    return Claim(
        attempt_id=row.attempt_id,
        invoice_id=row.id,
        company_number=row.company_number,
        direction=Direction(row.direction),
        document=document,
        document_sha256=row.sha256,
        number=row.number,
        issue_date=row.issue_date,
        counterparty=row.counterparty,
        note=_note(row.findings),
    )


def _note(findings: list[dict[str, Any]]) -> str | None:
    near = [finding["message"] for finding in findings if finding["code"] == "WB-NEAR-DUPLICATE"]
    return near[0] if near else None
