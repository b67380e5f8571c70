"""Restorations: a ledger that was set back to an older copy does not know what was sent since, so a person looks.

Triggers hold whatever such a ledger would send by itself, until a person decides about it or about all of it.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from db.legal_holds import store_reason
from invoices.why import SENTENCES, Why


class RestorationRefused(Exception):
    """It cannot be marked or settled like that; the message says why."""


@dataclass(frozen=True, slots=True)
class Restoration:
    """A ledger set back at `restored_at` to how it was at `copied_at`, not settled yet; with what it holds."""

    copied_at: datetime
    restored_at: datetime
    restored_by: str
    held: int


_MARK = text("""
INSERT INTO restoration (copied_at, restored_by)
SELECT coalesce(CAST(:copied_at AS timestamptz), least(now(), greatest(
           (SELECT max(at) FROM audit_event), (SELECT max(created_at) FROM job), (SELECT created_at FROM ledger)))),
       :actor
""")

_HOLD = text("""
UPDATE invoice SET state = 'held', why = :why, reason = :reason
WHERE id IN (SELECT i.id FROM invoice i WHERE i.state = 'ready' AND may_have_gone_before(i)
             ORDER BY i.arrival FOR NO KEY UPDATE)
""")

_WARN = text("""
UPDATE invoice SET reason = coalesce(reason || ' ', '') || :warning
WHERE id IN (SELECT id FROM invoice WHERE state IN ('held', 'invalid', 'failed', 'outcome_unknown') AND why <> :why
             ORDER BY arrival FOR NO KEY UPDATE)
""")

_WARNING = "The ledger was set back since: look in Clearfacts first whether it has been forwarded."


def mark_restored(connection: Connection, actor: str, copied_at: datetime | None = None) -> Restoration:
    """Write down that the ledger was set back, and hold what it would send; those that wait for a person get a word.

    `copied_at` is the last moment that the copy knows of; None: that of the last event in it.

    Raises:
        RestorationRefused: That moment is still to come.
    """
    if (
        copied_at is not None
        and connection.execute(text("SELECT :at > now()"), {"at": copied_at}).scalar_one()
    ):
        raise RestorationRefused(
            f"{copied_at:%Y-%m-%d %H:%M:%S} UTC is still to come: a copy cannot be of then."
        )
    connection.execute(_MARK, {"copied_at": copied_at, "actor": actor})
    connection.execute(_HOLD, {"why": Why.RESTORED, "reason": SENTENCES[Why.RESTORED]})
    connection.execute(_WARN, {"why": Why.RESTORED, "warning": _WARNING})
    # Tokens that were used or taken away since would be good again.
    connection.execute(text("SELECT end_all_sign_ins()"))
    return open_restorations(connection)[-1]


_OPEN = text("""
SELECT r.copied_at, r.restored_at, r.restored_by,
       (SELECT count(*) FROM invoice WHERE state = 'held' AND why = 'restored') AS held
FROM restoration r WHERE r.settled_at IS NULL ORDER BY r.restored_at
""")


def open_restorations(connection: Connection) -> list[Restoration]:
    """Those that nobody settled yet, oldest first."""
    return [Restoration(*row) for row in connection.execute(_OPEN)]


_RELEASE = text("""
UPDATE invoice SET state = 'ready', why = :why, reason = :reason
WHERE id IN (SELECT id FROM invoice WHERE state = 'held' AND why = 'restored' ORDER BY arrival FOR NO KEY UPDATE)
""")


def settle_restorations(connection: Connection, actor: str, reason: str) -> int:
    """A person says that all that was sent since the copy is dealt with: what is still held for it may go.

    Returns how many that are.

    Raises:
        RestorationRefused: Nothing is to be settled.
        HoldRefused: There is no reason.
    """
    settled = connection.execute(
        text(
            "UPDATE restoration SET settled_at = now(), settled_by = :actor, settled_reason_id = :reason"
            " WHERE settled_at IS NULL"
        ),
        {"actor": actor, "reason": store_reason(connection, reason)},
    )
    if settled.rowcount == 0:
        raise RestorationRefused("No restoration of this ledger waits to be settled.")
    because = {"why": Why.NO_LONGER_BLOCKED, "reason": SENTENCES[Why.NO_LONGER_BLOCKED]}
    return connection.execute(_RELEASE, because).rowcount
