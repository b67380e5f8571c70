"""Kafka: confirmed events are in the topic, keyed by invoice; whatever goes wrong is told apart."""

import json
import socket
import sys
import threading
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from socketserver import BaseRequestHandler, ThreadingTCPServer
from uuid import uuid4

import pytest

from clients.kafka import KafkaChannel, KafkaUnusable
from invoices.events import InvoiceEvent
from tests.kafka import kafka_brokers, messages_of


@pytest.fixture(scope="module")
def brokers():
    with kafka_brokers() as found:
        yield found


@pytest.fixture
def topic():
    return f"waybill.{uuid4()}"


@pytest.fixture
def channel(brokers, topic):
    opened = KafkaChannel(brokers, topic, {})
    yield opened
    opened.close()


@pytest.fixture
def read(brokers, topic):
    return partial(messages_of, brokers, topic)


def an_event(position, body=None, **fields):
    given = {
        "id": uuid4(),
        "invoice_id": uuid4(),
        "sequence": 1,
        "type": "invoice.sent",
        "at": datetime(2026, 11, 21, 9, 26, 53, tzinfo=UTC),
        "flow_run_id": None,
        **fields,
    }
    text = {"schema": 1, "time": "2026-11-21T09:26:53.000000Z", "note": body or ""}
    return InvoiceEvent(position, body=json.dumps(text), **given)


def closed_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def test_confirmed_events_are_in_the_topic(channel, read):
    events = [an_event(position) for position in range(20)]
    sent = channel.send(events)
    assert (sent.taken, sent.refused, sent.down) == (frozenset(range(20)), {}, None)
    got = {message.key(): message for message in read(20)}
    assert {str(event.invoice_id).encode(): event.body.encode() for event in events} == {
        key: message.value() for key, message in got.items()
    }


def test_headers_and_time_tell_what_a_message_is(channel, read):
    event = an_event(1, sequence=4)
    channel.send([event])
    (message,) = read(1)
    assert dict(message.headers()) == {
        "content-type": b"application/json",
        "ce_specversion": b"1.0",
        "ce_id": str(event.id).encode(),
        "ce_type": b"invoice.sent",
        "ce_source": b"/waybill",
        "ce_subject": str(event.invoice_id).encode(),
        "ce_time": b"2026-11-21T09:26:53.000000Z",
        "ce_sequence": b"4",
    }
    assert message.timestamp()[1] == event.at.timestamp() * 1000


def test_the_events_of_an_invoice_stay_in_order(channel, read):
    invoice_id = uuid4()
    for sequence in range(1, 11):
        assert channel.send([an_event(sequence, invoice_id=invoice_id, sequence=sequence)]).taken == {
            sequence
        }
    got = read(10)
    assert len({message.partition() for message in got}) == 1
    assert [dict(message.headers())["ce_sequence"] for message in got] == [b"%d" % n for n in range(1, 11)]


def test_an_event_that_is_too_large_is_refused_and_the_others_are_taken(brokers, topic):
    channel = KafkaChannel(brokers, topic, {"message.max.bytes": 2000})
    sent = channel.send([an_event(1), an_event(2, "x" * 3000), an_event(3)])
    channel.close()
    assert (sent.taken, set(sent.refused), sent.down) == ({1, 3}, {2}, None)
    assert "too large" in sent.refused[2]


def test_brokers_that_do_not_answer_are_down_until_they_are_back(brokers, topic, read):
    port = closed_port()
    channel = KafkaChannel(f"127.0.0.1:{port}", topic, {}, within_seconds=2.0)
    sent = channel.send([an_event(1), an_event(2)])
    assert (sent.taken, sent.refused) == (frozenset(), {})
    assert "Connection refused" in sent.down
    with listening_again(port, brokers):
        assert channel.send([an_event(2)]).taken == {2}
        channel.close()
    assert len(read(1)) == 1


@contextmanager
def listening_again(port, brokers):
    """Leads to the first of the brokers; a client that got there asks the brokers themselves for all else."""
    host, _, its_port = brokers.split(",")[0].rpartition(":")

    class Forwards(BaseRequestHandler):
        def handle(self):
            with socket.create_connection((host, int(its_port))) as broker:
                threading.Thread(target=pump, args=(broker, self.request), daemon=True).start()
                pump(self.request, broker)

    def pump(here, there):
        with suppress(OSError):
            while data := here.recv(65536):
                there.sendall(data)

    class Server(ThreadingTCPServer):
        allow_reuse_address = daemon_threads = True

    with Server(("127.0.0.1", port), Forwards) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield
        server.shutdown()


def test_a_config_that_the_client_does_not_know_takes_nothing_and_shows_no_value(topic):
    channel = KafkaChannel("127.0.0.1:1", topic, {"security.protocol": "hush"})
    sent = channel.send([an_event(1)])
    assert sent.taken == frozenset()
    assert "security.protocol" in sent.down
    assert "hush" not in sent.down


def test_each_attempt_to_connect_is_logged_only_where_that_is_asked_for(topic, caplog, capfd):
    for config in ({}, {"log_level": 6}):
        channel = KafkaChannel(f"127.0.0.1:{closed_port()}", topic, config, within_seconds=1.0)
        channel.send([an_event(1)])
        channel.close()
        assert bool(caplog.records) == bool(config)
    assert "rdkafka" not in capfd.readouterr().err


def test_without_the_extra_it_says_what_to_install(monkeypatch, topic):
    monkeypatch.setitem(sys.modules, "confluent_kafka", None)
    with pytest.raises(KafkaUnusable, match=r"waybill\[kafka\]"):
        KafkaChannel("127.0.0.1:1", topic, {})
