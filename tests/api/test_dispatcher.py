"""The dispatcher: one run of the deployment for a burst of requests, asked for again where it never came."""

import asyncio
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from sqlalchemy import text

from api.dispatcher import dispatch, dispatch_for_ever
from api.facade import open_facade
from clients.errors import OutsideError
from clients.orchestrator import Orchestrator, OrchestratorUnavailable
from db.ledger import Actor
from db.requests import RunRequest, ask_for_run
from db.waypoints import Waypoint, listening
from flows.process import process_invoices
from settings import Settings


@pytest.fixture(scope="session")
def deployment(prefect_api):
    """The deployment of the main job, which nobody serves."""
    return process_invoices.to_deployment("process-invoices").apply()


@pytest.fixture
def ask(ledger):
    def record(**details):
        with ledger.transaction(Actor("a person"), Waypoint.RUN_REQUESTED) as connection:
            return ask_for_run(connection, RunRequest("a person", "correlation", **details))

    return record


@pytest.fixture
def asked_for(owner):
    """The flow run that each request waits for, in the order in which they were asked."""

    def read():
        with owner.connect() as connection:
            return list(
                connection.execute(text("SELECT flow_run_id FROM run_request ORDER BY position")).scalars()
            )

    return read


@pytest.fixture
def in_facade(facade_settings):
    """Does something with a facade, in an event loop of its own."""

    def do(work, **settings):
        async def main():
            async with open_facade(Settings(**{**facade_settings, **settings})) as facade:
                return await work(facade)

        return asyncio.run(main())

    return do


async def flow_runs(ids):
    async with get_client() as client:
        return await client.read_flow_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=list(ids))))


def test_a_burst_is_one_run_that_does_what_requests_ask(deployment, ask, asked_for, in_facade):
    for _ in range(50):
        ask()

    in_facade(dispatch)

    (run_id,) = set(asked_for())
    (run,) = asyncio.run(flow_runs([run_id]))
    assert run.parameters == {
        "requests_only": True, "dry_run": False, "requested_by": "a person, and 49 more requests",
        "correlation_id": "correlation",
    }  # fmt: skip


def test_what_comes_after_waits_for_the_same_run(deployment, ask, asked_for, in_facade):
    ask()
    in_facade(dispatch)
    ask()

    in_facade(dispatch)

    first, second = asked_for()
    assert first == second


def test_a_dry_run_is_asked_for_as_one(deployment, ask, asked_for, in_facade):
    ask(dry_run=True)
    ask()

    in_facade(dispatch)

    dry, real = asked_for()
    runs = {run.id: run.parameters["dry_run"] for run in asyncio.run(flow_runs([dry, real]))}
    assert runs == {dry: True, real: False}


def test_a_facade_that_dies_before_it_notes_the_run_asks_for_the_same_one(
    deployment, ask, asked_for, in_facade
):
    ask()
    started = []

    class Dying(Orchestrator):
        async def start(self, *arguments):
            started.append(await super().start(*arguments))
            raise OrchestratorUnavailable("dead")

    async def die(facade):
        facade.orchestrator.__class__ = Dying
        await dispatch(facade)

    with pytest.raises(OutsideError):
        in_facade(die)
    assert asked_for() == [None]

    in_facade(dispatch)
    assert asked_for() == started


def test_a_run_that_never_came_is_asked_for_anew(deployment, ask, asked_for, in_facade, owner):
    ask()
    in_facade(dispatch)
    (lost,) = asked_for()
    with owner.begin() as connection:
        connection.execute(text("UPDATE run_request SET asked_for_at = now() - interval '1 hour'"))

    in_facade(dispatch)

    assert asked_for() != [lost]


def test_without_prefect_requests_wait_and_nothing_is_lost(ask, asked_for, in_facade):
    ask()

    async def without_prefect(facade):
        await dispatch(replace(facade, orchestrator=Orchestrator(None)))

    with pytest.raises(OutsideError, match="PREFECT_API_URL"):
        in_facade(without_prefect)

    assert asked_for() == [None]


def test_a_server_without_the_deployment_is_named(prefect_api, in_facade):
    async def start(facade):
        await facade.orchestrator.start("process-invoices/no-such-deployment", {}, str(uuid4()))

    with pytest.raises(OutsideError, match="no-such-deployment"):
        in_facade(start)


def test_it_goes_on_after_a_failure(deployment, ask, asked_for, in_facade):
    ask()
    failures = []

    class FailingOnce(Orchestrator):
        async def start(self, *arguments):
            if not failures:
                failures.append(None)
                raise OrchestratorUnavailable("away for a moment")
            return await super().start(*arguments)

    async def until_asked(facade):
        facade.orchestrator.__class__ = FailingOnce
        done = asyncio.Event()
        loop = asyncio.get_running_loop()
        with listening(lambda waypoint: waypoint is Waypoint.RUN_ASKED_FOR and loop.call_soon(done.set)):
            task = asyncio.create_task(dispatch_for_ever(facade))
            await done.wait()
            task.cancel()

    in_facade(until_asked, dispatch_seconds=0.05)

    assert failures
    assert isinstance(asked_for()[0], UUID)
