"""The Prefect server as the facade uses it: start a run of a deployment, and see how a run stands."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from prefect.client.orchestration import PrefectClient, get_client
from prefect.exceptions import ObjectNotFound, PrefectException
from prefect.settings import PREFECT_API_URL
from prefect.utilities.urls import url_for

from clients.errors import OutsideError

PROCESS_DEPLOYMENT = "process-invoices/process-invoices"
"""The deployment of the main job, by its flow's name and its own."""

_WITHIN_SECONDS = 5.0


class OrchestratorUnavailable(OutsideError):
    """The Prefect server did not do what was asked; the message says what to look at."""


@dataclass(frozen=True, slots=True)
class RunNow:
    """How a flow run stands: Prefect's word for its state, the run's name, and where people see it."""

    state: str
    name: str
    url: str | None


class Orchestrator:
    """A Prefect server; every question is bounded in time. For one event loop."""

    def __init__(self, client: PrefectClient | None) -> None:
        self._client = client

    async def start(self, deployment: str, parameters: Mapping[str, Any], key: str) -> UUID:
        """Ask for a run of a deployment; the same key gives the same run, however often it is asked.

        Raises:
            OrchestratorUnavailable: The server cannot be reached, or has no such deployment.
        """
        async with self._asking(f"no run of {deployment} could be asked for") as client:
            found = await client.read_deployment_by_name(deployment)
            run = await client.create_flow_run_from_deployment(
                found.id, parameters=dict(parameters), idempotency_key=key
            )
            return run.id

    async def now(self, flow_run_id: UUID) -> RunNow | None:
        """How a run stands at this moment; None where the server does not know it.

        Raises:
            OrchestratorUnavailable: The server cannot be reached.
        """
        async with self._asking("the run's state could not be had") as client:
            try:
                run = await client.read_flow_run(flow_run_id)
            except ObjectNotFound:
                return None
            return RunNow(run.state_name or "Unknown", run.name, url_for("flow-run", flow_run_id))

    async def latency(self) -> float:
        """Seconds that the server takes to say that it is well.

        Raises:
            OrchestratorUnavailable: It does not say so.
        """
        started = time.monotonic()
        async with self._asking("it is not well") as client:
            if failure := await client.api_healthcheck():
                raise failure
        return time.monotonic() - started

    @asynccontextmanager
    async def _asking(self, in_vain: str) -> AsyncIterator[PrefectClient]:
        if self._client is None:
            raise OrchestratorUnavailable(f"Prefect: {in_vain}; set PREFECT_API_URL.")
        try:
            async with asyncio.timeout(_WITHIN_SECONDS):
                yield self._client
        except (TimeoutError, httpx.HTTPError, PrefectException) as error:
            raise OrchestratorUnavailable(f"Prefect: {in_vain} ({type(error).__name__}).") from None


@asynccontextmanager
async def open_orchestrator() -> AsyncIterator[Orchestrator]:
    """The Prefect server of `PREFECT_API_URL`; without one, nothing can be asked and all else works."""
    if not PREFECT_API_URL.value():
        yield Orchestrator(None)
        return
    async with get_client(httpx_settings={"timeout": _WITHIN_SECONDS}) as client:
        yield Orchestrator(client)
