"""Deployments: what prefect.yaml defines, registered with a Prefect server without Prefect's command line."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import UUID

import yaml
from prefect import Flow
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate, WorkPoolCreate
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import ConcurrencyLimitConfig, StateType
from prefect.client.schemas.schedules import CronSchedule
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectNotFound
from prefect.types.entrypoint import EntrypointType
from prefect.workers.process import ProcessWorker

from flows.automations import set_up

DEFINITIONS = Path(__file__).parent.parent / "prefect.yaml"
"""Beside the packages, in a checkout and where Waybill is installed."""

HEARTBEAT_SECONDS = 30
"""How often a run says that it lives; Prefect allows no less. In prefect.yaml it stands for workers."""

_SCHEDULED_WITHIN_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Registered:
    """What a server was told: its deployments by name, and its automations."""

    deployments: Mapping[str, UUID]
    automations: tuple[str, ...]


async def defined(work_pool: str | None = None) -> list[RunnerDeployment]:
    """The deployments of prefect.yaml, for a work pool or to be served."""
    entries = yaml.safe_load(DEFINITIONS.read_text())["deployments"]
    return [await _deployment(entry, work_pool) for entry in entries]


async def _deployment(entry: Mapping[str, Any], work_pool: str | None) -> RunnerDeployment:
    made: RunnerDeployment = await _flow(entry["entrypoint"]).ato_deployment(
        entry["name"],
        description=entry["description"],
        tags=entry["tags"],
        parameters=entry.get("parameters"),
        version_type=entry["version_type"],
        schedules=[_schedule(each) for each in entry["schedules"]],
        concurrency_limit=ConcurrencyLimitConfig(**entry["concurrency_limit"]),
        work_pool_name=work_pool,
        job_variables=entry["work_pool"]["job_variables"] if work_pool else None,
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    return made


def _flow(entrypoint: str) -> Flow[..., Any]:
    module, _, name = entrypoint.rpartition(".")
    found: Flow[..., Any] = getattr(import_module(module), name)
    return found


def _schedule(entry: Mapping[str, Any]) -> DeploymentScheduleCreate:
    schedule = CronSchedule(cron=entry["cron"], timezone=entry["timezone"])
    return DeploymentScheduleCreate(schedule=schedule, slug=entry["slug"])


async def register(work_pool: str) -> Registered:
    """Make the work pool where it is missing, and bring deployments and automations up to date."""
    await _ensure(work_pool)
    ids = {each.name: await each.aapply() for each in await defined(work_pool)}
    return Registered(ids, tuple(await set_up(ids)))


async def are_scheduled(deployments: Collection[UUID]) -> bool:
    """Whether the server has written down runs for all schedules that are not paused; that takes it some seconds."""
    deadline = monotonic() + _SCHEDULED_WITHIN_SECONDS
    async with get_client() as client:
        while not all([await _is_scheduled(client, each) for each in deployments]):
            if monotonic() > deadline:
                return False
            await asyncio.sleep(1)
    return True


async def _is_scheduled(client: PrefectClient, deployment_id: UUID) -> bool:
    deployment = await client.read_deployment(deployment_id)
    if deployment.paused or not any(each.active for each in deployment.schedules):
        return True
    scheduled = FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED]))
    )
    only = DeploymentFilter(id=DeploymentFilterId(any_=[deployment_id]))
    return bool(await client.read_flow_runs(flow_run_filter=scheduled, deployment_filter=only, limit=1))


async def _ensure(work_pool: str) -> None:
    async with get_client() as client:
        try:
            await client.read_work_pool(work_pool)
        except ObjectNotFound:
            template = ProcessWorker.get_default_base_job_template()
            await client.create_work_pool(
                WorkPoolCreate(name=work_pool, type=ProcessWorker.type, base_job_template=template)
            )
