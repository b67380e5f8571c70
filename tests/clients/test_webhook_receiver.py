"""The receiver of webhooks, as the sandbox's Java backend plays it."""

import socket
from uuid import uuid4

import pytest

from clients.transport import Budget
from clients.webhook_receiver import UnusableReceiver, WebhookReceiver
from clients.webhook_signature import keys_of
from sandbox.faults import Fault, FaultKind
from sandbox.journal import Call, Outcome
from sandbox.serve import Sandbox

BODY = (
    b'{"type": "invoice.state_changed", "timestamp": "2026-11-21T09:26:53Z", "data": {'
    b'"id": "3f0d5b52-6c0b-4a53-9d1e-6d4d3a1f8a10", "source": "java-backend", "source_id": "A1", "version": 2,'
    b'"number": null, "company_number": "0123456749", "direction": "SALE", "status": "sent", "state": "sent",'
    b'"receipt": "r", "reason": null, "findings": [], "updated_at": "2026-11-21T09:26:53Z"}}'
)


@pytest.fixture(scope="module")
def running():
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running):
    running.journal.clear()
    running.faults.clear()
    return running


@pytest.fixture
def open_receiver(sandbox):
    opened = []

    def receiver(url=None, secret=None, **options):
        made = WebhookReceiver(
            url or sandbox.webhook_url, keys_of(secret or sandbox.webhook_secret), **options
        )
        opened.append(made)
        return made

    yield receiver
    for each in opened:
        each.close()


def journalled(sandbox):
    return sandbox.journal.entries(Call.WEBHOOK)


def test_a_message_is_signed_and_taken(open_receiver, sandbox):
    message_id = str(uuid4())
    answer = open_receiver().send(message_id, BODY)
    assert (answer.taken, answer.gone, answer.status, answer.error) == (True, False, 204, None)
    (entry,) = journalled(sandbox)
    assert (entry.webhook_id, entry.source_id, entry.version) == (message_id, "A1", 2)
    assert (entry.announced, entry.receipt, entry.outcome) == ("sent", "r", Outcome.ACCEPTED)


def test_a_message_is_signed_by_each_key(open_receiver, sandbox):
    other = "whsec_" + "QUJD" * 8
    assert open_receiver(secret=f"{other},{sandbox.webhook_secret}").send("m", BODY).taken
    refused = open_receiver(secret=other).send("m", BODY)
    assert (refused.taken, refused.status) == (False, 401)
    assert refused.error == "The receiver answered 401."


@pytest.mark.parametrize(
    ("kind", "status", "retry_after", "gone"),
    [
        (FaultKind.SERVER_ERROR, 500, None, False),
        (FaultKind.UNAVAILABLE, 503, 7.0, False),
        (FaultKind.TOO_MANY_REQUESTS, 429, 7.0, False),
        (FaultKind.GONE, 410, None, True),
    ],
)
def test_what_it_answers_is_told(open_receiver, sandbox, kind, status, retry_after, gone):
    sandbox.faults.add(Fault(call=Call.WEBHOOK, fault=kind, retry_after="7"))
    answer = open_receiver().send("m", BODY)
    assert (answer.taken, answer.status, answer.retry_after, answer.gone) == (
        False,
        status,
        retry_after,
        gone,
    )


def test_one_that_is_slow_is_given_up(open_receiver, sandbox):
    sandbox.faults.add(Fault(call=Call.WEBHOOK, fault=FaultKind.SLOW, seconds=2))
    answer = open_receiver(budget=Budget(total=0.3)).send("m", BODY)
    assert (answer.taken, answer.status) == (False, None)
    assert "its time of 0.3 s was used up" in answer.error


def test_one_that_is_down_is_named_without_its_query(open_receiver):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        answer = open_receiver(f"http://127.0.0.1:{closed.getsockname()[1]}/webhooks").send("m", BODY)
    assert not answer.taken
    assert answer.error.startswith("POST http://127.0.0.1:")
    assert "could not connect" in answer.error


def test_an_address_with_a_query_is_refused_without_repeating_it():
    with pytest.raises(UnusableReceiver, match="a query or a fragment") as refused:
        WebhookReceiver("http://127.0.0.1/?token=hush", [b"k" * 32])
    assert "hush" not in str(refused.value)
