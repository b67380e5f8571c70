"""The inbox: the open requests of the ledger, taken by a run and closed once it has done what they ask."""

from collections.abc import Container
from dataclasses import dataclass, field

from db.requests import Taken, requests_done, take_requests
from db.waypoints import Waypoint
from flows.running import Job
from flows.wanted import Wanted


@dataclass(slots=True)
class Inbox:
    """Requests of one kind (real or dry) that one run has taken; a killed run's are open again for the next."""

    job: Job
    dry_run: bool
    _in_hand: list[Taken] = field(default_factory=list)

    def take(self) -> Wanted:
        """Take what is open now; what it asks, taken together."""
        with self.job.ledger.transaction(self.job.actor, Waypoint.REQUESTS_TAKEN) as connection:
            taken = take_requests(connection, self.job.id, dry_run=self.dry_run)
        self._in_hand += taken
        return Wanted.by(taken)

    def done(self, not_had: Container[str]) -> None:
        """Close what was taken; a request whose record could not be had stays open, for a run after a while."""
        closed = [
            each for each in self._in_hand if not any(name in not_had for name in each.source_ids or ())
        ]
        with self.job.ledger.transaction(self.job.actor, Waypoint.REQUESTS_DONE) as connection:
            requests_done(connection, [each.id for each in closed])
        self._in_hand.clear()
