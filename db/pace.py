"""The pace of uploads, shared by all workers of the ledger: turns, and pauses that the destination asks for."""

from sqlalchemy import text

from db.ledger import Actor, Ledger
from db.waypoints import Waypoint

_RESERVE = text("""
INSERT INTO pace (destination, next_at)
VALUES (:destination, clock_timestamp() + make_interval(secs => :interval))
ON CONFLICT (destination) DO UPDATE
    SET next_at = greatest(pace.next_at, clock_timestamp()) + make_interval(secs => :interval)
RETURNING greatest(0, extract(epoch FROM next_at - clock_timestamp()) - :interval)::float8
""")

_PAUSE = text("""
INSERT INTO pace (destination, next_at, paused_until)
VALUES (:destination, clock_timestamp(), clock_timestamp() + make_interval(secs => :seconds))
ON CONFLICT (destination) DO UPDATE
    SET paused_until = greatest(pace.paused_until, clock_timestamp() + make_interval(secs => :seconds))
""")

_LEFT = text("""
SELECT greatest(0, extract(epoch FROM paused_until - clock_timestamp()))::float8 FROM pace
WHERE destination = :destination AND paused_until IS NOT NULL
""")


def reserve_turn(ledger: Ledger, actor: Actor, interval_seconds: float) -> float:
    """Book the next free moment for an upload, among all workers; returns the seconds to wait for it."""
    with ledger.transaction(actor, Waypoint.TURN_RESERVED) as connection:
        wait: float = connection.execute(
            _RESERVE, {"destination": ledger.destination, "interval": interval_seconds}
        ).scalar_one()
        return wait


def pause(ledger: Ledger, actor: Actor, seconds: float) -> None:
    """Let no worker upload for this long, as the destination asked."""
    with ledger.transaction(actor, Waypoint.PAUSE_NOTED) as connection:
        connection.execute(_PAUSE, {"destination": ledger.destination, "seconds": seconds})


def pause_left(ledger: Ledger) -> float:
    """Seconds until the destination may be asked again; 0 where it asked for no pause."""
    with ledger.reading() as connection:
        left: float | None = connection.execute(
            _LEFT, {"destination": ledger.destination}
        ).scalar_one_or_none()
        return left or 0.0
