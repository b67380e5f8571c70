"""Publishing by the facade: what happens in the ledger is told while no run is there to do it."""

import json
from uuid import uuid4

import pytest
from sqlalchemy import text

from db.ledger import Actor
from db.outbox import backlog
from db.waypoints import Waypoint
from tests.api.surroundings import an_invoice_that_is_superseded, until
from tests.kafka import kafka_brokers, messages_of


@pytest.fixture(scope="module")
def brokers():
    with kafka_brokers() as found:
        yield found


@pytest.fixture
def stands(ledger):
    def read(channel="kafka"):
        with ledger.reading() as connection:
            return next(each for each in backlog(connection) if each.channel == channel)

    return read


def test_an_event_goes_out_without_a_run(serve, ledger, brokers, stands):
    topic = f"waybill.{uuid4()}"
    serve(kafka_bootstrap_servers=brokers, kafka_topic=topic)
    until(lambda: stands().listens)
    an_invoice_that_is_superseded(ledger)
    (message,) = messages_of(brokers, topic, 1) if published(stands) else ()
    told = json.loads(message.value())
    assert (told["source_id"], told["type"], told["why"]) == ("A1", "invoice.superseded", "arrived_late")


def published(stands):
    until(lambda: stands().published_at)
    return stands().waiting == 0


def test_a_channel_that_is_down_is_named_once_and_the_facade_goes_on(serve, ledger, stands, caplog):
    facade = serve(kafka_bootstrap_servers="127.0.0.1:1", kafka_config='{"no.such.property": "1"}')
    until(lambda: stands().listens)
    an_invoice_that_is_superseded(ledger)
    until(lambda: stands().failures >= 2)
    assert facade.get("/healthz").status_code == 200
    assert sum("events wait to be published" in line for line in caplog.messages) == 1
    assert "no.such.property" in stands().error


def test_a_facade_without_a_channel_switches_it_off(serve, ledger, stands):
    with ledger.transaction(Actor("a test"), Waypoint.PUBLISHING_SET) as connection:
        connection.execute(text("SELECT publish_to('kafka', '{sent}')"))
    assert stands().listens
    serve()
    until(lambda: not stands().listens)
