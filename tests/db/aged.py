"""A ledger that has grown old: all that is in it happened years before, with hashes that fit."""

from sqlalchemy import text

_SHIFTED = {
    "audit_event": ("at", "created_at", "updated_at"),
    "document": ("created_at",),
    "payload": ("created_at",),
    "invoice": ("created_at", "source_updated_at", "next_attempt_at"),
    "attempt": ("created_at",),
    "decision": ("created_at",),
    "rejected_record": ("created_at", "resolved_at"),
    "job": ("created_at", "ended_at"),
    "run_request": ("created_at", "done_at"),
    "received_webhook": ("created_at",),
    "webhook_attempt": ("at",),
    "webhook_message": ("created_at", "delivered_at", "given_up_at"),
    "security_event": ("at", "created_at"),
    "sign_in": ("created_at",),
    "refresh_token": ("created_at", "expires_at"),
    "sign_in_throttle": ("last_failed_at",),
    "reconciliation": ("created_at",),
    "legal_hold": ("created_at", "lifted_at"),
    "restoration": ("copied_at", "restored_at", "settled_at"),
    "notice": ("created_at",),
    "notice_delivery": ("delivered_at", "given_up_at"),
    "trouble": ("ended_at",),
}

_REHASH = """
DO $$
DECLARE
    event  audit_event%ROWTYPE;
    before text;
BEGIN
    FOR event IN SELECT * FROM audit_event ORDER BY invoice_id, sequence LOOP
        event.previous_hash := CASE WHEN event.sequence > 1 THEN before END;
        before := audit_hash(event);
        UPDATE audit_event SET previous_hash = event.previous_hash, hash = before WHERE id = event.id;
    END LOOP;
END $$
"""


def grow_old(owner, **ago):
    """Let all of a ledger that is not sealed yet have happened so long ago, such as years=12; as its owner."""
    interval = " ".join(f"{number} {unit}" for unit, number in ago.items())
    with owner.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        assert connection.execute(text("SELECT count(*) FROM seal")).scalar_one() == 0
        for table, columns in _SHIFTED.items():
            changes = ", ".join(f"{column} = {column} - interval '{interval}'" for column in columns)
            connection.execute(text(f"UPDATE {table} SET {changes}"))
        connection.execute(
            text(f"UPDATE invoice SET issue_date = (issue_date - interval '{interval}')::date")
        )
        connection.execute(text(_REHASH))
