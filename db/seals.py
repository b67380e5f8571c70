"""Seals: the events of all invoices, bound batch by batch into one chain that holds the whole ledger together."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import Connection, text

from db.ledger import Actor, Ledger
from db.waypoints import Waypoint

_SEALER_LOCK = 87_003


@dataclass(frozen=True, slots=True)
class LastSeal:
    """The newest seal; whoever notes it down can prove later that nothing before it was rewritten."""

    number: int
    hash: str


# Who writes an event holds its invoice's row, so what is locked here has no event on the way.
_LOCK = text("""
SELECT i.id FROM unsealed u JOIN invoice i ON i.id = u.invoice_id
ORDER BY u.arrival LIMIT :most
FOR NO KEY UPDATE OF i SKIP LOCKED
""")

_HEADS = text("""
INSERT INTO sealed_head (seal_id, invoice_id, sequence, hash)
SELECT :seal_id, head.invoice_id, head.sequence, head.hash
FROM unnest(CAST(:ids AS uuid[])) AS locked (id)
CROSS JOIN LATERAL (
    SELECT invoice_id, sequence, hash FROM audit_event WHERE invoice_id = locked.id
    ORDER BY sequence DESC LIMIT 1
) AS head
ON CONFLICT (invoice_id, sequence) DO NOTHING
""")

_FORGET = text("DELETE FROM unsealed u USING invoice i WHERE i.id = ANY(:ids) AND u.arrival = i.arrival")


def seal(ledger: Ledger, actor: Actor, most: int = 10_000) -> int:
    """Seal the last events of up to `most` invoices that have one which no seal covers; returns how many.

    Invoices that someone is just writing to are left for the next seal. One at a time seals: another gets 0.
    """
    with ledger.transaction(actor, Waypoint.SEALED) as connection:
        if not connection.execute(text(f"SELECT pg_try_advisory_xact_lock({_SEALER_LOCK})")).scalar_one():
            return 0
        ids = list(connection.execute(_LOCK, {"most": most}).scalars())
        # A statement of its own, so that it sees what was committed until the rows were locked.
        return _seal(connection, ids) if ids else 0


def _seal(connection: Connection, ids: list[UUID]) -> int:
    seal_id = uuid4()
    heads = connection.execute(_HEADS, {"seal_id": seal_id, "ids": ids}).rowcount
    if heads:
        connection.execute(text("INSERT INTO seal (id) VALUES (:id)"), {"id": seal_id})
    connection.execute(_FORGET, {"ids": ids})
    return len(ids)


def seal_all(ledger: Ledger, actor: Actor, most: int = 10_000) -> int:
    """Seal batches of `most` until nothing is left that can be sealed now; returns how many invoices."""
    sealed = 0
    while batch := seal(ledger, actor, most):
        sealed += batch
    return sealed


def last_seal(connection: Connection) -> LastSeal | None:
    """The newest seal of the ledger; None where nothing was sealed yet."""
    row = connection.execute(text("SELECT number, hash FROM seal ORDER BY number DESC LIMIT 1")).one_or_none()
    return None if row is None else LastSeal(row.number, row.hash)
