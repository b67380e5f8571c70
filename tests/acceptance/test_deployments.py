"""Deployments on a real server: registered, run by schedule and by hand, and taken up after a hard kill."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from prefect.client.orchestration import get_client
from prefect.events import emit_event
from prefect.exceptions import PrefectHTTPStatusError

from flows.automations import set_up
from flows.deployments import HEARTBEAT_SECONDS, register
from sandbox.faults import Fault, FaultKind
from sandbox.journal import Call
from sandbox.load import load_records

ROOT = Path(__file__).parent.parent.parent
PATIENCE_SECONDS = 120
NAMES = {"process-invoices", "redeliver-invoices", "reconcile-deliveries", "housekeeping"}


def until(condition: Callable[[], Any]) -> Any:
    """What the condition gives, once it is true."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := condition()):
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.2)
    return found


def asked(question: Callable[[Any], Awaitable[Any]]) -> Any:
    """What the Prefect server answers."""

    async def ask() -> Any:
        async with get_client() as client:
            return await question(client)

    return asyncio.run(ask())


def deployments() -> dict[str, Any]:
    return {each.name: each for each in asked(lambda client: client.read_deployments())}


@pytest.fixture
def ui(prefect_api: str) -> Iterator[httpx.Client]:
    """The REST API of a server that was told nothing yet, as the UI calls it; a busy server is asked again."""
    with get_client(sync_client=True) as client:
        rest = client._client
        for each in deployments().values():
            rest.delete(f"/deployments/{each.id}")
        for each in rest.post("/automations/filter", json={}).json():
            rest.delete(f"/automations/{each['id']}")
        for each in rest.post("/work_pools/filter", json={}).json():
            rest.delete(f"/work_pools/{each['name']}")
        yield rest


