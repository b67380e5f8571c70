"""`waybill up`: everything in one process tree, from a request over HTTP to an invoice in Clearfacts."""

import json
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import httpx
import psutil
import pytest
from sqlalchemy import text
from standardwebhooks import Webhook

from sandbox.faults import Fault, FaultKind
from sandbox.journal import Call, Outcome
from sandbox.load import load_records

PASSWORD = "a password of some length"
PATIENCE_SECONDS = 120


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.2)


@dataclass
class Said:
    """What a process writes, read as it comes so that it is never held up."""

    process: "subprocess.Popen[str]"
    lines: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for stream, into in ((self.process.stdout, self.lines), (self.process.stderr, self.errors)):
            threading.Thread(target=self._read, args=(stream, into), daemon=True).start()

    def _read(self, stream: IO[str], into: list[str]) -> None:
        into.extend(iter(stream.readline, ""))

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]


@dataclass
class Up:
    """A `waybill up`, what it says, and a client of its facade."""

    process: "subprocess.Popen[str]"
    said: Said
    client: httpx.Client

    def part(self, *words: str) -> psutil.Process:
        """The child whose command has these words."""
        return next(
            each for each in psutil.Process(self.process.pid).children() if set(words) <= set(_command(each))
        )

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.said.errors
        try:
            return bool(self.client.get("/readyz").json()["data"]["status"] == "ready")
        except (httpx.TransportError, KeyError, ValueError):
            return False

    def survives(self, kill: Callable[[], object], words: str) -> None:
        """It says that a part died, and comes back."""
        before = self.count(words)
        kill()
        until(lambda: self.count(words) > before)
        until(self.is_ready)

    def count(self, words: str) -> int:
        return sum(words in each["event"] for each in self.said.events())

    def stop(self) -> list[psutil.Process]:
        """Ended by SIGTERM; what it had started and is still there."""
        family = psutil.Process(self.process.pid).children(recursive=True)
        self.process.send_signal(signal.SIGTERM)
        until(lambda: self.process.poll() is not None)
        return psutil.wait_procs(family, timeout=30)[1]


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def of_data_dir(data_dir: Path) -> list[psutil.Process]:
    """Servers that a data directory has, whoever started them."""
    wanted = {str(data_dir / "postgres"), str(data_dir / "prefect")}
    return [each for each in psutil.process_iter() if wanted & set(_command(each))]


@pytest.fixture
def bring_up(start) -> Iterator[Callable[..., Up]]:
    """Starts `waybill up`, and waits until it is ready."""
    clients = []

    def begin(**settings: str) -> Up:
        port = free_port()
        process = start(
            "up", "--port", str(port), WAYBILL_JWT_SECRET="s" * 32, WAYBILL_DISPATCH_SECONDS="0.2", **settings
        )
        client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30)
        clients.append(client)
        begun = Up(process, Said(process), client)
        until(begun.is_ready)
        return begun

    yield begin
    for client in clients:
        client.close()


@pytest.fixture
def up(bring_up) -> Up:
    """`waybill up`, beside the test's PostgreSQL and Prefect server."""
    return bring_up()


@pytest.fixture
def signed_in(up, environment, start) -> httpx.Client:
    """The client, as the first administrator."""
    added = subprocess.run(
        [*start("--version").args[:1], "user", "add", "an", "--role", "admin", "--password-stdin"],
        env=environment, input=PASSWORD, text=True, capture_output=True, check=False,
    )  # fmt: skip
    assert added.returncode == 0, added.stderr
    client = up.client
    token = client.post("/api/v1/auth/token", json={"name": "an", "password": PASSWORD}).json()["data"][
        "access_token"
    ]
    client.headers["Authorization"] = f"Bearer {token}"
    return client


def accepted(sandbox) -> int:
    return sum(entry.outcome is Outcome.ACCEPTED for entry in sandbox.journal.entries(Call.UPLOAD))


def ended(client: httpx.Client, asked: httpx.Response) -> dict[str, Any]:
    """The job of what was asked for, once it has ended."""
    job = asked.headers["Location"]
    until(lambda: client.get(job).json()["data"]["state"] not in {"requested", "running"})
    return client.get(job).json()["data"]


def test_from_a_request_to_clearfacts_and_by_webhook(sandbox, up, signed_in, owner):
    first, *others = load_records(4)
    for record in (first, *others):
        sandbox.feed.put(replace(record, updated_at=None))

    body = {
        "type": "invoices.changed",
        "timestamp": "2026-11-21T12:00:00Z",
        "data": {"invoice_ids": [first.source_id]},
    }
    content, now = json.dumps(body), datetime.now(UTC)
    signature = Webhook(sandbox.java_backend_webhook_secret).sign("msg_1", now, content)
    told = signed_in.post(
        "/api/v1/webhooks/java-backend",
        content=content,
        headers={
            "webhook-id": "msg_1",
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signature,
            "Content-Type": "application/json",
        },
    )
    assert told.status_code == 202, told.text
    assert ended(signed_in, told)["requested_by"] == "Java backend (webhook)"
    assert accepted(sandbox) == 1

    data = ended(signed_in, signed_in.post("/api/v1/invoices/process", json={}))
    assert (data["state"], data["requested_by"]) == ("completed", "an (admin)")
    assert data["prefect"]["name"] == "process what was requested, for an (admin)"
    assert data["counts"]["by_state"] == {"sent": 3}
    # It tells people and listeners what came of it, after its job has ended.
    until(
        lambda: (
            signed_in.get(f"/api/v1/jobs/{data['job_id']}").json()["data"]["prefect"]["state"] == "Completed"
        )
    )
    assert accepted(sandbox) == 4

    sandbox.faults.add(Fault(call=Call.UPLOAD, fault=FaultKind.SLOW, seconds=4, taken=True))
    *_, last = load_records(5)
    sandbox.feed.put(replace(last, updated_at=None))
    signed_in.post("/api/v1/invoices/process", json={})
    until(lambda: len(sandbox.journal.entries(Call.UPLOAD)) == 5)
    assert up.stop() == [], "what it started ends with it"
    assert up.process.returncode == 0
    with owner.connect() as connection:
        states = connection.execute(text("SELECT state, count(*) FROM invoice GROUP BY 1")).all()
        assert states == [("sent", 5)], "the upload under way was written down"
    assert {"serving", "facade"} <= {each.get("part") for each in up.said.events()}


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """Not below pytest's own directory: a second pytest takes the server's user out of that one."""
    with TemporaryDirectory(prefix="waybill-test-", ignore_cleanup_errors=True) as directory:
        yield Path(directory) / "data"


