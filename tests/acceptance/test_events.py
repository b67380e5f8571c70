"""Events of whole runs, killed and started again: Kafka and Prefect hear of each change, in order."""

import json
import signal
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

import pytest
from prefect.client.orchestration import get_client
from sqlalchemy import text

from db.outbox import backlog
from db.waypoints import Waypoint
from invoices.events import OUTCOMES, TOLD
from sandbox.demo import demo_records
from tests.kafka import kafka_brokers, messages_of

KILLED = Path(__file__).with_name("killed.py")
TOPIC = "waybill.invoices"
_PATIENCE_SECONDS = 60


@pytest.fixture
def brokers(environment):
    with kafka_brokers() as found:
        environment["WAYBILL_KAFKA_BOOTSTRAP_SERVERS"] = found
        yield found


@pytest.fixture
def killed_at(environment):
    """`waybill run`, killed when it comes to a waypoint for the nth time."""

    def run(waypoint, times):
        command = [sys.executable, str(KILLED), waypoint, str(times), "run"]
        ended = subprocess.run(command, env=environment, capture_output=True, timeout=120, check=False)
        assert ended.returncode == -signal.SIGKILL, ended.stderr

    return run


@pytest.fixture
def happened(ledger):
    """Ids of what happened to each invoice, in order, where it came to one of these states."""

    def read(states):
        query = "SELECT id, invoice_id FROM audit_event WHERE to_state = ANY(:states) ORDER BY sequence"
        by_invoice = defaultdict(list)
        with ledger.reading() as connection:
            for each in connection.execute(text(query), {"states": list(states)}):
                by_invoice[str(each.invoice_id)].append(str(each.id))
        return by_invoice

    return read


def heard_by_kafka(brokers, least):
    heard = defaultdict(list)
    for message in messages_of(brokers, TOPIC, least):
        heard[message.key().decode()].append(json.loads(message.value())["id"])
    return heard


def heard_by_prefect(invoice_ids, least):
    """Ids of events as the server gives them back, by invoice and time."""
    wanted = {"resource": {"id": [f"waybill.invoice.{each}" for each in invoice_ids]}, "order": "ASC"}
    ends_at = time.monotonic() + _PATIENCE_SECONDS
    while True:
        with get_client(sync_client=True) as client:
            found = client.request("POST", "/events/filter", json={"filter": wanted, "limit": 50}).json()
            events = found["events"]
            while following := found["next_page"]:
                found = client.request("GET", f"/events/filter/next?{following.partition('?')[2]}").json()
                events += found["events"]
        if len(events) >= least:
            break
        assert time.monotonic() < ends_at, f"{len(events)} of {least}"
        time.sleep(0.5)
    heard = defaultdict(list)
    for event in events:
        heard[event["payload"]["invoice_id"]].append(event["id"])
    return heard


def test_a_run_that_is_killed_while_it_publishes(brokers, killed_at, run_json, sandbox, ledger, happened):
    for record in demo_records():
        sandbox.feed.put(record)
    killed_at(Waypoint.EVENTS_ENDED, 1)
    killed_at(Waypoint.EVENTS_ENDED, 2)
    run_json()

    told = happened(TOLD)
    everything = [event_id for ids in told.values() for event_id in ids]
    heard = heard_by_kafka(brokers, len(everything))
    assert {each: list(dict.fromkeys(ids)) for each, ids in heard.items()} == told
    outcomes = happened(OUTCOMES)
    assert heard_by_prefect(outcomes, sum(map(len, outcomes.values()))) == outcomes
    with ledger.reading() as connection:
        assert [each.waiting for each in backlog(connection)] == [0, 0]
