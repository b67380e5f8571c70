"""A facade that is killed right after a commit: what it took is in the ledger, and the same call again does no more."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from standardwebhooks import Webhook

from db.waypoints import Waypoint
from flows.process import process_invoices
from tests.acceptance.test_kills import IN_THE_FACADE
from tests.api.conftest import PASSWORD

SERVING = Path(__file__).with_name("killed_facade.py")
SECRET = "whsec_" + "c2VjcmV0" * 6
SETTINGS = {"jwt_secret": "s" * 32, "java_backend_webhook_secret": SECRET, "dispatch_seconds": 60}
PATIENCE_SECONDS = 60


@pytest.fixture
def survivor(serve):
    """The facade that is still there afterwards."""
    return serve(**SETTINGS)


@pytest.fixture
def dying(facade_settings, prefect_api):
    """Starts a facade that dies at a waypoint, and gives a client of it."""
    started = []

    def start(waypoint, **settings):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        given = {**facade_settings, **SETTINGS, **settings}
        environment = os.environ | {f"WAYBILL_{name.upper()}": str(value) for name, value in given.items()}
        process = subprocess.Popen([sys.executable, str(SERVING), waypoint, str(port)], env=environment)
        started.append(process)
        return process, httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30)

    yield start
    for process in started:
        process.kill()
        process.wait()


def until_it_answers(process, client):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "it died before it was asked anything"
        try:
            client.get("/healthz")
            return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("it never answered")


def dies(process):
    return process.wait(PATIENCE_SECONDS) == -signal.SIGKILL


@pytest.fixture
def count(owner):
    def rows(table):
        with owner.connect() as connection:
            return connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()

    return rows


@pytest.fixture
def loses(dying, survivor):
    """Makes a call that loses its answer to a kill, then makes it again: the second answer."""

    def call(waypoint, make):
        process, client = dying(waypoint)
        until_it_answers(process, client)
        with pytest.raises(httpx.TransportError):
            make(client)
        assert dies(process)
        return make(survivor)

    return call


def run_requested(loses, count, caller, survivor):
    headers = caller("admin", server=survivor, **SETTINGS).headers

    def ask(client):
        return client.post(
            "/api/v1/invoices/process", json={}, headers={**headers, "Idempotency-Key": "once"}
        )

    assert loses(Waypoint.RUN_REQUESTED, ask).status_code == 202
    assert count("run_request") == 1


def webhook_received(loses, count, caller, survivor):
    content, now = (
        json.dumps({"type": "invoices.changed", "timestamp": "2026-11-21T12:00:00Z", "data": {}}),
        datetime.now(UTC),
    )
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(SECRET).sign("msg_1", now, content),
        "Content-Type": "application/json",
    }

    def tell(client):
        return client.post("/api/v1/webhooks/java-backend", content=content, headers=headers)

    assert loses(Waypoint.WEBHOOK_RECEIVED, tell).status_code == 202
    assert count("run_request") == 1


def account_changed(loses, count, caller, survivor):
    headers = caller("admin", server=survivor, **SETTINGS).headers
    before = count("account")

    def add(client):
        new = {"name": "new@example.be", "password": "a password of some length", "role": "user"}
        return client.post("/api/v1/admin/users", json=new, headers=headers)

    assert loses(Waypoint.ACCOUNT_CHANGED, add).status_code == 409
    assert count("account") == before + 1


def signed_in(loses, count, caller, survivor):
    name = caller("user", server=survivor, **SETTINGS).caller_name

    def sign_in(client):
        return client.post("/api/v1/auth/token", json={"name": name, "password": PASSWORD})

    assert loses(Waypoint.SIGNED_IN, sign_in).is_success


def caller_noted(loses, count, caller, survivor):
    headers = caller("service", server=survivor).headers

    assert loses(Waypoint.CALLER_NOTED, lambda client: client.get("/api/v1/jobs", headers=headers)).is_success


CALLS = {
    Waypoint.RUN_REQUESTED: run_requested,
    Waypoint.WEBHOOK_RECEIVED: webhook_received,
    Waypoint.ACCOUNT_CHANGED: account_changed,
    Waypoint.SIGNED_IN: signed_in,
    Waypoint.CALLER_NOTED: caller_noted,
}


@pytest.mark.parametrize("waypoint", CALLS)
def test_a_call_whose_answer_is_lost_can_be_made_again(waypoint, loses, count, caller, survivor):
    CALLS[waypoint](loses, count, caller, survivor)


def test_a_run_that_was_asked_for_is_asked_for_once(dying, survivor, caller, owner):
    process_invoices.to_deployment("process-invoices").apply()
    client = caller("admin", server=survivor, **SETTINGS)
    client.post("/api/v1/invoices/process", json={})

    process, _ = dying(Waypoint.RUN_ASKED_FOR, dispatch_seconds=0.2)

    assert dies(process)
    with owner.connect() as connection:
        asked = connection.execute(text("SELECT flow_run_id, times_asked_for FROM run_request")).one()
    assert asked.flow_run_id is not None
    assert asked.times_asked_for == 1


def test_every_commit_of_the_facade_is_killed_at():
    assert {*CALLS, Waypoint.RUN_ASKED_FOR} == IN_THE_FACADE
