"""Timings in the ledger: how long stages and calls took, added up for good in commits that are made anyway."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import monotonic

from sqlalchemy import Connection, text

from db.waypoints import Waypoint
from logs.timings import TIMINGS, Subject, Tally

_CARRIERS = {
    Waypoint.PAGE_STORED,
    Waypoint.TURN_RESERVED,
    Waypoint.JUDGED,
    Waypoint.ACKNOWLEDGED,
    Waypoint.RECONCILED,
}
"""Commits that a run comes to now and then while it works, and in which a statement more delays nobody."""

_LAST_CARRIERS = {Waypoint.JOB_ENDED, Waypoint.WEBHOOKS_SETTLED}
"""Commits after which there may be no other."""

_EVERY_SECONDS = 10.0

_ADD = text("""
SELECT add_timings(CAST(:systems AS text[]), CAST(:names AS text[]), CAST(:results AS text[]),
    CAST(:counts AS bigint[]), CAST(:seconds AS double precision[]), CAST(:items AS bigint[]),
    CAST(:buckets AS text[]), CAST(:last_ats AS timestamptz[]))
""")


class _Pace:
    """When this process last had its timings carried."""

    at = -_EVERY_SECONDS

    def is_due(self, waypoint: Waypoint) -> bool:
        return waypoint in _LAST_CARRIERS or (
            waypoint in _CARRIERS and monotonic() - self.at >= _EVERY_SECONDS
        )


_PACE = _Pace()


@contextmanager
def timings_carried_by(waypoint: Waypoint) -> Iterator[Callable[[Connection], None]]:
    """What a transaction calls last, so that it takes along the timings of this process.

    A commit that fails leaves them for the next one, and so does one that meets another's at the same moment:
    nobody waits for a figure.
    """
    taken: dict[Subject, Tally] = {}

    def carry(connection: Connection) -> None:
        if not _PACE.is_due(waypoint):
            return
        taken.update(TIMINGS.take())
        if taken and add_timings(connection, taken):
            _PACE.at = monotonic()
        else:
            TIMINGS.add(taken)
            taken.clear()

    try:
        yield carry
    except BaseException:
        TIMINGS.add(taken)
        raise


def add_timings(connection: Connection, tallies: Mapping[Subject, Tally]) -> bool:
    """Add up; False, and nothing was added, where another transaction is about to do so at this moment."""
    rows = list(tallies.items())
    added: bool = connection.execute(
        _ADD,
        {
            "systems": [subject.system for subject, _ in rows],
            "names": [subject.name for subject, _ in rows],
            "results": [subject.result for subject, _ in rows],
            "counts": [tally.count for _, tally in rows],
            "seconds": [tally.seconds for _, tally in rows],
            "items": [tally.items for _, tally in rows],
            # Rows of numbers in one parameter would become one long row.
            "buckets": [f"{{{','.join(map(str, tally.buckets))}}}" for _, tally in rows],
            "last_ats": [tally.last_at for _, tally in rows],
        },
    ).scalar_one()
    return added
