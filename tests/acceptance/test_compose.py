"""compose.yaml without an engine: its parts as processes, in its order, with its environments and commands.

What an engine would do is done here by the letter of the file: variables, dependencies, health checks. PostgreSQL and
Redis are real; names of hosts, ports and directories are replaced by those of this machine.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from dataclasses import replace as changed
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from bench.production import until
from bench.servers import NotInstalled, free_port, postgres_with_contrib, running
from sandbox.demo import DEMO_DELIVER_FROM
from sandbox.journal import Call, Outcome
from sandbox.load import load_records
from tests.deploy.dockerfile import ROOT, Dockerfile
from tests.deploy.manifests import SERVICES

PASSWORD = "a password of some length"
PROGRAMS = Path(sys.executable).parent
ONE_SHOT = "service_completed_successfully"


@dataclass(frozen=True, slots=True)
class Machine:
    """Where the parts run: values of `.env`, the ports that stand for theirs, and a directory for each of theirs."""

    variables: Mapping[str, str]
    others: Mapping[str, str]
    place: Path
    ports: dict[str, int] = field(default_factory=dict)

    def port(self, name: str) -> int:
        return self.ports.setdefault(name, free_port())

    def filled(self, text: str) -> str:
        """The text as an engine reads it: variables put in; where a required one is not set, none would start."""

        def value(found: re.Match[str]) -> str:
            name, operator, otherwise = found.groups()
            return self.variables.get(name, otherwise) if operator == ":-" else self.variables[name]

        text = re.sub(r"(?<!\$)\$\{(\w+)(:[?-])([^}]*)\}", value, text).replace("$$", "$")
        for name, inside in (("postgres", 5432), ("redis", 6379), ("prefect-server", 4200)):
            text = text.replace(f"{name}:{inside}", f"127.0.0.1:{self.port(name)}")
        return text

    def here(self, name: str, text: str) -> str:
        """Words of a part's command or health check, with its directories and the port that it listens at."""
        text = re.sub(r"(?<![\w.])/(tmp|data)\b", rf"{self.place}/{name}/\1", self.filled(text))
        text = re.sub(
            r"redis-cli|redis-server \S+",
            lambda found: f"{found[0]} {'-p' if found[0] == 'redis-cli' else '--port'} {self.port(name)}",
            text,
        )
        return re.sub(r"\b(4200|8080)\b", str(self.port(name)), text)

    def environment(self, name: str) -> dict[str, str]:
        """What a part finds: the image's, its own, and what waybill.env says to those that read it."""
        image = Dockerfile.read().final.environment if "waybill" in SERVICES[name]["image"] else {}
        given = SERVICES[name].get("environment", {})
        file = self.others if "env_file" in SERVICES[name] else {}
        own = {key: self.here(name, value) for key, value in (image | dict(file)).items() if key != "PATH"}
        own |= {key: self.filled(value) for key, value in given.items()}
        ports = {"PREFECT_WORKER_WEBSERVER_PORT": str(self.port(name))}
        path = f"{PROGRAMS}:{os.environ['PATH']}"
        # The volume that keeps compiled rules.
        data = {"WAYBILL_DATA_DIR": str(self.place / "rules")} if image else {}
        return {**own, **ports, **data, "PATH": path}

    def command(self, name: str) -> list[str]:
        words = SERVICES[name].get("command") or Dockerfile.read().final.last("CMD").words
        return [self.here(name, word) for word in words]

    def is_well(self, name: str) -> bool:
        """What the part's health check says."""
        check = SERVICES[name].get("healthcheck", {}).get("test") or [
            "CMD",
            *Dockerfile.read().final.health_check,
        ]
        kind, *words = [self.here(name, word) for word in check]
        command = words if kind == "CMD" else ["sh", "-c", *words]
        return not self.run(name, command).returncode

    def run(self, name: str, command: list[str], **given: Any) -> "subprocess.CompletedProcess[str]":
        """A command where a part runs, to its end."""
        return subprocess.run(
            command, env=self.environment(name), capture_output=True, text=True, check=False, **given
        )


