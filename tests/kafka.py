"""Kafka for tests: the brokers that live inside librdkafka, and what their topics hold."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest


@contextmanager
def kafka_brokers() -> Iterator[str]:
    """The addresses of two brokers, for this process and those that it starts."""
    library = pytest.importorskip("confluent_kafka")
    cluster = library.Producer({"bootstrap.servers": "none", "test.mock.num.brokers": 2, "log_level": 2})
    found = cluster.list_topics(timeout=10).brokers.values()
    yield ",".join(f"{each.host}:{each.port}" for each in found)
    cluster.flush(0)


def messages_of(brokers: str, topic: str, least: int) -> list[Any]:
    """All messages of a topic, each partition in order; waits until there are so many."""
    library = pytest.importorskip("confluent_kafka")
    consumer = library.Consumer({"bootstrap.servers": brokers, "group.id": "test", "log_level": 2})
    with closing(consumer):
        partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
        consumer.assign([library.TopicPartition(topic, each, 0) for each in partitions])
        messages = consumer.consume(least, timeout=30)
        while more := consumer.consume(1000, timeout=0.5):
            messages += more
    assert not [each.error() for each in messages if each.error()]
    return messages
