"""A Prefect server as many machines need it: on PostgreSQL, with Redis between its processes; and workers for it."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg

from bench.servers import Server, free_port, postgres_with_contrib, redis, running
from flows.prefect_server import ENVIRONMENT, is_healthy

POOL = "waybill"
_PREFECT = str(Path(sys.executable).with_name("prefect"))
_PATIENCE_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class PrefectServer:
    """A server of two processes that share nothing but PostgreSQL and Redis.

    Attributes:
        url: Of its API.
        api: The process that answers; there may be several.
        services: The process that schedules runs and writes down what the API was told.
        environment: What its users find in their environment.
    """

    url: str
    api: int
    services: int
    database: Server
    redis: Server
    environment: Mapping[str, str]

    def get(self, path: str) -> Any:
        """What the API answers there."""
        return httpx.get(f"{self.url}{path}", timeout=60).raise_for_status().json()

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """What the API answers to this."""
        return httpx.post(f"{self.url}{path}", json=body, timeout=60).raise_for_status().json()


@contextmanager
def prefect_for_many() -> Iterator[PrefectServer]:
    """A server with an empty database, forgotten at the end.

    Raises:
        NotInstalled: PostgreSQL with pg_trgm, or Redis, is not on this machine.
    """
    with ExitStack() as stack:
        database, broker = stack.enter_context(postgres_with_contrib()), stack.enter_context(redis())
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="waybill-prefect-")))
        port = free_port()
        url = f"http://127.0.0.1:{port}/api"
        users = _without_settings() | {"PREFECT_HOME": str(home), "PREFECT_API_URL": url}
        own = users | _server_settings(database, broker)
        api = stack.enter_context(
            running([*_server("start"), "--no-services", "--port", str(port)], home / "api.log", own)
        )
        until(lambda: is_healthy(url) or _insist_on_life(api, home / "api.log"))
        services = stack.enter_context(running(_server("services", "start"), home / "services.log", own))
        yield PrefectServer(url, api.pid, services.pid, database, broker, users)


def _server(*arguments: str) -> list[str]:
    return [_PREFECT, "server", *arguments]


def _server_settings(database: Server, broker: Server) -> dict[str, str]:
    """What docs/scaling.md tells an operator to set on each process of the server."""
    at = f"redis://127.0.0.1:{broker.port}"
    return ENVIRONMENT | {
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"postgresql+asyncpg://postgres@127.0.0.1:{database.port}/postgres",
        "PREFECT_MESSAGING_BROKER": "prefect_redis.messaging",
        "PREFECT_MESSAGING_CACHE": "prefect_redis.messaging",
        "PREFECT_SERVER_EVENTS_CAUSAL_ORDERING": "prefect_redis.ordering",
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect_redis.lease_storage",
        "PREFECT_SERVER_WORKER_CHANNEL_CLEANUP_QUEUE_STORAGE": "prefect_redis.cleanup_queue",
        "PREFECT_REDIS_MESSAGING_URL": f"{at}/0",
        "PREFECT_SERVER_DOCKET_URL": f"{at}/1",
    }


def _without_settings() -> dict[str, str]:
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("WAYBILL_", "PREFECT_"))
    }


def _insist_on_life(process: subprocess.Popen[bytes], log: Path) -> bool:
    if process.poll() is not None:
        raise RuntimeError(f"the Prefect server ended: {log.read_text()[-3000:]}")
    return False


@contextmanager
def worker(
    server: PrefectServer, name: str, settings: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """A machine: a worker that runs one flow at a time, each in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="waybill-worker-") as home:
        own = {**server.environment, **settings, "PREFECT_HOME": home, "PREFECT_WORKER_QUERY_SECONDS": "2"}
        command = [
            _PREFECT,
            "worker",
            "start",
            "--pool",
            POOL,
            "--type",
            "process",
            "--name",
            name,
            "--limit",
            "1",
        ]
        with running(command, Path(home, "log"), own) as process:
            until(lambda: _is_ready(server, name) or _insist_on_life(process, Path(home, "log")))
            yield process


def _is_ready(server: PrefectServer, name: str) -> bool:
    try:
        workers = server.post(f"/work_pools/{POOL}/workers/filter", {})
    except httpx.HTTPStatusError:
        return False
    return any(each["name"] == name for each in workers)


def deploy_part(server: PrefectServer, part: str) -> str:
    """A deployment of the main job for one part of the companies; returns its id."""
    flow = server.post("/flows/", {"name": "process-invoices"})["id"]
    deployment = {
        "name": f"process-invoices-{part.replace('/', '-of-')}",
        "flow_id": flow,
        "entrypoint": "flows.process.process_invoices",
        "work_pool_name": POOL,
        "parameters": {"part": part},
        "pull_steps": [],
    }
    deployment_id: str = server.post("/deployments/", deployment)["id"]
    return deployment_id


def ask_for_run(server: PrefectServer, deployment_id: str) -> str:
    """The id of a run of a deployment that was asked for now."""
    body = {"state": {"type": "SCHEDULED"}}
    run_id: str = server.post(f"/deployments/{deployment_id}/create_flow_run", body)["id"]
    return run_id


def state_of(server: PrefectServer, run_id: str) -> str:
    """The type of a run's state, such as COMPLETED."""
    state: str = server.get(f"/flow_runs/{run_id}")["state_type"]
    return state


def recorded_task_runs(server: PrefectServer) -> int:
    """How many task runs have come by Redis from the API to the services, and into the database."""
    with psycopg.connect(f"postgresql://postgres@127.0.0.1:{server.database.port}/postgres") as connection:
        row = connection.execute("SELECT count(*) FROM task_run").fetchone()
        return int(row[0]) if row else 0


def until(condition: Callable[[], object], patience_seconds: float = _PATIENCE_SECONDS) -> None:
    """Wait until something is so.

    Raises:
        TimeoutError: It did not come to pass.
    """
    deadline = time.monotonic() + patience_seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"it did not come to pass within {patience_seconds:g} seconds")
        time.sleep(0.1)