@pytest.fixture(scope="module")
def database() -> Iterator[int]:
    """The port of a PostgreSQL on which the script of its container was run."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(postgres_with_contrib())
        except NotInstalled as absent:
            pytest.skip(str(absent))
        yield server.port


@pytest.fixture
def machine(sandbox, database, tmp_path) -> Machine:
    example = (ROOT / "deploy" / "compose.env.example").read_text()
    required = re.findall(r"^(\w+)=$", example, re.MULTILINE)
    variables = dict.fromkeys(required, "0123456789abcdef" * 4)
    told = {name: value for name, value in sandbox.environment.items() if name.startswith("WAYBILL_")}
    variables |= {
        "WAYBILL_ENCRYPTION_KEYS": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        "WAYBILL_DELIVER_FROM": DEMO_DELIVER_FROM.isoformat(),
        **{name: value for name, value in told.items() if name in variables},
    }
    others = {name: value for name, value in told.items() if name not in variables}
    others["WAYBILL_CLEARFACTS_MIN_INTERVAL_SECONDS"] = "0"
    made = Machine(variables, others, tmp_path, {"postgres": database})
    for name in SERVICES:
        for directory in ("tmp", "data"):
            (tmp_path / name / directory).mkdir(parents=True)
    return made


def make_databases(machine: Machine) -> None:
    script = str(ROOT / "deploy" / "postgres" / "databases.sql")
    address = f"postgresql://postgres@127.0.0.1:{machine.port('postgres')}/postgres"
    done = machine.run("postgres", ["psql", "--no-psqlrc", "--file", script, address])
    assert done.returncode == 0, done.stderr


@pytest.fixture
def parts(machine) -> Iterator[Machine]:
    """All parts, each started once what it waits for is there."""
    make_databases(machine)
    with ExitStack() as stack:
        started = {"postgres"}
        while waiting := [name for name in SERVICES if name not in started]:
            able = [name for name in waiting if set(SERVICES[name].get("depends_on", ())) <= started]
            assert able, f"{waiting} wait for each other"
            for name in able:
                start(machine, stack, name)
                started.add(name)
        yield machine


def start(machine: Machine, stack: ExitStack, name: str) -> None:
    """Run a part to its end where others wait for that; else until the test ends, from when it is well."""
    ends = any(
        each.get("depends_on", {}).get(name, {}).get("condition") == ONE_SHOT for each in SERVICES.values()
    )
    if ends:
        done = machine.run(name, machine.command(name))
        assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"
        return
    log = machine.place / name / "log"
    command = machine.command(name)
    process = stack.enter_context(running(command, log, machine.environment(name)))

    def is_well() -> bool:
        assert process.poll() is None, f"{name} ended: {log.read_text()[-3000:]}"
        return machine.is_well(name)

    if not SERVICES[name].get("healthcheck", {}).get("disable"):
        until(is_well)


@pytest.fixture
def client(parts) -> Iterator[httpx.Client]:
    """The facade's, with the token of the first administrator."""
    command = ["waybill", "user", "add", "an", "--role", "admin", "--password-stdin"]
    added = parts.run("migration", command, input=PASSWORD)
    assert added.returncode == 0, added.stderr
    with httpx.Client(base_url=f"http://127.0.0.1:{parts.port('facade')}", timeout=30) as client:
        answer = client.post("/api/v1/auth/token", json={"name": "an", "password": PASSWORD})
        client.headers["Authorization"] = f"Bearer {answer.json()['data']['access_token']}"
        yield client


def accepted(sandbox) -> int:
    return sum(entry.outcome is Outcome.ACCEPTED for entry in sandbox.journal.entries(Call.UPLOAD))


def job_ended(client: httpx.Client, place: str) -> Callable[[], bool]:
    return lambda: client.get(place).json()["data"]["state"] not in {"requested", "running"}


def test_all_parts_together_forward_an_invoice(sandbox, parts, client):
    ready = client.get("/readyz").json()["data"]
    assert ready["status"] == "ready", ready
    for record in load_records(2):
        sandbox.feed.put(changed(record, updated_at=None))

    asked = client.post("/api/v1/invoices/process", json={})
    assert asked.status_code == 202, asked.text
    until(job_ended(client, asked.headers["Location"]))

    job = client.get(asked.headers["Location"]).json()["data"]
    assert (job["state"], job["counts"]["by_state"]) == ("completed", {"sent": 2}), job
    assert accepted(sandbox) == 2

    prefect = f"http://127.0.0.1:{parts.port('prefect-server')}/api"
    assert httpx.get(f"{prefect}/health").is_success
    assert httpx.post(f"{prefect}/deployments/filter", json={}).status_code == 401
    own = tuple(parts.environment("worker")["PREFECT_API_AUTH_STRING"].split(":"))
    names = [each["name"] for each in httpx.post(f"{prefect}/deployments/filter", json={}, auth=own).json()]
    assert "process-invoices" in names

    # Who logs in where: nobody but the owner and the facade is at the ledger, and neither is a superuser.
    address = f"postgresql://postgres@127.0.0.1:{parts.port('postgres')}/waybill"
    with psycopg.connect(address) as connection:
        rows = connection.execute(
            "SELECT DISTINCT usename FROM pg_stat_activity WHERE datname = 'waybill' AND usename <> 'postgres'"
        )
        assert {name for (name,) in rows} <= {"waybill", "waybill_facade"}
