"""The companies that the destination lists for this account: the only ones that are ever uploaded to."""

import asyncio
import hashlib
from datetime import timedelta
from typing import Any

from prefect import State, task
from prefect.context import TaskRunContext

from clients.errors import DestinationUnavailable, OutsideError
from db.breaker import Permission
from tasks.breaker import GivenUp
from tasks.workbench import Workbench


def ask_for_companies(bench: Workbench) -> frozenset[str] | None:
    """The enterprise numbers, ten digits each; None where the destination is left alone, as the gate then says.

    An answer closes no breaker: whether uploads are taken again is for an upload to find out.

    Raises:
        DestinationUnavailable, DestinationRefused: No list was given.
        GivenUp: It was one failure too many.
    """
    permission = bench.destination_breaker.permission()
    if not permission.allowed:
        bench.leave_destination_alone(permission)
        return None
    try:
        listed = bench.destination.administrations().company_numbers
    except DestinationUnavailable as unavailable:
        _failed(bench, permission, unavailable)
        raise
    except OutsideError:
        bench.destination_breaker.put_back(permission)
        raise
    bench.destination_breaker.put_back(permission)
    return listed


def _failed(bench: Workbench, permission: Permission, unavailable: DestinationUnavailable) -> None:
    breaker = bench.destination_breaker
    if unavailable.wants_fewer_calls:
        breaker.put_back(permission)
    elif not (stands := breaker.failed(permission, str(unavailable))).allowed:
        raise GivenUp(f"{unavailable} {breaker.tried_again(stands)}") from unavailable


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
async def listed_companies(bench: Workbench) -> frozenset[str] | None:
    """The companies as `ask_for_companies` gives them; asked for at most every five minutes in a run."""
    return await asyncio.to_thread(ask_for_companies, bench)
