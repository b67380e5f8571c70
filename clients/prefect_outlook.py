"""What a Prefect server has ahead of it: its version, Waybill's deployments, and their next runs; read only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx

from clients.errors import OutsideError

if TYPE_CHECKING:
    from uuid import UUID

    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun
    from prefect.client.schemas.responses import DeploymentResponse

TAG = "waybill"
"""Of every deployment of ours, on a server that others may share."""

_MOST = 200


class OutlookUnavailable(OutsideError):
    """The Prefect server did not say; the message says why, without its address's password."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """A deployment.

    Attributes:
        name: Its own, without its flow's.
        version: As it was registered.
        paused: Whether a person switched it off.
        is_ready: Whether somebody who runs it has asked for work in the last minute.
        schedules: How many it has; `active_schedules` of them are on.
        work_pool: Whose workers run it; None where it is served.
    """

    name: str
    version: str | None
    paused: bool
    is_ready: bool
    schedules: int
    active_schedules: int
    work_pool: str | None


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """The next run of a deployment; late where `at` has passed."""

    deployment: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Outlook:
    """How a Prefect server stands, by its own word."""

    server_version: str
    client_version: str
    deployments: Sequence[Deployed]
    next_runs: Sequence[PlannedRun]


def look_ahead(api_url: str, seconds: float) -> Outlook:
    """What the server at `api_url` has ahead; each of its four answers may take `seconds`.

    Raises:
        OutlookUnavailable: It cannot be reached, lets us not in, or answers otherwise than a Prefect server.
    """
    # Importing it takes seconds, and few need it.
    import prefect  # noqa: PLC0415
    from prefect.client.orchestration import get_client  # noqa: PLC0415
    from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterTags  # noqa: PLC0415
    from prefect.exceptions import PrefectException  # noqa: PLC0415
    from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_MAX_RETRIES, temporary_settings  # noqa: PLC0415

    try:
        with (
            temporary_settings({PREFECT_API_URL: api_url, PREFECT_CLIENT_MAX_RETRIES: 0}),
            get_client(httpx_settings={"timeout": seconds}, sync_client=True) as client,
        ):
            version = client.api_version()
            deployments = client.read_deployments(
                deployment_filter=DeploymentFilter(tags=DeploymentFilterTags(all_=[TAG])), limit=_MOST
            )
            runs = _planned_runs(client, [each.id for each in deployments])
    except httpx.HTTPStatusError as refused:
        raise OutlookUnavailable(f"It answered {refused.response.status_code}.") from None
    except (httpx.HTTPError, PrefectException, RuntimeError, ValueError) as error:
        raise OutlookUnavailable(f"It gave no usable answer ({type(error).__name__}).") from None
    deployed = [_deployed(each) for each in deployments]
    return Outlook(version, prefect.__version__, deployed, _first_of_each(deployments, runs))


def _planned_runs(client: "SyncPrefectClient", ids: "list[UUID]") -> "list[FlowRun]":
    """Runs that were planned and have not begun, the soonest first; late ones too."""
    from prefect.client.schemas import filters  # noqa: PLC0415
    from prefect.client.schemas.objects import StateType  # noqa: PLC0415
    from prefect.client.schemas.sorting import FlowRunSort  # noqa: PLC0415

    if not ids:
        return []
    planned = filters.FlowRunFilter(
        deployment_id=filters.FlowRunFilterDeploymentId(any_=ids),
        state=filters.FlowRunFilterState(type=filters.FlowRunFilterStateType(any_=[StateType.SCHEDULED])),
    )
    return client.read_flow_runs(
        flow_run_filter=planned, sort=FlowRunSort.NEXT_SCHEDULED_START_TIME_ASC, limit=_MOST
    )


def _deployed(found: "DeploymentResponse") -> Deployed:
    return Deployed(
        name=found.name,
        version=found.version,
        paused=found.paused,
        is_ready=found.status is not None and found.status.value == "READY",
        schedules=len(found.schedules),
        active_schedules=sum(each.active for each in found.schedules),
        work_pool=found.work_pool_name,
    )


def _first_of_each(
    deployments: "Sequence[DeploymentResponse]", runs: "Sequence[FlowRun]"
) -> list[PlannedRun]:
    names = {each.id: each.name for each in deployments}
    first: dict[str, PlannedRun] = {}
    for run in runs:
        if run.deployment_id in names and run.next_scheduled_start_time is not None:
            name = names[run.deployment_id]
            first.setdefault(name, PlannedRun(name, run.next_scheduled_start_time.astimezone(UTC)))
    return list(first.values())
