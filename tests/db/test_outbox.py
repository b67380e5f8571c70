"""The outbox: an event for each change that is told, in the same transaction, until its channel has it."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from db.facade import FACADE_ROLE
from db.ledger import Actor, Ledger, RehearsalLedger
from db.outbox import backlog, publish_to, settle_events, take_events
from db.waypoints import Waypoint
from invoices.events import OUTCOMES, TOLD
from invoices.lifecycle import State

DOCUMENTED = Path("docs/events.md")


@pytest.fixture
def outbox_of_nobody(ledger):
    """The functions of the outbox, each in a transaction of its own."""
    return Outbox(ledger)


class Outbox:
    def __init__(self, ledger):
        self._ledger = ledger

    def __call__(self, work, *args):
        with self._ledger.transaction(Actor("a test"), Waypoint.EVENTS_SETTLED) as connection:
            return work(connection, *args)

    def listen(self, channel="kafka", states=TOLD):
        self(publish_to, channel, states)

    def take(self, channel="kafka", most=100):
        return self(take_events, channel, most)

    def settle(self, taken=(), refused=(), down=None, channel="kafka"):
        whys = {event.position: "too large" for event in refused}
        self(settle_events, channel, [event.position for event in taken], whys, down)

    def stands(self, channel="kafka"):
        return next(each for each in self(backlog) if each.channel == channel)


@pytest.fixture
def outbox(outbox_of_nobody):
    """The same, with all events written for Kafka."""
    outbox_of_nobody.listen()
    return outbox_of_nobody


@pytest.fixture
def time_passes(owner):
    """Lets what rests be due, as time would."""

    def pass_():
        with owner.begin() as connection:
            connection.execute(text("UPDATE outbox_channel SET paused_until = now()"))
            connection.execute(
                text("UPDATE outbox SET next_attempt_at = now() WHERE next_attempt_at IS NOT NULL")
            )

    return pass_


def types(events):
    return [event.type for event in events]


def of(events, invoice_id):
    return [event for event in events if event.invoice_id == invoice_id]


def test_nothing_is_written_while_nobody_listens(arrange, outbox_of_nobody):
    arrange.in_state(State.SENT)
    assert outbox_of_nobody.take() == outbox_of_nobody.take("prefect") == []
    assert [each.listens for each in outbox_of_nobody(backlog)] == [False, False]


@pytest.mark.parametrize("state", TOLD)
def test_there_is_an_event_for_each_state_that_is_told(arrange, outbox, state):
    invoice_id = arrange.in_state(state)
    told = of(outbox.take(), invoice_id)
    assert told[-1].type == f"invoice.{state}"
    happened = [(each.sequence, each.to_state, each.id) for each in arrange.events(invoice_id)]
    assert [(event.sequence, event.type, event.id) for event in told] == [
        (sequence, f"invoice.{to_state}", event_id)
        for sequence, to_state, event_id in happened
        if to_state != State.SENDING
    ]


def test_a_channel_gets_the_states_that_it_listens_to(arrange, outbox):
    outbox.listen("prefect", OUTCOMES)
    invoice_id = arrange.in_state(State.SENT)
    assert types(of(outbox.take(), invoice_id)) == ["invoice.received", "invoice.ready", "invoice.sent"]
    assert types(of(outbox.take("prefect"), invoice_id)) == ["invoice.sent"]


def test_an_event_tells_who_and_why_and_no_more(arrange, outbox):
    invoice_id = arrange.in_state(State.SENT)
    row, happened = arrange.row(invoice_id), arrange.events(invoice_id)[-1]
    body = json.loads(of(outbox.take(), invoice_id)[-1].body)
    assert body == {
        "schema": 1,
        "id": str(happened.id),
        "type": "invoice.sent",
        "time": f"{happened.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z",
        "sequence": happened.sequence,
        "invoice_id": str(invoice_id),
        "number": row.number,
        "company_number": row.company_number,
        "direction": row.direction,
        "state": "sent",
        "why": "accepted",
        "receipt": row.receipt,
        "job_id": None,
        "source": row.source,
        "source_id": row.source_id,
        "source_version": 1,
    }


def test_the_documentation_names_each_type_and_each_field(arrange, outbox):
    told = DOCUMENTED.read_text()
    assert set(re.findall(r"^\| `(invoice\.\w+)`", told, re.MULTILINE)) == {
        f"invoice.{each}" for each in TOLD
    }
    example = json.loads(re.search(r"```json\n(.*?)```", told, re.DOTALL)[1])
    arrange.in_state(State.RECEIVED)
    assert list(example) == list(json.loads(outbox.take()[0].body))


def test_the_number_that_the_record_states_does_until_the_document_is_read(arrange, outbox):
    arrange.arrive(arrange.record(number="2026/0412"))
    assert json.loads(outbox.take()[0].body)["number"] == "2026/0412"


def test_an_event_names_the_flow_run_of_its_job(arrange, ledger, outbox, owner):
    with owner.begin() as connection:
        job_id, flow_run_id = connection.execute(
            text(
                "INSERT INTO job (flow_run_id, run_count, flow, requested_by, parameters)"
                " VALUES (gen_random_uuid(), 2, 'process', 'somebody', '{}') RETURNING id, flow_run_id"
            )
        ).one()
    arrange.arrive(arrange.record(), actor=Actor("a run", job_id))
    (event,) = outbox.take()
    assert (json.loads(event.body)["job_id"], event.flow_run_id) == (str(job_id), flow_run_id)


def test_a_change_that_is_rolled_back_leaves_no_event(arrange, ledger, outbox):
    invoice_id = arrange.in_state(State.READY)
    outbox.settle(outbox.take())
    with ledger.engine.connect() as connection:
        connection.execute(text("UPDATE invoice SET state = 'held' WHERE id = :id"), {"id": invoice_id})
        assert connection.execute(text("SELECT count(*) FROM outbox")).scalar() == 1
        connection.rollback()
    assert outbox.take() == []


def test_a_dry_run_leaves_no_event(arrange, ledger, outbox):
    rehearsal = RehearsalLedger(ledger)
    with rehearsal.rehearsing():
        arrange.ledger = rehearsal
        arrange.in_state(State.RECEIVED)
    assert outbox.take() == []


def test_what_is_not_confirmed_is_given_again_in_the_same_order(arrange, outbox):
    for _ in range(3):
        arrange.in_state(State.READY)
    before = outbox.take()
    outbox.settle(before[:2])
    assert outbox.take() == before[2:]
    outbox.settle(before[2:])
    assert outbox.take() == []
    assert outbox.stands().waiting == 0


def test_no_more_are_given_than_asked_for(arrange, outbox):
    arrange.in_state(State.SENT)
    assert types(outbox.take(most=2)) == ["invoice.received", "invoice.ready"]


def test_one_publisher_at_a_time_is_given_events_of_a_channel(arrange, ledger, outbox):
    outbox.listen("prefect")
    arrange.in_state(State.RECEIVED)
    with ledger.transaction(Actor("another"), Waypoint.EVENTS_SETTLED) as connection:
        assert len(take_events(connection, "kafka", 10)) == 1
        assert outbox.take() == []
        assert len(outbox.take("prefect")) == 1
    assert len(outbox.take()) == 1


def test_who_publishes_next_sees_what_was_confirmed_meanwhile(arrange, ledger, outbox):
    arrange.in_state(State.READY)
    with ledger.transaction(Actor("another"), Waypoint.EVENTS_SETTLED) as connection:
        taken = take_events(connection, "kafka", 1)
        settle_events(connection, "kafka", [each.position for each in taken], {}, None)
    assert types(outbox.take()) == ["invoice.ready"]


def test_an_event_that_commits_late_is_not_passed_over(arrange, ledger, outbox):
    early, late = arrange.in_state(State.READY), arrange.in_state(State.READY)
    outbox.settle(outbox.take())
    with ledger.transaction(Actor("slow"), Waypoint.DECIDED) as connection:
        connection.execute(text("UPDATE invoice SET state = 'held' WHERE id = :id"), {"id": late})
        arrange.run("UPDATE invoice SET state = 'held' WHERE id = :id", id=early)
        first = outbox.take()
        outbox.settle(first)
    second = outbox.take()
    assert ([each.invoice_id for each in first], [each.invoice_id for each in second]) == ([early], [late])
    assert second[0].position < first[0].position


def test_a_refused_event_keeps_back_those_of_its_invoice_alone(arrange, outbox, time_passes):
    held, other = arrange.in_state(State.READY), arrange.in_state(State.READY)
    refused = of(outbox.take(), held)[0]
    outbox.settle(refused=[refused])
    assert {event.invoice_id for event in outbox.take()} == {other}
    stands = outbox.stands()
    assert (stands.waiting, stands.refused, stands.failures) == (4, 1, 0)
    time_passes()
    assert types(of(outbox.take(), held)) == ["invoice.received", "invoice.ready"]


def test_a_refused_event_waits_longer_each_time_and_an_hour_at_most(arrange, outbox, time_passes, owner):
    arrange.in_state(State.RECEIVED)
    waits = []
    for _ in range(12):
        time_passes()
        outbox.settle(refused=outbox.take())
        with owner.connect() as connection:
            wait = connection.execute(text("SELECT next_attempt_at - clock_timestamp() FROM outbox")).scalar()
        waits.append(round(wait.total_seconds()))
    assert waits[:4] == [5, 10, 20, 40]
    assert waits[-1] == 3600


def test_a_channel_that_is_down_rests_longer_each_time_and_five_minutes_at_most(arrange, outbox, time_passes):
    arrange.in_state(State.RECEIVED)
    rests = []
    for _ in range(10):
        time_passes()
        assert len(outbox.take()) == 1
        outbox.settle(down="nobody answers")
        assert outbox.take() == []
        rests.append(round((outbox.stands().paused_until - datetime.now(UTC)).total_seconds()))
    assert rests[:3] == [2, 4, 8]
    assert rests[-1] == 300
    stands = outbox.stands()
    assert (stands.failures, stands.error, stands.published_at) == (10, "nobody answers", None)


def test_a_channel_that_is_back_is_well_at_once(arrange, outbox, time_passes):
    arrange.in_state(State.RECEIVED)
    outbox.settle(down="nobody answers")
    time_passes()
    outbox.settle(outbox.take())
    stands = outbox.stands()
    assert (stands.failures, stands.error, stands.paused_until) == (0, None, None)
    assert stands.published_at is not None


def test_the_backlog_tells_how_much_waits_and_since_when(arrange, outbox):
    invoice_id = arrange.in_state(State.READY)
    stands = outbox.stands()
    assert (stands.channel, stands.listens, stands.waiting) == ("kafka", True, 2)
    assert stands.oldest_at == arrange.events(invoice_id)[0].at
    assert timedelta() <= datetime.now(UTC) - stands.oldest_at < timedelta(minutes=5)
    assert outbox.stands("prefect").oldest_at is None


def test_what_waits_for_a_channel_that_is_switched_off_is_kept(arrange, outbox):
    arrange.in_state(State.RECEIVED)
    outbox.listen(states=())
    arrange.in_state(State.RECEIVED)
    stands = outbox.stands()
    assert (stands.listens, stands.waiting) == (False, 1)
    outbox.listen()
    assert len(outbox.take()) == 1


def test_the_facade_publishes_too(arrange, database_url, ledger, outbox):
    arrange.in_state(State.RECEIVED)
    facade_ledger = Ledger(database_url.set(username=FACADE_ROLE))
    facade = Outbox(facade_ledger)
    facade.listen("prefect")
    assert [(each.channel, each.waiting) for each in facade(backlog)] == [("kafka", 1), ("prefect", 0)]
    facade.settle(facade.take())
    facade_ledger.close()
    assert outbox.take() == []


def test_nobody_else_is_told(arrange, database_url, outbox, administration):
    with administration.connect() as connection:
        connection.execute(text("CREATE ROLE waybill_stranger LOGIN"))
    engine = create_engine(database_url.set(username="waybill_stranger"))
    try:
        for call in ("outbox_backlog()", "take_events('kafka', 1)"):
            with engine.connect() as connection, pytest.raises(DBAPIError, match="permission denied"):
                connection.execute(text(f"SELECT * FROM {call}"))
    finally:
        engine.dispose()
        with administration.connect() as connection:
            connection.execute(text("DROP ROLE waybill_stranger"))


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM outbox", "UPDATE outbox SET error = 'x'", "UPDATE outbox_channel SET states = '{}'"],
)
def test_the_application_changes_nothing_past_these_functions(arrange, outbox, statement):
    arrange.in_state(State.RECEIVED)
    with pytest.raises(DBAPIError, match="permission denied"):
        arrange.run(statement)


def test_an_event_that_was_written_says_the_same_for_ever(arrange, outbox, owner):
    arrange.in_state(State.RECEIVED)
    with owner.connect() as connection, pytest.raises(DBAPIError, match="is refused"):
        connection.execute(text("UPDATE outbox SET body = '{}'"))