@pytest.fixture
def command(environment: dict[str, str]) -> Callable[..., str]:
    """Runs a command of this installation in the checkout, to its good end."""

    def run(name: str, *arguments: str) -> str:
        """Its output."""
        program = str(Path(sys.executable).with_name(name))
        done = subprocess.run(
            [program, *arguments],
            cwd=ROOT,
            env=environment | {"COLUMNS": "200"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


@pytest.fixture
def serve(environment: dict[str, str], tmp_path: Path) -> Iterator[Callable[[], psutil.Process]]:
    """Starts a machine that serves the deployments, as `waybill up` does."""
    started: list[subprocess.Popen[bytes]] = []

    def begin() -> psutil.Process:
        log = (tmp_path / f"machine-{len(started)}.log").open("wb")
        process = subprocess.Popen(
            [sys.executable, "-m", "flows.serving"],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
        )
        log.close()
        started.append(process)
        return psutil.Process(process.pid)

    yield begin
    for process in started:
        family = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        process.kill()
        process.wait()
        for each in family:
            if each.is_running():
                each.kill()


@pytest.fixture
def rows(owner) -> Callable[[str], list[Any]]:
    def read(query: str) -> list[Any]:
        with owner.connect() as connection:
            return list(connection.exec_driver_sql(query))

    return read


def told(deployment: Any) -> dict[str, Any]:
    """What the server knows of a deployment, but for when it was told."""
    found = deployment.model_dump(mode="json", exclude={"updated", "status", "last_polled"})
    for each in found["schedules"]:
        del each["updated"]
    found["pull_steps"] = found["pull_steps"] or []
    found["global_concurrency_limit"] = found["global_concurrency_limit"]["limit"]
    return found


def all_told() -> dict[str, dict[str, Any]]:
    return {name: told(each) for name, each in deployments().items()}


def switch_off(ui: httpx.Client, deployment: str) -> None:
    """Pause the schedule of a deployment, as a person does in the UI."""
    found = deployments()[deployment]
    (schedule,) = found.schedules
    ui.patch(f"/deployments/{found.id}/schedules/{schedule.id}", json={"active": False})


def test_prefect_and_waybill_register_the_same_and_again_without_a_change(ui, command):
    command("prefect", "work-pool", "create", "waybill", "--type", "process")
    command("prefect", "--no-prompt", "deploy", "--all")
    by_prefect = all_told()
    assert by_prefect.keys() == NAMES
    assert {each["version"] for each in by_prefect.values()} == {version("waybill")}

    switch_off(ui, "process-invoices")
    by_prefect["process-invoices"]["schedules"][0]["active"] = False
    registered = json.loads(command("waybill", "deploy", "--json"))
    assert registered["work_pool"] == "waybill"
    assert registered["deployments"] == {name: each["id"] for name, each in by_prefect.items()}
    assert all_told() == by_prefect

    command("prefect", "--no-prompt", "deploy", "--all")
    assert all_told() == by_prefect


def run_of(ui: httpx.Client, deployment: str, **parameters: Any) -> str:
    """Ask for a run as the UI's Run dialog does."""
    answer = ui.post(
        f"/deployments/{deployments()[deployment].id}/create_flow_run",
        json={"parameters": parameters, "state": {"type": "SCHEDULED"}},
    )
    return answer.json()["id"]


def ended(ui: httpx.Client, run: str) -> dict[str, Any]:
    """The run, once it has ended."""
    final = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}
    return until(
        lambda: found if (found := ui.get(f"/flow_runs/{run}").json())["state_type"] in final else None
    )


def test_runs_by_schedule_and_from_the_ui_name_who_asked(ui, sandbox, serve, rows, taken):
    first, second = load_records(2)
    sandbox.feed.put(first)
    serve()
    until(lambda: deployments().keys() == NAMES)
    process = deployments()["process-invoices"]

    # One run: those that wait for its place would look for it every 30 seconds only.
    soon = {"interval": 3600, "anchor_date": (datetime.now(UTC) + timedelta(seconds=4)).isoformat()}
    ui.post(f"/deployments/{process.id}/schedules", json=[{"schedule": soon, "active": True}])
    until(lambda: rows("SELECT 1 FROM job WHERE requested_by = 'schedule' AND state = 'completed'"))
    assert len(taken()) == 1

    sandbox.feed.put(second)
    run = run_of(ui, "process-invoices", requested_by="An Peeters")
    assert ended(ui, run)["name"] == "process everything, for An Peeters"
    assert len(taken()) == 2
    (job,) = rows(f"SELECT flow, requested_by, state FROM job WHERE id = '{run}'")
    assert job == ("process-invoices", "An Peeters", "completed")
    with pytest.raises(PrefectHTTPStatusError, match="409"):
        run_of(ui, "process-invoices", part="two")


def test_a_run_killed_with_its_machine_is_noticed_and_another_takes_it_up(
    ui, sandbox, environment, serve, rows, taken
):
    environment["WAYBILL_CLEARFACTS_CONCURRENCY"] = "1"
    for record in load_records(4):
        sandbox.feed.put(record)
    sandbox.faults.add(Fault(call=Call.UPLOAD, fault=FaultKind.SLOW, seconds=60, taken=True, times=1))
    machine = serve()
    until(lambda: len(ui.post("/automations/filter", json={}).json()) == 3)
    switch_off(ui, "redeliver-invoices")
    ids = {name: each.id for name, each in deployments().items()}
    # More than the time between two heartbeats, so a run that lives is left alone.
    asyncio.run(set_up(ids, silence=timedelta(seconds=HEARTBEAT_SECONDS + 5)))

    run = run_of(ui, "process-invoices")
    until(lambda: len(taken()) == 1)
    for each in [machine, *machine.children(recursive=True)]:
        each.kill()
    assert rows(f"SELECT state FROM job WHERE id = '{run}'") == [("running",)]
    crashed = ended(ui, run)
    assert crashed["state_type"] == "CRASHED"
    assert "No sign of life for 35 seconds" in crashed["state"]["message"]

    serve()
    until(lambda: rows("SELECT 1 FROM job WHERE flow = 'redeliver-invoices' AND ended_at IS NOT NULL"))
    jobs = rows("SELECT flow, requested_by, state FROM job ORDER BY created_at")
    assert jobs == [
        ("process-invoices", "Prefect UI or API", "failed"),
        ("redeliver-invoices", 'Prefect automation "Waybill: go on after a crash"', "needs_person"),
    ]
    assert rows("SELECT state, count(*) FROM invoice GROUP BY 1 ORDER BY 1") == [
        ("outcome_unknown", 1),
        ("sent", 3),
    ]
    assert len(taken()) == len(set(taken())) == 4


def test_a_run_that_never_begins_gives_its_place_to_those_that_wait(ui):
    ids = asyncio.run(register("waybill")).deployments
    asyncio.run(set_up(ids, pending=timedelta(seconds=10)))
    stuck, begun, waiting = [
        run_of(ui, name) for name in ("process-invoices", "reconcile-deliveries", "process-invoices")
    ]

    def propose(run: str, state: str) -> str:
        return ui.post(f"/flow_runs/{run}/set_state", json={"state": {"type": state}}).json()["state"]["name"]

    def has_crashed(run: str) -> bool:
        # As a run that lives does; one event alone may be lost where a server is busy.
        emit_event(
            "prefect.flow-run.heartbeat",
            resource={"prefect.resource.id": f"prefect.flow-run.{begun}"},
            related=[
                {
                    "prefect.resource.id": f"prefect.deployment.{ids['reconcile-deliveries']}",
                    "prefect.resource.role": "deployment",
                }
            ],
        )
        return ui.get(f"/flow_runs/{run}").json()["state_type"] == "CRASHED"

    assert [propose(run, "PENDING") for run in (stuck, begun)] == ["Pending", "Pending"]
    assert propose(begun, "RUNNING") == "Running"
    assert propose(waiting, "PENDING") == "AwaitingConcurrencySlot"

    until(lambda: has_crashed(stuck))
    assert "Pending for 10 seconds" in ui.get(f"/flow_runs/{stuck}").json()["state"]["message"]
    assert propose(waiting, "PENDING") == "Pending"
    assert not has_crashed(begun), ui.get(f"/flow_runs/{begun}").json()["state"]["message"]
