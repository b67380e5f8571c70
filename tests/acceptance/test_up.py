"""`waybill up`: everything in one process tree, from a request over HTTP to an invoice in Clearfacts."""

import json
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import psutil
import pytest
from standardwebhooks import Webhook

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


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/healthz").is_success
    except httpx.TransportError:
        return False


@pytest.fixture
def up(start) -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    """`waybill up`, once it answers, and a client of its facade."""
    port = free_port()
    process = start("up", "--port", str(port), WAYBILL_JWT_SECRET="s" * 32, WAYBILL_DISPATCH_SECONDS="0.2")
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        until(lambda: answers(client) or process.poll() is not None)
        assert process.poll() is None, process.communicate()
        yield process, client


@pytest.fixture
def signed_in(up, environment, start) -> httpx.Client:
    """The client, as the first administrator."""
    added = subprocess.run(
        [*start("--version").args[:1], "user", "add", "an", "--role", "admin", "--password-stdin"],
        env=environment, input=PASSWORD, text=True, capture_output=True, check=False,
    )  # fmt: skip
    assert added.returncode == 0, added.stderr
    client = up[1]
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


def test_from_a_request_to_clearfacts_and_by_webhook(sandbox, up, signed_in):
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
    ended(signed_in, told)
    assert accepted(sandbox) == 1

    data = ended(signed_in, signed_in.post("/api/v1/invoices/process", json={}))
    assert (data["state"], data["requested_by"]) == ("completed", "an (admin)")
    assert data["counts"]["by_state"] == {"sent": 3}
    assert data["prefect"]["state"] == "Completed"
    assert accepted(sandbox) == 4

    process, _ = up
    family = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGTERM)
    until(lambda: process.poll() is not None)
    assert not psutil.wait_procs(family, timeout=30)[1], "what it started ends with it"


def test_what_it_started_ends_with_it_also_when_it_is_killed(up):
    process, _ = up
    family = psutil.Process(process.pid).children(recursive=True)
    assert family

    process.kill()

    assert not psutil.wait_procs(family, timeout=60)[1]
