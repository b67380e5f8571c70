"""Publishing: every event reaches its channel, those of an invoice in order, whatever fails and whoever dies."""

import random
import sys
import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prefect.settings import PREFECT_API_URL, temporary_settings
from pydantic import SecretStr
from sqlalchemy import text

from clients.event_channel import Sent
from clients.kafka import KafkaChannel
from clients.prefect_events import PrefectChannel
from db.ledger import Actor, Ledger
from db.outbox import backlog, publish_to
from db.waypoints import Waypoint, listening
from invoices.events import OUTCOMES, TOLD, InvoiceEvent
from settings import Settings
from tasks.publish import begin_publishing, open_channels, publish_at_the_end, publish_due, send_in_order
from tests.kafka import kafka_brokers, messages_of


class Listener:
    """A channel outside of ours: keeps what it got, and does with each batch what it is told."""

    name = "kafka"
    most = 7
    per_second = None

    def __init__(self, *answers):
        self.got = []
        self._answers = list(answers)

    def send(self, events):
        answer = self._answers.pop(0) if self._answers else _take
        return answer(self, events)

    def close(self):
        pass


def _take(listener, events):
    listener.got += events
    return Sent(frozenset(event.position for event in events))


def _lose(listener, events):
    return Sent(down="nobody answers")


def _take_unheard(listener, events):
    listener.got += events
    return Sent(down="the answer was lost")


def _refuse(listener, events, which=lambda index: index % 2 == 0):
    refused = {event.position: "too large" for index, event in enumerate(events) if which(index)}
    taken = [event for event in events if event.position not in refused]
    return Sent(_take(listener, taken).taken, refused)


