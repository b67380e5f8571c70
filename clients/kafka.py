"""Kafka as a channel for events: one topic, keyed by invoice, each message confirmed by all replicas."""

import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from clients.errors import OutsideError
from clients.event_channel import Sent
from invoices.events import InvoiceEvent

if TYPE_CHECKING:
    from confluent_kafka import KafkaError, Message, Producer

_logger = logging.getLogger(__name__)
_WITHIN_SECONDS = 10.0
_LAST_WORD_SECONDS = 5.0
_OURS: Mapping[str, Any] = {"acks": "all", "enable.idempotence": True}
# It would log each attempt to connect; why a channel is down is said once, by its publisher.
_DEFAULTS: Mapping[str, Any] = {"client.id": "waybill", "linger.ms": 5, "log_level": 2}
_OF_THE_MESSAGE = frozenset(
    {"MSG_SIZE_TOO_LARGE", "INVALID_MSG", "INVALID_MSG_SIZE", "INVALID_RECORD", "POLICY_VIOLATION"}
)
_VALUE = re.compile(r'value "[^"]*"')


class KafkaUnusable(OutsideError):
    """Kafka is set, and this installation cannot speak to it; the message says why."""


class KafkaChannel:
    """The topic of a cluster; connects when it is first sent to. For one thread at a time.

    Args:
        servers: `host:port`, several separated by commas.
        topic: Where all events go.
        config: Properties of librdkafka beyond those, such as what secures the connection.
        within_seconds: How long an event may take before it counts as not delivered.

    Raises:
        KafkaUnusable: The extra that brings the client is not installed.
    """

    name = "kafka"
    most = 1000
    per_second: float | None = None

    def __init__(
        self,
        servers: str,
        topic: str,
        config: Mapping[str, Any],
        *,
        within_seconds: float = _WITHIN_SECONDS,
    ) -> None:
        try:
            import confluent_kafka  # noqa: PLC0415 - an extra
        except ImportError:
            raise KafkaUnusable(
                "WAYBILL_KAFKA_BOOTSTRAP_SERVERS is set, and the extra `kafka` is not installed:"
                " install waybill[kafka], or unset it."
            ) from None
        self._library = confluent_kafka
        self._topic = topic
        self._within_seconds = within_seconds
        self._config = {
            **_DEFAULTS,
            **config,
            **_OURS,
            "message.timeout.ms": int(within_seconds * 1000),
            "bootstrap.servers": servers,
        }
        self._producer: Producer | None = None
        self._said = ""

    def send(self, events: Sequence[InvoiceEvent]) -> Sent:
        """As a channel does; a client that answers nothing at all is waited for some seconds longer."""
        outcomes: dict[int, KafkaError | None] = {}
        try:
            self._produce(events, outcomes)
        except (self._library.KafkaException, BufferError, TypeError, ValueError) as error:
            self.close()
            return Sent(_taken(outcomes), {}, f"Kafka: {_words(error)}")
        sent = _sent(events, outcomes)
        if sent.down is None:
            return sent
        # A client that gave up may still hold what it was given: a new one begins with nothing.
        self.close()
        return replace(sent, down=f"{sent.down} {self._said}".strip())

    def _produce(self, events: Sequence[InvoiceEvent], outcomes: dict[int, "KafkaError | None"]) -> None:
        self._said = ""
        if self._producer is None:
            self._producer = self._library.Producer({**self._config, "error_cb": self._heard}, logger=_logger)
        for event in events:
            try:
                self._producer.produce(
                    self._topic,
                    event.body,
                    str(event.invoice_id),
                    headers=headers(event),
                    timestamp=int(event.at.timestamp() * 1000),
                    on_delivery=partial(_note, outcomes, event.position),
                )
            except self._library.KafkaException as error:
                outcomes[event.position] = error.args[0]
        self._producer.flush(self._within_seconds + _LAST_WORD_SECONDS)

    def _heard(self, error: "KafkaError") -> None:
        """What the client says of its connections: the reason that a timeout hides."""
        if error.name() != "_ALL_BROKERS_DOWN":
            self._said = f"({error.str()})"

    def close(self) -> None:
        """Let go of the connection, and of what was not sent."""
        if self._producer is not None:
            self._producer.purge()
            self._producer.poll(0)
            self._producer = None


def headers(event: InvoiceEvent) -> dict[str, str | bytes | None]:
    """What a consumer can tell without opening the message, by the names of CloudEvents' Kafka binding."""
    return {
        "content-type": "application/json",
        "ce_specversion": "1.0",
        "ce_id": str(event.id),
        "ce_type": event.type,
        "ce_source": "/waybill",
        "ce_subject": str(event.invoice_id),
        "ce_time": json.loads(event.body)["time"],
        "ce_sequence": str(event.sequence),
    }


def _note(
    outcomes: dict[int, "KafkaError | None"], position: int, error: "KafkaError | None", _: "Message"
) -> None:
    outcomes[position] = error


def _words(error: Exception) -> str:
    """What it says, without the values of properties, of which some are secret."""
    (said, *_) = error.args or ("",)
    return _VALUE.sub("value", said.str() if hasattr(said, "str") else str(said))


def _taken(outcomes: Mapping[int, "KafkaError | None"]) -> frozenset[int]:
    return frozenset(position for position, error in outcomes.items() if error is None)


def _sent(events: Sequence[InvoiceEvent], outcomes: Mapping[int, "KafkaError | None"]) -> Sent:
    failed = {position: error for position, error in outcomes.items() if error is not None}
    refused = {
        position: f"Kafka: {error.str()}"
        for position, error in failed.items()
        if error.name() in _OF_THE_MESSAGE
    }
    down = next((error.str() for position, error in failed.items() if position not in refused), None)
    if down is None and len(outcomes) < len(events):
        down = "no answer in time"
    return Sent(_taken(outcomes), refused, down and f"Kafka: {down}")
