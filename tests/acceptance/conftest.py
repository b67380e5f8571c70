"""The `waybill` command as people run it: a process of its own, judged by its output and by the sandbox."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import URL

from sandbox.demo import DEMO_ADMINISTRATIONS, DEMO_DELIVER_FROM
from sandbox.journal import Call, Outcome
from sandbox.load import load_records
from sandbox.records import Administration
from sandbox.serve import Options, Sandbox

COMMAND = str(Path(sys.executable).with_name("waybill"))


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A sandbox that lists the companies of the demo and of made-up invoices, and offers nothing yet.

    Its Java backend is told of changes by webhooks too.
    """
    numbers = {"".join(filter(str.isdigit, record.company_number)) for record in load_records(50)}
    load = [Administration(number, "Made up") for number in sorted(numbers)]
    with Sandbox((), [*DEMO_ADMINISTRATIONS, *load], Options(webhooks=True)) as running:
        yield running


@pytest.fixture
def environment(sandbox: Sandbox, database_url: URL, prefect_api: str, data_dir: Path) -> dict[str, str]:
    """What a `waybill` process of the test finds in its environment."""
    return {
        **os.environ,
        **sandbox.environment,
        "PREFECT_API_URL": prefect_api,
        "WAYBILL_DATABASE_URL": database_url.render_as_string(hide_password=False),
        "WAYBILL_DATA_DIR": str(data_dir),
        "WAYBILL_DELIVER_FROM": DEMO_DELIVER_FROM.isoformat(),
        "WAYBILL_CLEARFACTS_MIN_INTERVAL_SECONDS": "0",
        "WAYBILL_CLEARFACTS_CONCURRENCY": "2",
        "WAYBILL_CHUNK_SIZE": "10",
        "WAYBILL_CHECK_PROCESSES": "1",
        "WAYBILL_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
    }


@pytest.fixture
def start(environment: dict[str, str]) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts `waybill` with arguments; what still runs at the end of the test is killed."""
    started: list[subprocess.Popen[str]] = []

    def begin(*arguments: str, **settings: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [COMMAND, *arguments],
            env=environment | settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def run_json(start: Callable[..., subprocess.Popen[str]]) -> Callable[..., tuple[int, dict[str, Any]]]:
    """`waybill run --json` to its end: exit code and what it printed."""

    def run(*arguments: str, **settings: str) -> tuple[int, dict[str, Any]]:
        process = start("run", "--json", *arguments, **settings)
        output, errors = process.communicate(timeout=120)
        assert output, errors
        return process.returncode, json.loads(output)

    return run


@pytest.fixture
def invoices(start: Callable[..., subprocess.Popen[str]]) -> Callable[[], list[dict[str, Any]]]:
    """`waybill invoices --json`."""

    def read() -> list[dict[str, Any]]:
        output, errors = start("invoices", "--json").communicate(timeout=60)
        assert not errors, errors
        return [json.loads(line) for line in output.splitlines()]

    return read


@pytest.fixture
def taken(sandbox: Sandbox) -> Callable[[], list[str]]:
    """SHA-256 of every document that Clearfacts took, whether anybody heard of it or not."""
    return lambda: [
        entry.sha256 or ""
        for entry in sandbox.journal.entries(Call.UPLOAD)
        if entry.outcome is Outcome.ACCEPTED
    ]