def _break_off(listener, events):
    half = events[: len(events) // 2]
    listener.got += events
    return Sent(frozenset(event.position for event in half), {}, "it broke off")


ANSWERS = [_take, _lose, _take_unheard, _refuse, _break_off]


@pytest.fixture
def settings_of(database_url):
    return lambda **given: Settings(database_url=database_url.render_as_string(hide_password=False), **given)


@pytest.fixture
def listens(ledger):
    """All events are written for Kafka."""
    with ledger.transaction(Actor("a test"), Waypoint.PUBLISHING_SET) as connection:
        publish_to(connection, "kafka", TOLD)


@pytest.fixture
def superseded(ledger):
    """So many new invoices, each with one event, by plain SQL; gives their ids."""
    return partial(enter, ledger, "superseded")


def enter(ledger, state, count=1):
    entering = text("""
        WITH p AS (
            INSERT INTO payload (content, media_type, size, sha256)
            VALUES ('', 'text/plain', 0, repeat('0', 64)) RETURNING id
        ), d AS (
            INSERT INTO document (sha256, size, payload_id)
            SELECT encode(sha256(gen_random_uuid()::text::bytea), 'hex'), 0, id FROM p RETURNING id
        )
        INSERT INTO invoice (destination, source, source_id, version, document_id, state, why)
        SELECT 'clearfacts', 'java-backend', gen_random_uuid(), 1, id, :state, 'arrived' FROM d
        RETURNING id
    """)
    with ledger.transaction(Actor("a test"), Waypoint.DECIDED) as connection:
        return [connection.execute(entering, {"state": state}).scalar_one() for _ in range(count)]


@pytest.fixture
def stands(ledger):
    def read(channel="kafka"):
        with ledger.reading() as connection:
            return next(each for each in backlog(connection) if each.channel == channel)

    return read


@pytest.fixture
def time_passes(owner):
    def pass_():
        with owner.begin() as connection:
            # In turn with those who publish, so as not to end in a deadlock with one.
            connection.execute(text("SELECT pg_advisory_xact_lock(87004, hashtext('kafka'))"))
            connection.execute(text("UPDATE outbox_channel SET paused_until = NULL"))
            connection.execute(
                text("UPDATE outbox SET next_attempt_at = now() WHERE next_attempt_at IS NOT NULL")
            )

    return pass_


@pytest.fixture(scope="module")
def brokers():
    with kafka_brokers() as found:
        yield found


@pytest.mark.usefixtures("listens")
def test_all_that_waits_is_published_in_batches(ledger, superseded, stands):
    superseded(20)
    listener = Listener()
    published = publish_due(ledger, listener)
    assert (published.taken, published.refused, published.down) == (20, 0, None)
    assert len({event.id for event in listener.got}) == 20
    assert stands().waiting == 0
    assert publish_due(ledger, listener).taken == 0


@pytest.mark.usefixtures("listens")
def test_no_batch_is_begun_once_the_time_is_over(ledger, superseded, stands):
    superseded(2)
    assert publish_due(ledger, Listener(), within_seconds=0).taken == 0
    assert stands().waiting == 2


@pytest.mark.usefixtures("listens")
def test_a_channel_is_sent_no_more_than_it_can_bear(ledger, superseded):
    superseded(20)
    listener, pauses = Listener(), []
    listener.per_second = 1.0
    publish_due(ledger, listener, pause=pauses.append)
    assert [round(each) for each in pauses] == [7, 7, 6]


@pytest.mark.usefixtures("listens")
def test_a_channel_that_is_down_is_left_alone(ledger, superseded, stands, time_passes):
    superseded(20)
    listener = Listener(_take, _lose)
    published = publish_due(ledger, listener)
    assert (published.taken, published.down) == (7, "nobody answers")
    assert publish_due(ledger, listener).taken == 0
    assert (stands().waiting, stands().failures) == (13, 1)
    time_passes()
    assert publish_due(ledger, listener).taken == 13


@pytest.mark.usefixtures("listens")
def test_what_a_channel_took_unheard_comes_again(ledger, superseded, time_passes):
    superseded(2)
    listener = Listener(_take_unheard)
    publish_due(ledger, listener)
    time_passes()
    publish_due(ledger, listener)
    assert [event.id for event in listener.got[:2]] == [event.id for event in listener.got[2:]]


@pytest.mark.usefixtures("listens")
def test_a_channel_that_says_nothing_of_what_it_got_is_not_asked_on_and_on(ledger, superseded, stands):
    superseded(2)
    assert publish_due(ledger, Listener(lambda *_: Sent(), pytest.fail)).taken == 0
    assert stands().waiting == 2


class Killed(BaseException):
    """Ends a publisher where it stands."""


@pytest.mark.usefixtures("listens")
@pytest.mark.parametrize("waypoint", [Waypoint.EVENTS_BEGIN, Waypoint.EVENTS_ENDED, Waypoint.EVENTS_SETTLED])
def test_a_publisher_that_dies_loses_nothing(ledger, superseded, stands, waypoint):
    ids = superseded(3)

    def die(reached):
        if reached is waypoint:
            raise Killed

    listener = Listener()
    with pytest.raises(Killed), listening(die):
        publish_due(ledger, listener)
    publish_due(ledger, listener)
    assert {event.invoice_id for event in listener.got} == set(ids)
    assert len(listener.got) == (6 if waypoint is Waypoint.EVENTS_ENDED else 3)
    assert stands().waiting == 0


def an_event(position, invoice_id, sequence):
    return InvoiceEvent(
        position, uuid4(), invoice_id, sequence, "invoice.held", datetime.now(UTC), "{}", None
    )


INVOICES = [uuid4() for _ in range(4)]


@given(
    st.lists(st.sampled_from(INVOICES), min_size=1, max_size=20),
    st.lists(st.sampled_from(ANSWERS), max_size=10),
)
def test_none_is_sent_before_those_ahead_of_it_are_confirmed(of_invoices, answers):
    counts = defaultdict(int)
    events = []
    for position, invoice_id in enumerate(of_invoices):
        counts[invoice_id] += 1
        events.append(an_event(position, invoice_id, counts[invoice_id]))
    listener, confirmed = Listener(*answers), defaultdict(int)

    class Watching(Listener):
        def send(self, sent_now):
            assert len({event.invoice_id for event in sent_now}) == len(sent_now) > 0
            for event in sent_now:
                assert confirmed[event.invoice_id] == event.sequence - 1
            sent = listener.send(sent_now)
            for event in sent_now:
                confirmed[event.invoice_id] += event.position in sent.taken
            return sent

    sent = send_in_order(Watching(), events)
    assert not sent.taken & set(sent.refused)
    if all(answer is _take for answer in answers):
        assert sent == Sent(frozenset(range(len(events))))


def flips(ledger, ids, chance, count):
    """Moves invoices between ready and held, some at once, some in transactions that are rolled back."""
    for _ in range(count):
        some = chance.sample(ids, chance.randint(1, len(ids)))
        try:
            with ledger.transaction(Actor("a writer"), Waypoint.DECIDED) as connection:
                connection.execute(
                    text("SELECT FROM invoice WHERE id = ANY(:ids) ORDER BY arrival FOR NO KEY UPDATE"),
                    {"ids": some},
                )
                for _ in range(chance.randint(1, 3)):
                    connection.execute(
                        text(
                            "UPDATE invoice SET state = CASE state WHEN 'ready' THEN 'held' ELSE 'ready' END"
                            " WHERE id = ANY(:ids)"
                        ),
                        {"ids": some},
                    )
                if chance.random() < 0.2:
                    raise TimeoutError  # noqa: TRY301 - whatever it is, it rolls the transaction back
        except TimeoutError:
            pass


def publishes(ledger, channel, over, time_passes, chance):
    def die(reached):
        if reached in {Waypoint.EVENTS_BEGIN, Waypoint.EVENTS_ENDED} and chance.random() < 0.1:
            raise Killed

    while not over.is_set():
        try:
            with listening(die):
                publish_due(ledger, channel)
        except Killed:
            pass
        time_passes()


@pytest.mark.usefixtures("listens")
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**32), st.lists(st.sampled_from(ANSWERS), max_size=60))
def test_whoever_writes_and_whatever_fails_none_is_lost_and_none_overtakes(
    ledger, time_passes, stands, seed, answers
):
    ids = enter(ledger, "received", 5)
    listener, over = Listener(*answers), threading.Event()
    chances = [random.Random(seed + n) for n in range(5)]  # noqa: S311 - whatever comes
    with ThreadPoolExecutor() as threads:
        publishers = [
            threads.submit(publishes, ledger, listener, over, time_passes, chance) for chance in chances[:2]
        ]
        writers = [threads.submit(flips, ledger, ids, chance, 6) for chance in chances[2:]]
        for writer in writers:
            writer.result()
        over.set()
        for publisher in publishers:
            publisher.result()
    listener._answers.clear()
    while stands().waiting:
        time_passes()
        publish_due(ledger, listener)

    with ledger.reading() as connection:
        happened = connection.execute(
            text("SELECT id, invoice_id FROM audit_event WHERE invoice_id = ANY(:ids) ORDER BY sequence"),
            {"ids": ids},
        ).all()
    for invoice_id in ids:
        heard = [event.id for event in listener.got if event.invoice_id == invoice_id]
        first_heard = list(dict.fromkeys(heard))
        assert first_heard == [each.id for each in happened if each.invoice_id == invoice_id]


