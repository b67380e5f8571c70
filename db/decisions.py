"""What a person decides about an invoice: recorded with the state they saw and why, then carried out."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import Connection, Row, text

from db.vault import sha256_of
from invoices.lifecycle import State
from invoices.why import SENTENCES, Why


class Decision(StrEnum):
    """What a person may decide."""

    ARRIVED = "arrived"
    SEND_AGAIN = "send_again"
    RELEASE = "release"
    ALREADY_BOOKED = "already_booked"
    DISMISS = "dismiss"


class DecisionRefused(Exception):
    """The decision does not fit the invoice as it is now; nothing happened. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """A person's decision: what, by whom, in view of which state, and why.

    `receipt` goes with `arrived`: the uuid that was read back; None records it as seen but unverified.
    """

    decision: Decision
    actor: str
    saw: State
    reason: str
    receipt: str | None = None


_FITS: dict[Decision, frozenset[State]] = {
    Decision.ARRIVED: frozenset({State.OUTCOME_UNKNOWN}),
    Decision.SEND_AGAIN: frozenset({State.OUTCOME_UNKNOWN}),
    Decision.RELEASE: frozenset({State.HELD, State.INVALID, State.OUT_OF_SCOPE, State.FAILED}),
    Decision.ALREADY_BOOKED: frozenset({State.HELD}),
    Decision.DISMISS: frozenset({State.HELD, State.INVALID, State.FAILED, State.OUTCOME_UNKNOWN}),
}

_ENDS: dict[Decision, tuple[State, Why]] = {
    Decision.ARRIVED: (State.SENT, Why.ARRIVED_SEEN),
    Decision.SEND_AGAIN: (State.READY, Why.SEND_AGAIN),
    Decision.RELEASE: (State.READY, Why.RELEASED),
    Decision.ALREADY_BOOKED: (State.DUPLICATE, Why.ALREADY_BOOKED),
    Decision.DISMISS: (State.DISMISSED, Why.DISMISSED),
}


def decide(connection: Connection, invoice_id: UUID, ruling: Ruling) -> State:
    """Record and carry out a decision; returns the new state.

    Raises:
        DecisionRefused: The invoice is unknown or has moved on, the decision does not fit it, or has no reason.
    """
    if not ruling.reason.strip():
        raise DecisionRefused("A decision needs a reason: say why, so that others can follow it later.")
    invoice = connection.execute(
        text("SELECT * FROM invoice WHERE id = :id FOR NO KEY UPDATE"), {"id": invoice_id}
    ).one_or_none()
    if invoice is None:
        raise DecisionRefused(f"There is no invoice {invoice_id} in the ledger.")
    _insist(connection, invoice, ruling)
    decision_id = _record(connection, invoice_id, ruling)
    return _carry_out(connection, invoice, ruling, decision_id)


def _insist(connection: Connection, invoice: Row[tuple[object, ...]], ruling: Ruling) -> None:
    state = State(invoice.state)
    if state is not ruling.saw:
        raise DecisionRefused(
            f"Invoice {invoice.number or invoice.id} is {state} now, not {ruling.saw}: look again, then decide."
        )
    if state not in _FITS[ruling.decision]:
        fitting = ", ".join(sorted(_FITS[ruling.decision]))
        raise DecisionRefused(
            f"Invoice {invoice.number or invoice.id} is {state}; {ruling.decision} is for one that is {fitting}."
        )
    if ruling.decision is Decision.SEND_AGAIN:
        _insist_on_send_again(connection, invoice.id)
    if ruling.decision is Decision.RELEASE:
        _insist_on_release(invoice)
        _insist_on_document(connection, invoice)


def _insist_on_send_again(connection: Connection, invoice_id: UUID) -> None:
    running = connection.execute(
        text(
            "SELECT max(budget_ends_at) FROM attempt WHERE invoice_id = :id AND budget_ends_at > clock_timestamp()"
        ),
        {"id": invoice_id},
    ).scalar_one()
    if running is not None:
        raise DecisionRefused(
            f"The upload may still be under way; wait until {running:%Y-%m-%d %H:%M:%S} UTC, then decide."
        )
    newer = connection.execute(
        text(
            "SELECT n.version FROM invoice o JOIN invoice n ON n.source = o.source AND n.source_id = o.source_id"
            " AND n.version > o.version AND n.why NOT IN ('repeats_previous_version', 'arrived_late')"
            " AND n.state <> 'dismissed'"
            " WHERE o.id = :id ORDER BY n.version DESC LIMIT 1"
        ),
        {"id": invoice_id},
    ).scalar_one_or_none()
    if newer is not None:
        raise DecisionRefused(f"Version {newer} of this invoice exists: decide about that one.")


