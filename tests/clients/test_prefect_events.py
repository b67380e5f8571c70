"""Prefect's events: what the server confirms can be read back from it; what goes wrong is told apart."""

import json
import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import yaml
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings

from clients.prefect_events import PrefectChannel, has_server
from invoices.events import InvoiceEvent

DOCUMENTED = Path("docs/events.md")
_PATIENCE_SECONDS = 30


@pytest.fixture
def channel(prefect_api):
    opened = PrefectChannel()
    yield opened
    opened.close()


@pytest.fixture
def server(prefect_api):
    with get_client(sync_client=True) as client:
        yield client


@pytest.fixture
def stored(server):
    """So many events of an invoice (or another resource) as the server has them, in order of time."""

    def read(invoice_id, count, kind="waybill.invoice"):
        wanted = {"filter": {"resource": {"id": [f"{kind}.{invoice_id}"]}, "order": "ASC"}, "limit": 50}
        ends_at = time.monotonic() + _PATIENCE_SECONDS
        while len(found := server.request("POST", "/events/filter", json=wanted).json()["events"]) < count:
            assert time.monotonic() < ends_at, found
            time.sleep(0.1)
        return found

    return read


def an_event(position, invoice_id=None, flow_run_id=None, **changes):
    at = datetime.now(UTC) + timedelta(milliseconds=position)
    event_id, invoice_id = uuid4(), invoice_id or uuid4()
    body = {
        "schema": 1,
        "id": str(event_id),
        "type": "invoice.held",
        "time": f"{at:%Y-%m-%dT%H:%M:%S.%f}Z",
        "sequence": position,
        "invoice_id": str(invoice_id),
        "number": "2026/0412",
        "company_number": "0428759497",
        "direction": "PURCHASE",
        "state": "held",
        "why": "other_content",
        "receipt": None,
        "job_id": None,
        "source": "java-backend",
        "source_id": "2026-0412",
        "source_version": 1,
        **changes,
    }
    return InvoiceEvent(
        position, event_id, invoice_id, position, body["type"], at, json.dumps(body), flow_run_id
    )


def test_what_is_confirmed_can_be_read_back(channel, stored):
    event = an_event(1, flow_run_id=uuid4())
    assert channel.send([event]).taken == {1}
    (found,) = stored(event.invoice_id, 1)
    assert (found["id"], found["event"]) == (str(event.id), "invoice.held")
    assert datetime.fromisoformat(found["occurred"]) == event.at
    assert found["resource"] == {
        "prefect.resource.id": f"waybill.invoice.{event.invoice_id}",
        "prefect.resource.name": "2026/0412",
        "waybill.number": "2026/0412",
        "waybill.company_number": "0428759497",
        "waybill.direction": "PURCHASE",
        "waybill.state": "held",
        "waybill.why": "other_content",
        "waybill.source": "java-backend",
        "waybill.source_id": "2026-0412",
    }
    assert {each["prefect.resource.role"]: each["prefect.resource.id"] for each in found["related"]} == {
        "company": "waybill.company.0428759497",
        "flow-run": f"prefect.flow-run.{event.flow_run_id}",
    }
    assert found["payload"] == json.loads(event.body)


def test_what_is_not_known_is_left_out(channel, stored):
    event = an_event(1, number=None, company_number=None, direction=None)
    assert channel.send([event]).taken == {1}
    (found,) = stored(event.invoice_id, 1)
    assert found["resource"]["prefect.resource.name"] == "2026-0412"
    assert "waybill.number" not in found["resource"]
    assert found["related"] == []


def test_an_event_that_comes_again_is_there_once(channel, stored):
    invoice_id = uuid4()
    first, second = an_event(1, invoice_id), an_event(2, invoice_id)
    for event in (first, first, second):
        assert channel.send([event]).taken == {event.position}
    assert [found["id"] for found in stored(invoice_id, 2)] == [str(first.id), str(second.id)]


def test_the_one_that_the_server_refuses_is_found_among_the_others(channel):
    events = [an_event(position) for position in range(8)]
    events[5] = an_event(5, time="some day")
    sent = channel.send(events)
    assert (sent.taken, sent.down) == (frozenset(range(8)) - {5}, None)
    assert sent.refused == {5: "Prefect answered 422."}


def test_the_automation_of_the_documentation_reacts(channel, server, stored):
    trigger = yaml.safe_load(re.search(r"```yaml\n(.*?)```", DOCUMENTED.read_text(), re.DOTALL)[1])["trigger"]
    automation = {"name": str(uuid4()), "trigger": trigger, "actions": [{"type": "do-nothing"}]}
    made = server.request("POST", "/automations/", json=automation).json()
    expected = {"type": "invoice.outcome_unknown", "state": "outcome_unknown"}
    channel.send([an_event(1, company_number="0123456749", **expected)])
    channel.send([an_event(position, **expected) for position in range(trigger["threshold"])])
    _created, triggered = stored(made["id"], 2, kind="prefect.automation")[:2]
    assert triggered["event"] == "prefect.automation.triggered"
    assert triggered["payload"]["triggering_labels"] == {"waybill.company_number": "0428759497"}
    server.request("DELETE", f"/automations/{made['id']}")


@pytest.mark.parametrize("path", ["", "/nowhere"])
def test_a_server_that_does_not_take_events_is_down(channel, prefect_api, path):
    url = f"{prefect_api.removesuffix('/api')}{path}" if path else "http://127.0.0.1:9/api"
    with temporary_settings({PREFECT_API_URL: url}):
        assert has_server()
        sent = channel.send([an_event(1)])
    assert (sent.taken, sent.refused) == (frozenset(), {})
    assert sent.down.startswith("Prefect: events ")


def test_a_channel_whose_server_is_back_goes_on(prefect_api):
    channel = PrefectChannel()
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        assert channel.send([an_event(1)]).down
    assert channel.send([an_event(1)]).taken == {1}
    channel.close()


def test_a_process_without_a_server_knows(prefect_api):
    assert has_server()
    with temporary_settings({PREFECT_API_URL: ""}):
        assert not has_server()
