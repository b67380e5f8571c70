"""Noticing by the facade: people hear of a run that was killed while no other run is there to say so."""

import asyncio
import time
from uuid import uuid4

import pytest

from api.facade import open_facade
from api.noticing import notice_for_ever
from db.jobs import RunOf, start_job
from db.ledger import Actor
from db.waypoints import Waypoint
from sandbox.journal import Call
from sandbox.serve import Sandbox
from settings import Settings

_PATIENCE_SECONDS = 20


@pytest.fixture
def sandbox():
    with Sandbox() as running:
        yield running


@pytest.fixture
def noticing(facade_settings, sandbox):
    """Lets a facade notice, every few moments, until something is reached."""
    settings = Settings(**facade_settings, slack_webhook_url=sandbox.slack_webhook_url)

    async def until(reached):
        async with open_facade(settings) as facade:
            task = asyncio.create_task(notice_for_ever(facade, every_seconds=0.02))
            ends_at = time.monotonic() + _PATIENCE_SECONDS
            while not reached():
                assert time.monotonic() < ends_at
                await asyncio.sleep(0.02)
            task.cancel()
            await asyncio.wait([task])

    return lambda reached: asyncio.run(until(reached))


def test_people_hear_of_a_run_that_was_killed(prefect_api, ledger, sandbox, noticing):
    run = RunOf(uuid4(), 1)
    with ledger.worker() as worker, ledger.transaction(Actor("a test"), Waypoint.JOB_STARTED) as connection:
        start_job(connection, run, worker, "process-invoices", "a test", {})
    noticing(lambda: sandbox.journal.entries(Call.MESSAGE))
    (message,) = sandbox.journal.entries(Call.MESSAGE)
    assert message.text.startswith("*process-invoices was cut off*\nIts process was killed")
    assert f"`waybill jobs {run.job_id}`" in message.text