def _insist_on_release(invoice: Row[tuple[object, ...]]) -> None:
    if invoice.why == Why.COMPANY_NOT_LISTED:
        raise DecisionRefused(
            "Clearfacts does not list this company for this account, so nothing can be sent to it."
            " Once it is listed, the invoice goes by itself."
        )
    if invoice.company_number is None or invoice.direction is None:
        raise DecisionRefused("It is not known whose invoice this is: put the file in its company's folder.")


def _insist_on_document(connection: Connection, invoice: Row[tuple[object, ...]]) -> None:
    erased_at = connection.execute(
        text("SELECT erased_at FROM document WHERE id = :id"), {"id": invoice.document_id}
    ).scalar_one_or_none()
    if erased_at is not None:
        raise DecisionRefused(
            f"Its document was erased on {erased_at:%Y-%m-%d}, as it had been kept long enough: nothing can be sent."
            " Forward the original from where it was issued, if it is still due."
        )


def _record(connection: Connection, invoice_id: UUID, ruling: Ruling) -> UUID:
    reason = ruling.reason.encode()
    # Row security shows a reason only to who sees its decision, so the database cannot give back its id.
    decision_id: UUID = connection.execute(
        text("""
            WITH why AS (
                INSERT INTO payload (id, content, media_type, size, sha256)
                VALUES (:reason_id, :reason, 'text/plain', :size, :sha256)
            )
            INSERT INTO decision (invoice_id, decision, saw_state, actor, reason_id)
            VALUES (:invoice_id, :decision, :saw, :actor, :reason_id) RETURNING id
        """),
        {
            "reason_id": uuid4(),
            "reason": reason,
            "size": len(reason),
            "sha256": sha256_of(reason),
            "invoice_id": invoice_id,
            "decision": ruling.decision,
            "saw": ruling.saw,
            "actor": ruling.actor,
        },
    ).scalar_one()
    connection.execute(text("SELECT set_config('waybill.decision', :id, true)"), {"id": str(decision_id)})
    return decision_id


_CARRY_OUT = text("""
UPDATE invoice i SET state = :state, why = :why, reason = :sentence || ' ' || :reason,
    blocked_by = CASE WHEN :state = 'duplicate' THEN NULL ELSE i.blocked_by END,
    release_id = CASE WHEN :state = 'ready' THEN CAST(:decision_id AS uuid) ELSE i.release_id END,
    override_id = CASE WHEN :overrides AND i.blocked_by IS NOT NULL THEN CAST(:decision_id AS uuid)
                       WHEN i.state = 'failed' THEN NULL ELSE i.override_id END,
    next_attempt_at = NULL, receipt = coalesce(:receipt, i.receipt),
    receipt_verified = CASE WHEN :state = 'sent' THEN CAST(:receipt AS text) IS NOT NULL
                            ELSE i.receipt_verified END
WHERE i.id = :id
RETURNING i.state
""")


def _carry_out(
    connection: Connection, invoice: Row[tuple[object, ...]], ruling: Ruling, decision_id: UUID
) -> State:
    state, why = _ENDS[ruling.decision]
    connection.execute(
        _CARRY_OUT,
        {
            "id": invoice.id,
            "state": state,
            "why": why,
            "sentence": SENTENCES[why],
            "reason": ruling.reason,
            "decision_id": decision_id,
            "overrides": ruling.decision is Decision.RELEASE,
            "receipt": ruling.receipt,
        },
    )
    return state


_FORCE = text("""
UPDATE invoice SET
    state = CASE WHEN state = 'invalid' THEN 'received' ELSE 'ready' END,
    why = CASE WHEN state = 'invalid' THEN :check_again ELSE :released END,
    reason = :reason, next_attempt_at = NULL, tries = 0, override_id = NULL
WHERE id IN (
    SELECT id FROM invoice
    WHERE state IN ('invalid', 'failed') AND (CAST(:ids AS uuid[]) IS NULL OR id = ANY(:ids))
    ORDER BY arrival
    FOR NO KEY UPDATE
)
RETURNING id
""")

_FORGET_VERDICTS = text("""
UPDATE verdict v SET verdict = 'could_not_check'
FROM invoice i
WHERE i.document_id = v.document_id AND i.id = ANY(:ids) AND i.state = 'received'
""")


def force(connection: Connection, ids: list[UUID] | None) -> list[UUID]:
    """Have invalid invoices checked again and release failed ones; None means all of them.

    Held, sent and unknown ones are never touched. Those that could not be checked are due anyway.
    """
    forced = connection.execute(
        _FORCE,
        {
            "ids": ids,
            "check_again": Why.CHECK_AGAIN,
            "released": Why.RELEASED,
            "reason": "A person asked for it to be tried again.",
        },
    ).scalars()
    forced_ids = list(forced)
    connection.execute(_FORGET_VERDICTS, {"ids": forced_ids})
    return forced_ids
