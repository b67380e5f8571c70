"""The watch: how the facade's ledger and neighbours stand, looked at no more often than every few seconds."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, Request

from api.facade import Facade
from api.looking import (
    WITHIN_SECONDS,
    Look,
    Looker,
    all_at_once,
    look_at_clearfacts,
    look_at_ledger,
    look_at_prefect,
    look_at_source,
)
from api.remembered import Remembered
from api.visits import Visit
from clients.orchestrator import Orchestrator
from db.ledger import Ledger
from db.measures import figures, pipeline
from db.notices import Standing, notices_standing
from db.outbox import Backlog, backlog
from tasks.trying import Seen

_READY_SECONDS = 3.0
_NEIGHBOURS_SECONDS = 10.0
_FIGURES_SECONDS = 10.0
_THREADS = 8

Looks = Mapping[str, tuple[Look, Mapping[str, Any]]]


class Watch:
    """Looks on behalf of all callers together: probes, however many, cost the neighbours nothing more."""

    def __init__(self, facade: Facade) -> None:
        self._facade = facade
        self._at_hand: Remembered[Looks] = Remembered(_READY_SECONDS)
        self._outside: Remembered[Looks] = Remembered(_NEIGHBOURS_SECONDS)
        self._figures: Remembered[dict[str, Any]] = Remembered(_FIGURES_SECONDS)
        self._pipeline: Remembered[dict[str, Any]] = Remembered(_FIGURES_SECONDS)
        self._telling: Remembered[tuple[Standing, list[Backlog]]] = Remembered(_FIGURES_SECONDS)
        # Their own: calls that hang must not take the threads of the rest of the facade.
        self._threads = CapacityLimiter(_THREADS)
        self.testing = asyncio.Lock()
        """Held while the connections are tried on somebody's request."""

    @property
    def orchestrator(self) -> Orchestrator:
        """The Prefect server."""
        return self._facade.orchestrator

    @property
    def neighbours(self) -> tuple[str, ...]:
        """The source and the destination, as the ledger calls them."""
        return self._facade.settings.source, Ledger.destination

    async def at_hand(self) -> Looks:
        """How `ledger` and `prefect` stand; a look at the ledger tells its revision and its breakers."""
        lookers = {
            "ledger": partial(look_at_ledger, self._facade.ledger),
            "prefect": partial(look_at_prefect, self._facade.orchestrator),
        }
        return await self._at_hand.get(partial(all_at_once, lookers, WITHIN_SECONDS))

    async def outside(self) -> Looks:
        """How each neighbour answers, whatever its breaker says."""
        settings = self._facade.settings
        source, destination = self.neighbours
        lookers = {
            source: self.in_thread(partial(look_at_source, settings)),
            destination: self.in_thread(partial(look_at_clearfacts, settings)),
        }
        return await self._outside.get(partial(all_at_once, lookers, WITHIN_SECONDS))

    async def figures(self, visit: Visit) -> dict[str, Any]:
        """The ledger's figures as `visit` may see them, who may see every company (`api.oversight`)."""
        return await self._figures.get(partial(visit.ask, figures))

    async def pipeline(self, visit: Visit) -> dict[str, Any]:
        """The pipeline in figures, for the same callers; invoices of as many companies as are to be told apart."""
        companies = self._facade.settings.metrics_companies
        return await self._pipeline.get(partial(visit.ask, pipeline, companies=companies))

    async def telling(self, visit: Visit) -> tuple[Standing, list[Backlog]]:
        """How notices to people stand, and events to those who listen; over all companies."""

        async def ask() -> tuple[Standing, list[Backlog]]:
            return await visit.ask(notices_standing), await visit.ask(backlog)

        return await self._telling.get(ask)

    def in_thread(self, look: Callable[[], Seen]) -> Looker:
        """A looker of one that blocks: left to its own time limit when nobody waits for it any more."""
        return partial(to_thread.run_sync, look, abandon_on_cancel=True, limiter=self._threads)


def watch_of(request: Request) -> Watch:
    """The watch of the facade that a request came to."""
    watch: Watch = request.app.state.watch
    return watch


Watching = Annotated[Watch, Depends(watch_of)]