@pytest.fixture
def embedded(environment) -> dict[str, str]:
    """An environment with neither a PostgreSQL nor a Prefect server."""
    for name in ("WAYBILL_DATABASE_URL", "PREFECT_API_URL"):
        del environment[name]
    return environment


def output(start, *arguments: str, **settings: str) -> tuple[int, str, str]:
    process = start(*arguments, **settings)
    said, errors = process.communicate(timeout=120)
    return process.returncode, said, errors


@pytest.mark.usefixtures("embedded")
def test_whatever_dies_comes_back_schedules_run_and_the_whole_ends_in_order(bring_up, start, data_dir):
    up = bring_up()
    prefect = (data_dir / "prefect" / "address").read_text()
    redelivery = f"{prefect}/deployments/name/redeliver-invoices/redeliver-invoices"
    until(lambda: httpx.get(redelivery).is_success)
    deployment = httpx.get(redelivery).json()
    every_ten_seconds = {"schedule": {"interval": 10}, "active": True, "slug": "often"}
    schedules = f"{prefect}/deployments/{deployment['id']}/schedules"
    # Its SQLite may be busy with what is being registered: 503.
    until(lambda: httpx.post(schedules, json=[every_ten_seconds]).is_success)

    code, _, errors = output(start, "up", "--port", str(free_port()))
    assert (code, f"process {up.process.pid}" in " ".join(errors.split())) == (2, True)
    taken = str(up.client.base_url.port)
    code, _, errors = output(start, "up", "--port", taken, WAYBILL_DATA_DIR=str(data_dir / "other"))
    assert (code, "--port" in errors) == (2, True)

    code, said, errors = output(start, "doctor", "--json")
    looked = {each["step"]: each for each in map(json.loads, said.splitlines())}
    assert {
        looked[name]["verdict"] for name in ("database", "ledger-schema", "prefect", "clock-database")
    } == {"ok"}, looked
    until(lambda: _looked(start, "prefect-deployments") == "ok")

    planned = {
        "flow_runs": {
            "deployment_id": {"any_": [deployment["id"]]},
            "state": {"type": {"any_": ["COMPLETED"]}},
        }
    }
    until(lambda: httpx.post(f"{prefect}/flow_runs/filter", json=planned).json())
    _, said, _ = output(start, "status", "--json")
    status = json.loads(said)
    assert {each["flow"] for each in status["last_jobs"]} >= {"redeliver-invoices"}
    assert {each["deployment"] for each in status["prefect"]["next_runs"]} >= {"process-invoices"}

    up.survives(lambda: up.part("flows.serving").kill(), "serving died by SIGKILL")
    up.survives(lambda: up.part("facade").kill(), "facade died by SIGKILL")
    postmaster = int((data_dir / "postgres" / "postmaster.pid").read_text().split()[0])
    up.survives(lambda: psutil.Process(postmaster).kill(), "the embedded PostgreSQL has ended")
    (server,) = [each for each in of_data_dir(data_dir) if "flows.prefect_server" in _command(each)]
    up.survives(server.kill, "the Prefect server has ended")
    assert (data_dir / "prefect" / "address").read_text() == prefect, "who uses it need not look for it"

    assert up.stop() == []
    assert up.process.returncode == 0
    until(lambda: not of_data_dir(data_dir))


def _looked(start, step: str) -> str:
    _, said, _ = output(start, "doctor", "--json")
    return next(each["verdict"] for each in map(json.loads, said.splitlines()) if each["step"] == step)


@pytest.mark.usefixtures("embedded")
def test_what_it_started_ends_with_it_also_when_it_is_killed(bring_up, data_dir):
    up = bring_up()
    family = psutil.Process(up.process.pid).children(recursive=True)
    assert len(family) >= 4
    assert of_data_dir(data_dir)

    up.process.kill()

    assert not psutil.wait_procs(family, timeout=60)[1]
    until(lambda: not of_data_dir(data_dir))


def test_a_part_that_cannot_start_ends_it_with_words(start):
    process = start(
        "up", "--port", str(free_port()), WAYBILL_ENVIRONMENT="production", WAYBILL_JWT_SECRET="s" * 32
    )
    _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 2
    assert "facade" in errors
