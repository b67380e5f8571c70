"""Webhooks of the sandbox's Java backend, both ways."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from sandbox.java_backend.webhooks import invoices_changed, signed_webhook
from sandbox.journal import Call, Outcome
from sandbox.serve import Options, Sandbox

ANNOUNCEMENT = {
    "type": "invoice.state_changed",
    "timestamp": "2026-11-21T09:26:53Z",
    "data": {
        "id": "3f0d5b52-6c0b-4a53-9d1e-6d4d3a1f8a10",
        "source": "java-backend",
        "source_id": "A1",
        "version": 1,
        "number": "2026-0412",
        "company_number": "0999000129",
        "direction": "PURCHASE",
        "status": "held",
        "state": "held",
        "receipt": None,
        "reason": "Two differ.",
        "findings": [{"code": "WB-1", "message": "They differ."}],
        "updated_at": "2026-11-21T09:26:53Z",
    },
}


@pytest.fixture
def announce(sandbox):
    def post(body=ANNOUNCEMENT, secret=None, **signing):
        webhook = signed_webhook(secret or sandbox.webhook_secret, body, **signing)
        return httpx.post(sandbox.webhook_url, content=webhook.content, headers=webhook.headers)

    return post


def test_an_announcement_is_journalled(announce, sandbox):
    assert announce(webhook_id="msg_1").status_code == 204
    (entry,) = sandbox.journal.entries(Call.WEBHOOK)
    assert (entry.webhook_id, entry.source_id, entry.version, entry.announced) == ("msg_1", "A1", 1, "held")
    assert entry.company_number == "0999000129"


def test_a_foreign_signature_is_refused(announce, sandbox):
    assert announce(secret=sandbox.java_backend_webhook_secret).status_code == 401
    assert announce(at=datetime.now(UTC) - timedelta(minutes=6)).status_code == 401
    assert {entry.outcome for entry in sandbox.journal.entries(Call.WEBHOOK)} == {Outcome.REFUSED}


@pytest.mark.parametrize(
    "body",
    [b"x", {**ANNOUNCEMENT, "type": "x"}, {**ANNOUNCEMENT, "data": {**ANNOUNCEMENT["data"], "vat": "x"}}],
    ids=["no JSON", "another type", "more than was agreed"],
)
def test_what_is_no_announcement_is_refused(announce, sandbox, body):
    assert announce(body).status_code == 422
    assert sandbox.journal.entries(Call.WEBHOOK)[0].reason.startswith("Not an announcement")


def test_webhooks_are_connected_only_when_asked(sandbox):
    assert not [name for name in sandbox.environment if name.endswith("WEBHOOK_SECRET")]
    asked = Sandbox((), (), Options(webhooks=True))
    for listener in asked._listeners:
        listener.close()
    assert asked.environment["WAYBILL_WEBHOOK_URL"] == asked.webhook_url
    assert asked.environment["WAYBILL_WEBHOOK_SECRET"] == asked.webhook_secret
    assert asked.environment["WAYBILL_JAVA_BACKEND_WEBHOOK_SECRET"] == asked.java_backend_webhook_secret


def test_a_developer_can_have_a_signed_webhook_sent(control, sandbox):
    """Sent to the sandbox itself, whose other secret tells that it is signed and by which."""
    answer = control.post("/webhooks", json={"url": sandbox.webhook_url, "source_ids": ["A1"]}).json()
    assert answer["status"] == 401
    assert sandbox.journal.entries(Call.WEBHOOK)[0].webhook_id.startswith("msg_")
    assert control.post("/webhooks", json={"url": "http://127.0.0.1:1/"}).status_code == 502


def test_what_is_sent_is_signed_as_the_scheme_has_it(sandbox):
    secret = sandbox.java_backend_webhook_secret
    webhook = signed_webhook(secret, invoices_changed(["A1"]))
    said = Webhook(secret).verify(webhook.content, webhook.headers)
    assert (said["type"], said["data"]) == ("invoices.changed", {"invoice_ids": ["A1"]})
    assert invoices_changed()["data"] is None
