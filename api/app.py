"""The application: its routes, what is around them, and how it starts and stops."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from api import (
    api_keys,
    auth,
    connections,
    decisions,
    documents,
    health,
    invoices,
    jobs,
    metrics,
    problem_pages,
    runs,
    security_events,
    users,
    validate,
    webhooks,
)
from api.around import surround
from api.background import background
from api.facade import open_facade
from api.faults import last_resort
from api.modes import served_of
from api.openapi import DescribedApp
from api.refusals import refuse_in_problems
from api.watch import Watch
from logs.tracing import begin_tracing, flush_traces
from settings import Settings

PREFIX = "/api/v1"
ROUTERS: tuple[APIRouter, ...] = (
    runs.router,
    jobs.router,
    invoices.router,
    documents.router,
    decisions.router,
    health.router,
    metrics.router,
    connections.router,
    webhooks.router,
    auth.router,
    users.router,
    api_keys.router,
    security_events.router,
    validate.router,
)
_TRACES_WAIT_SECONDS = 2.0
AT_THE_ROOT: tuple[APIRouter, ...] = (health.probes, problem_pages.router)


def create(settings: Settings | None = None) -> FastAPI:
    """The facade as an ASGI application; `settings` are those of the environment unless given."""
    settings = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        begin_tracing(settings.otlp_endpoint, "waybill-facade")
        async with open_facade(settings) as facade, background(facade):
            app.state.facade = facade
            app.state.watch = Watch(facade)
            yield
        flush_traces(_TRACES_WAIT_SECONDS)

    app = DescribedApp(
        title="Waybill",
        version="1.0.0",
        lifespan=lifespan,
        redirect_slashes=False,
        openapi_url=None if settings.environment == "production" else "/openapi.json",
    )
    for prefix, routers in ((PREFIX, ROUTERS), ("", AT_THE_ROOT)):
        for router in routers:
            app.include_router(served_of(router, prefix, settings.facade_mode), prefix=prefix)
    surround(app, settings)
    refuse_in_problems(app)
    app.add_exception_handler(Exception, last_resort)
    return app
