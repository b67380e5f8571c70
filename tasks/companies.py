"""The companies that the destination lists for this account: the only ones that are ever uploaded to."""

import asyncio
import hashlib
from datetime import timedelta
from typing import Any

from prefect import State, task
from prefect.context import TaskRunContext

from clients.errors import DestinationUnavailable
from tasks.workbench import Workbench


def _key(_context: TaskRunContext, parameters: dict[str, Any]) -> str:
    # Of one job: a company that was listed yesterday must be seen today, and one account's list is not another's.
    bench: Workbench = parameters["bench"]
    of = f"{bench.settings.clearfacts_url} {bench.actor.job_id}"
    return f"administrations-{hashlib.sha256(of.encode()).hexdigest()}"


def _may_help_to_repeat(_task: object, _run: object, state: State[Any]) -> bool:
    return isinstance(state.data, DestinationUnavailable)


@task(
    name="administrations",
    retries=2,
    retry_delay_seconds=[1, 4],
    retry_condition_fn=_may_help_to_repeat,
    cache_key_fn=_key,
    cache_expiration=timedelta(minutes=5),
    persist_result=True,
)
async def listed_companies(bench: Workbench) -> frozenset[str]:
    """The enterprise numbers, ten digits each; asked for at most every five minutes in a run."""
    return (await asyncio.to_thread(bench.destination.administrations)).company_numbers
