"""Which workers are alive: those whose lock somebody holds."""

from db.ledger import WORKER_LOCK_CLASS

LIVING_WORKERS = (
    "SELECT lock.objid::int AS worker FROM pg_locks lock"
    f" WHERE lock.locktype = 'advisory' AND lock.granted AND lock.classid = {WORKER_LOCK_CLASS}"
    # A sweep holds it shared for a moment, to keep a worker from coming back meanwhile: that is no life.
    " AND lock.objsubid = 2 AND lock.mode = 'ExclusiveLock'"
    " AND lock.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
"""SQL for the numbers of all living workers of the ledger."""

LOCK_WAS_FREE = f"SELECT pg_try_advisory_xact_lock_shared({WORKER_LOCK_CLASS}, :worker)"
"""SQL that takes the lock of the worker `:worker` for this transaction, and says whether it could."""


def worker_is_alive(worker: str) -> str:
    """SQL that says whether the worker whose number is the SQL expression `worker` is alive."""
    return f"EXISTS ({LIVING_WORKERS} AND lock.objid = {worker})"
