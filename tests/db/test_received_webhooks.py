"""Webhooks that came in: each id is one request for a run, however often and however simultaneously it comes."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from db.received_webhooks import ReceivedWebhook, WebhookIdReused, receive_webhook

WEBHOOK = ReceivedWebhook("msg_1", "0" * 64, ("A1", "A2"), "Java backend (webhook)", "correlated")
OTHER_BODY = replace(WEBHOOK, body_sha256="1" * 64)


@pytest.fixture
def facade_engine(database_url):
    """Connections of the facade's login role."""
    engine = create_engine(database_url.set(username="waybill_facade", password=None))
    yield engine
    engine.dispose()


@pytest.fixture
def receive(facade_engine):
    def receiving(webhook=WEBHOOK):
        with facade_engine.begin() as connection:
            return receive_webhook(connection, webhook)

    return receiving


@pytest.fixture
def requests(ledger):
    def read():
        with ledger.reading() as connection:
            return connection.execute(text("SELECT * FROM run_request ORDER BY position")).all()

    return read


def test_a_webhook_is_a_request_in_nobodys_name(receive, requests):
    request_id, is_new = receive()
    (request,) = requests()
    assert is_new
    assert (request.id, request.source_ids, request.invoice_ids) == (request_id, ["A1", "A2"], None)
    assert (request.asked_by, request.requested_by) == (None, "Java backend (webhook)")
    assert request.correlation_id == "correlated"


def test_without_ids_it_asks_for_everything(receive, requests):
    receive(replace(WEBHOOK, source_ids=None))
    assert requests()[0].source_ids is None


def test_one_that_comes_again_is_the_same_request(receive, requests):
    first, _ = receive()
    assert receive() == (first, False)
    assert len(requests()) == 1


def test_the_same_id_with_another_body_is_refused(receive, requests):
    receive()
    with pytest.raises(WebhookIdReused):
        receive(OTHER_BODY)
    assert len(requests()) == 1


def test_at_the_same_moment_one_becomes_the_request(receive, requests):
    with ThreadPoolExecutor(8) as executor:
        outcomes = list(executor.map(lambda _: receive(), range(24)))
    assert len({request_id for request_id, _ in outcomes}) == 1
    assert sum(is_new for _, is_new in outcomes) == 1
    assert len(requests()) == 1


def test_at_the_same_moment_only_one_body_is_taken(receive, requests):
    def attempt(webhook):
        try:
            return receive(webhook)[0]
        except WebhookIdReused:
            return None

    with ThreadPoolExecutor(8) as executor:
        outcomes = list(executor.map(attempt, [WEBHOOK, OTHER_BODY] * 12))
    assert len(requests()) == 1
    assert len(set(outcomes) - {None}) == 1
    assert outcomes.count(None) == 12


def test_a_burst_becomes_a_row_each(receive, requests):
    with ThreadPoolExecutor(8) as executor:
        list(executor.map(lambda n: receive(replace(WEBHOOK, webhook_id=f"msg_{n}")), range(200)))
    assert len(requests()) == 200


def test_what_was_received_does_not_change(receive, owner):
    receive()
    for statement in ("UPDATE received_webhook SET webhook_id = 'x'", "TRUNCATE received_webhook"):
        with pytest.raises(DBAPIError, match="history of the ledger"), owner.begin() as connection:
            connection.execute(text(statement))


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM received_webhook",
        "INSERT INTO received_webhook (webhook_id, body_sha256, request_id) VALUES ('x', repeat('0', 64), NULL)",
        "SELECT * FROM webhook_message",
    ],
)
def test_the_facade_goes_by_the_functions_alone(facade_engine, statement):
    with pytest.raises(DBAPIError, match="permission denied"), facade_engine.begin() as connection:
        connection.execute(text(statement))
