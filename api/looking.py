"""Looking: whether the ledger, Prefect and the neighbours answer, each within a time limit, all at once."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from time import monotonic
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy.exc import SQLAlchemyError

from clients.errors import OutsideError
from clients.orchestrator import Orchestrator
from db.facade import FacadeLedger
from db.measures import readiness
from db.migrate import newest
from settings import Settings
from tasks.trying import Seen, in_haste, try_source
from tasks.workbench import open_destination

WITHIN_SECONDS = 2.0


class Look(BaseModel):
    """What one look found."""

    well: bool
    says: str = Field(description="In words.", examples=["It answers."])
    latency_ms: float = Field(ge=0, description="How long the look took.", examples=[12.5])


Looker = Callable[[], Awaitable[Seen]]


async def all_at_once(
    lookers: Mapping[str, Looker], within: float
) -> dict[str, tuple[Look, Mapping[str, Any]]]:
    """What each saw, by its name; one that takes longer than `within` seconds is waited for no more."""
    started = monotonic()
    tasks = {name: asyncio.create_task(_looked(looker)) for name, looker in lookers.items()}
    try:
        await asyncio.wait(tasks.values(), timeout=within)
    finally:
        for task in tasks.values():
            task.cancel()
    late = _look(Seen(f"It did not answer within {within:g} s.", well=False), started)
    return {name: task.result() if _is_done(task) else (late, {}) for name, task in tasks.items()}


def _is_done(task: asyncio.Task[Any]) -> bool:
    return task.done() and not task.cancelled()


async def _looked(looker: Looker) -> tuple[Look, Mapping[str, Any]]:
    started = monotonic()
    try:
        seen = await looker()
    except OutsideError as error:
        seen = Seen(str(error), well=False)
    return _look(seen, started), seen.told


def _look(seen: Seen, started: float) -> Look:
    return Look(well=seen.well, says=seen.says, latency_ms=round((monotonic() - started) * 1000, 1))


@cache
def wanted_revision() -> str:
    """The revision of the schema that this code works with."""
    return newest()


async def look_at_ledger(ledger: FacadeLedger) -> Seen:
    """Whether the ledger answers and has the schema that this code needs; tells its revision and breakers."""
    try:
        async with ledger.transaction() as connection:
            found = await connection.run_sync(readiness)
    except SQLAlchemyError:
        return Seen(
            "It cannot be used: it does not answer, or its schema is older than this facade.", well=False
        )
    if found["revision"] != wanted_revision():
        return Seen("Its schema is not the one of this facade: run `waybill db upgrade`.", False, found)
    return Seen("It answers, and its schema is up to date.", told=found)


async def look_at_prefect(orchestrator: Orchestrator) -> Seen:
    """Whether the Prefect server says that it is well."""
    await orchestrator.latency()
    return Seen("It answers.")


def look_at_source(settings: Settings, seconds: float = WITHIN_SECONDS) -> Seen:
    """Whether the Java backend says that it is up, or the drop folder can be read; blocks.

    Raises:
        OutsideError: The source does not answer as it should.
    """
    return try_source(settings, seconds)


def look_at_clearfacts(settings: Settings) -> Seen:
    """Whether Clearfacts accepts the token, by the cheapest question that it has; blocks.

    Raises:
        OutsideError: It does not answer as it should.
    """
    client = open_destination(in_haste(settings, WITHIN_SECONDS))
    try:
        client.userinfo()
    finally:
        client.close()
    return Seen("It answers, and accepts the token.")
