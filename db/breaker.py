"""The circuit breaker: whether a neighbour is called at all, decided by all workers of the ledger together.

Closed, calls go out and failures in a row are counted. After so many it opens: nobody calls. When its time is up
one worker makes one call, the probe (half-open); that closes it, or opens it again for twice as long.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from db.ledger import Actor, Ledger
from db.living import worker_is_alive
from db.waypoints import Waypoint

_LONGEST_ERROR = 300


@dataclass(frozen=True, slots=True)
class Terms:
    """How a breaker behaves: failures in a row that open it, and for how long, in seconds, the first and at most.

    A probe that takes longer than `probe_seconds` may be made by another worker.
    """

    failures: int
    open_seconds: float
    longest_seconds: float
    probe_seconds: float


@dataclass(frozen=True, slots=True)
class Permission:
    """Whether a neighbour may be called now.

    Attributes:
        allowed: Whether it may.
        failures: Failures in a row that are on record.
        probe: Where the call is the probe, its id: its end must be told.
        probed_by: Where another's probe is under way, the worker that makes it.
        try_again_at: Where it may not, from when on it may be tried; None while a probe is under way.
        due: Where it may not, whether the probe may be had.
    """

    allowed: bool
    failures: int = 0
    probe: UUID | None = None
    probed_by: int | None = None
    try_again_at: datetime | None = None
    due: bool = False


_PROBE_IS_FREE = f"""
    (state = 'open' AND try_again_at <= clock_timestamp()
     OR state = 'half_open' AND (probe_ends_at <= clock_timestamp() OR NOT {worker_is_alive("probe_worker")}))
"""

_LOOK = text(f"""
SELECT state = 'closed' AS allowed, failures, probe_worker AS probed_by, try_again_at, {_PROBE_IS_FREE} AS due
FROM breaker WHERE neighbour = :neighbour
""")

_TAKE_PROBE = text(f"""
UPDATE breaker SET state = 'half_open', try_again_at = NULL, probe_id = gen_random_uuid(), probe_worker = :worker,
    probe_ends_at = clock_timestamp() + make_interval(secs => :seconds)
WHERE neighbour = :neighbour AND {_PROBE_IS_FREE}
RETURNING probe_id, failures
""")


def look(ledger: Ledger, neighbour: str) -> Permission:
    """Whether `neighbour` may be called, without taking a probe: one read."""
    with ledger.reading() as connection:
        row = connection.execute(_LOOK, {"neighbour": neighbour}).one_or_none()
    if row is None:
        return Permission(allowed=True)
    return Permission(row.allowed, row.failures, None, row.probed_by, row.try_again_at, row.due)


def may_call(ledger: Ledger, actor: Actor, neighbour: str, worker: int, probe_seconds: float) -> Permission:
    """Whether `worker` may call `neighbour` now; of all workers one alone gets the probe when its time has come.

    A probe is taken over from a worker that is dead, or that took longer than it said.
    """
    seen = look(ledger, neighbour)
    if seen.allowed or not seen.due:
        return seen
    taking = {"neighbour": neighbour, "worker": worker, "seconds": probe_seconds}
    with ledger.transaction(actor, Waypoint.PROBE_TAKEN) as connection:
        row = connection.execute(_TAKE_PROBE, taking).one_or_none()
    return look(ledger, neighbour) if row is None else Permission(True, row.failures, row.probe_id)


_CLOSE = text("""
UPDATE breaker SET state = 'closed', failures = 0, opened_at = NULL, open_seconds = NULL, try_again_at = NULL,
    probe_id = NULL, probe_worker = NULL, probe_ends_at = NULL
WHERE neighbour = :neighbour
  AND (state = 'closed' AND failures > 0 OR state = 'half_open' AND probe_id = CAST(:probe AS uuid))
""")


def succeeded(ledger: Ledger, actor: Actor, neighbour: str, probe: UUID | None = None) -> None:
    """A call was answered: failures in a row end, and the breaker closes where the call was its probe."""
    with ledger.transaction(actor, Waypoint.BREAKER_CLOSED) as connection:
        connection.execute(_CLOSE, {"neighbour": neighbour, "probe": probe})


# It locks the row, so that one failure after another is counted.
_LOCKED = text("""
INSERT INTO breaker (neighbour) VALUES (:neighbour)
ON CONFLICT (neighbour) DO UPDATE SET neighbour = excluded.neighbour
RETURNING state, failures, open_seconds, probe_id
""")

_COUNT = "failures = :failures, last_error = :error, last_failed_at = clock_timestamp()"

_KEEP = text(f"UPDATE breaker SET {_COUNT} WHERE neighbour = :neighbour RETURNING *")

_OPEN = text(f"""
UPDATE breaker SET {_COUNT}, state = 'open', opened_at = coalesce(opened_at, clock_timestamp()),
    open_seconds = :seconds, try_again_at = clock_timestamp() + make_interval(secs => :seconds),
    probe_id = NULL, probe_worker = NULL, probe_ends_at = NULL
WHERE neighbour = :neighbour
RETURNING *
""")


def failed(
    ledger: Ledger,
    actor: Actor,
    neighbour: str,
    terms: Terms,
    error: str,
    *,
    probe: UUID | None = None,
    first: bool = False,
) -> Permission:
    """A call had no usable answer; returns how the breaker stands now.

    `error` says what went wrong, without personal data. `first` where a call of this worker was answered since it
    last told of a failure: then those on record are not in a row with this one. A failure of a call that began
    before the breaker opened is counted, and changes nothing else.
    """
    with ledger.transaction(actor, Waypoint.FAILURE_NOTED) as connection:
        before = connection.execute(_LOCKED, {"neighbour": neighbour}).one()
        failures = 1 if first and before.state == "closed" else before.failures + 1
        seconds = _opens_for(before, failures, terms, probe)
        counted = {"neighbour": neighbour, "failures": failures, "error": error[:_LONGEST_ERROR]}
        if seconds is None:
            row = connection.execute(_KEEP, counted).one()
        else:
            row = connection.execute(_OPEN, {**counted, "seconds": seconds}).one()
    allowed = row.state == "closed"
    return Permission(allowed, row.failures, None, row.probe_worker, row.try_again_at)


def _opens_for(before: Any, failures: int, terms: Terms, probe: UUID | None) -> float | None:
    if before.state == "closed" and failures >= terms.failures:
        return min(terms.open_seconds, terms.longest_seconds)
    if before.state == "half_open" and before.probe_id == probe:
        return float(min(before.open_seconds * 2, terms.longest_seconds))
    return None


_PUT_BACK = text("""
UPDATE breaker SET state = 'open', try_again_at = clock_timestamp(),
    probe_id = NULL, probe_worker = NULL, probe_ends_at = NULL
WHERE neighbour = :neighbour AND state = 'half_open' AND probe_id = :probe
""")


def put_back(ledger: Ledger, actor: Actor, neighbour: str, probe: UUID) -> None:
    """A probe that came to nothing: the next worker that asks may have it at once."""
    with ledger.transaction(actor, Waypoint.PROBE_PUT_BACK) as connection:
        connection.execute(_PUT_BACK, {"neighbour": neighbour, "probe": probe})
