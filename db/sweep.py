"""The sweep: claims whose worker is no more, of which nobody knows whether they arrived."""

from uuid import UUID

from sqlalchemy import Connection, text

from db.ledger import Actor, Ledger
from db.living import LOCK_WAS_FREE
from db.locking import lock_invoices
from db.waypoints import Waypoint
from invoices.why import SENTENCES, Why


def sweep(ledger: Ledger, actor: Actor) -> list[UUID]:
    """Settle as unknown the claims of workers that are no more; a living worker's are left alone."""
    with ledger.transaction(actor, Waypoint.CLAIMS_SWEPT) as connection:
        workers = connection.execute(
            text("SELECT DISTINCT worker FROM attempt WHERE settled_at IS NULL ORDER BY worker")
        ).scalars()
        dead = [each for each in workers if _is_dead(connection, each)]
        swept = list(connection.execute(_SWEEP_ATTEMPTS, {"dead": dead, "why": Why.WORKER_DIED}).scalars())
        lock_invoices(connection, swept)
        connection.execute(
            _SWEEP_INVOICES,
            {"ids": swept, "why": Why.WORKER_DIED, "reason": SENTENCES[Why.WORKER_DIED]},
        )
    return swept


def _is_dead(connection: Connection, worker: int) -> bool:
    free: bool = connection.execute(text(LOCK_WAS_FREE), {"worker": worker}).scalar_one()
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