def test_the_settings_say_who_is_told_what(ledger, settings_of, stands, superseded):
    for given_settings, prefect, kafka in (
        ({}, OUTCOMES, ()),
        ({"prefect_events": "all"}, TOLD, ()),
        ({"prefect_events": "off", "kafka_bootstrap_servers": "k:1"}, (), TOLD),
    ):
        begin_publishing(ledger, settings_of(**given_settings))
        with ledger.reading() as connection:
            states = dict(connection.execute(text("SELECT name, states FROM outbox_channel")).all())
        assert states == {"prefect": sorted(prefect), "kafka": sorted(kafka)}


def test_channels_are_those_of_the_settings(settings_of, brokers, prefect_api):
    with open_channels(settings_of(kafka_bootstrap_servers=brokers)) as channels:
        assert [type(each) for each in channels] == [PrefectChannel, KafkaChannel]
    with open_channels(settings_of(prefect_events="off")) as channels:
        assert channels == []
    with temporary_settings({PREFECT_API_URL: ""}), open_channels(settings_of()) as channels:
        assert channels == []


def test_a_channel_whose_extra_is_missing_is_named_and_the_others_go_on(
    settings_of, prefect_api, monkeypatch, caplog
):
    monkeypatch.setitem(sys.modules, "confluent_kafka", None)
    with open_channels(settings_of(kafka_bootstrap_servers="k:1")) as channels:
        assert [each.name for each in channels] == ["prefect"]
    assert "waybill[kafka]" in caplog.text


def test_the_end_of_a_run_publishes_to_each(ledger, settings_of, brokers, prefect_api, superseded, stands):
    topic = f"waybill.{uuid4()}"
    chosen = settings_of(
        kafka_bootstrap_servers=brokers, kafka_topic=topic, kafka_config=SecretStr('{"linger.ms": 0}')
    )
    begin_publishing(ledger, chosen)
    ids = superseded(3)
    publish_at_the_end(ledger, chosen)
    assert (stands().waiting, stands("prefect").waiting) == (0, 0)
    assert {message.key() for message in messages_of(brokers, topic, 3)} == {str(i).encode() for i in ids}


def test_a_run_ends_well_where_the_prefect_server_is_gone(ledger, settings_of, superseded, stands, caplog):
    begin_publishing(ledger, settings_of())
    superseded()
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        publish_at_the_end(ledger, settings_of())
    assert "events wait to be published: Prefect" in caplog.text
    assert stands("prefect").waiting == 1


def test_a_run_ends_well_where_the_ledger_is_gone(database_url, settings_of, prefect_api, caplog):
    with closing(Ledger(database_url.set(database="nowhere"))) as gone:
        publish_at_the_end(gone, settings_of())
    assert "the ledger answered OperationalError" in caplog.text
