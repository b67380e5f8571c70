"""Settlements: how an upload ended, written down with the evidence, and what it makes of the invoice."""

from dataclasses import dataclass

from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from db.claims import Claim, ClaimUncertain
from db.ledger import Actor, Ledger, constraint_of
from db.vault import Kept
from db.waypoints import Waypoint
from invoices.why import SENTENCES, Why

LONGEST_BACKOFF_SECONDS = 3600


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
    INSERT INTO payload (content, key_id, media_type, size, sha256)
    SELECT CAST(:answer AS bytea), CAST(:answer_key_id AS text), 'application/octet-stream',
           CAST(:answer_size AS bigint), CAST(:answer_sha256 AS text)
    WHERE :answer_size > 0
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


_NEVER_BEGUN = Settlement(
    outcome="not_delivered",
    code="ledger_away",
    message="The ledger's database went away before the upload began.",
    counts_as_try=False,
)


def give_back(ledger: Ledger, actor: Actor, uncertain: ClaimUncertain) -> None:
    """Undo a claim of which nobody knows whether it was committed; its upload was never begun."""
    settle(ledger, actor, uncertain, _NEVER_BEGUN)


def settle(ledger: Ledger, actor: Actor, claim: Claim | ClaimUncertain, settlement: Settlement) -> Settlement:
    """Write down how an upload ended and move the invoice on; returns what was written.

    A receipt that another invoice has already is no proof of this one: its outcome is unknown. An answer that
    comes after a sweep gave the upload up still counts if it is a receipt.
    """
    try:
        with ledger.transaction(actor, Waypoint.SETTLED) as connection:
            _settle(connection, claim, settlement, ledger.vault.kept(settlement.answer))
    except IntegrityError as violation:
        if constraint_of(violation) != "uq_invoice_destination_receipt":
            raise
        return settle(ledger, actor, claim, _repeated_receipt(settlement))
    return settlement


def _settle(
    connection: Connection, claim: Claim | ClaimUncertain, settlement: Settlement, answer: Kept
) -> None:
    state, why = _ENDS[settlement.outcome]
    settled = connection.execute(
        _SETTLE,
        {
            "attempt_id": claim.attempt_id,
            "outcome": settlement.outcome,
            "code": settlement.code,
            "message": settlement.message,
            "http_status": settlement.http_status,
            "answer": answer.content,
            "answer_key_id": answer.key_id,
            "answer_size": answer.size,
            "answer_sha256": answer.sha256,
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


def _settle_late(connection: Connection, claim: Claim | ClaimUncertain, settlement: Settlement) -> None:
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
