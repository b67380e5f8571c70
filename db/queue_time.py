"""Queue time: how long what is ready will take to be forwarded, at the rate of the last hour."""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, text

Basis = Literal["last_hour", "settings"]

_MOST_FORWARDED = 1000
_FEWEST_GAPS = 3

# A longer time between two is one in which nobody uploaded, and says nothing of how fast it goes.
_RATE = text(f"""
WITH forwarded AS (
    SELECT at FROM audit_event
    WHERE to_state = 'sent' AND at > now() - interval '1 hour'
    ORDER BY at DESC LIMIT {_MOST_FORWARDED}
), gaps AS (
    SELECT extract(epoch FROM at - lag(at) OVER (ORDER BY at)) AS seconds FROM forwarded
)
SELECT (SELECT count(*) FROM forwarded) AS forwarded, count(*) AS gaps, avg(seconds)::float8 AS seconds
FROM gaps WHERE seconds <= :idle_seconds
""")


@dataclass(frozen=True, slots=True)
class QueueTime:
    """How long the queue takes at least: pauses, retries and what arrives meanwhile come on top.

    Attributes:
        basis: What the rate was taken from; None where neither tells one.
        per_upload_seconds: From one upload to the next, all workers together.
        at_least_seconds: For all that is ready now; None where there is no rate.
        forwarded_last_hour: How many were; a thousand at most.
    """

    basis: Basis | None
    per_upload_seconds: float | None
    at_least_seconds: float | None
    forwarded_last_hour: int


def queue_time(
    connection: Connection, waiting: int, min_interval_seconds: float, upload_seconds: float
) -> QueueTime:
    """How long `waiting` invoices take, at the rate of the last hour, or else at the fastest that the settings allow.

    Args:
        connection: To the ledger, for reading.
        waiting: How many are ready.
        min_interval_seconds: The least time between two uploads that is set.
        upload_seconds: The longest that one upload may take; a longer gap between two is idleness.
    """
    found = connection.execute(_RATE, {"idle_seconds": upload_seconds + min_interval_seconds}).one()
    basis: Basis | None
    if found.gaps >= _FEWEST_GAPS:
        basis, each = "last_hour", max(found.seconds, min_interval_seconds)
    elif min_interval_seconds > 0:
        basis, each = "settings", min_interval_seconds
    else:
        return QueueTime(None, None, None if waiting else 0.0, found.forwarded)
    return QueueTime(basis, round(each, 3), round(each * waiting, 1), found.forwarded)
