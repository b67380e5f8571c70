"""Messages for the ERP: one for each change of an invoice's outward status, in the same transaction, in order."""

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from db.decisions import Decision
from db.ledger import Actor, RehearsalLedger
from db.waypoints import Waypoint
from db.webhook_messages import (
    Ending,
    announce_to,
    announcing,
    settle_webhooks,
    stop_announcing,
    take_webhooks,
    undelivered_webhooks,
)
from invoices.lifecycle import State

URL = "https://erp.example/webhooks/waybill"
OUTWARD = {
    State.RECEIVED: "pending",
    State.READY: "pending",
    State.COULD_NOT_CHECK: "pending",
    State.SENDING: "pending",
    State.INVALID: "failed",
}


@pytest.fixture
def announced_to_nobody(ledger):
    """The functions of the queue, each in a transaction of its own."""

    class Outgoing:
        def __call__(self, work, *args):
            with ledger.transaction(Actor("a test"), Waypoint.WEBHOOKS_SETTLED) as connection:
                return work(connection, *args)

        def take(self, most=10, lease=60.0):
            return self(take_webhooks, most, lease)

        def settle(self, *endings, pause=0.0):
            self(settle_webhooks, endings, pause)

        def stands(self):
            return self(announcing)

    return Outgoing()


@pytest.fixture
def outgoing(announced_to_nobody):
    """The same, with changes announced."""
    announced_to_nobody(announce_to, URL)
    return announced_to_nobody


@pytest.fixture
def make_due(owner):
    """Lets what waits for its next try be due, as time would."""

    def make():
        with owner.begin() as connection:
            connection.execute(
                text("UPDATE webhook_message SET next_attempt_at = now() WHERE delivered_at IS NULL")
            )

    return make


@pytest.fixture
def told(arrange):
    """Statuses of the messages about an invoice."""

    def read(invoice_id):
        query = "SELECT status FROM webhook_message WHERE invoice_id = :id ORDER BY sequence"
        return [row.status for row in arrange.all(query, id=invoice_id)]

    return read


def delivered(message, **fields):
    return Ending(message.attempt_id, "delivered", 0.01, 204, **fields)


def failed(message, wait=0.0, outcome="again"):
    return Ending(message.attempt_id, outcome, 0.01, 500, "The receiver answered 500.", wait)


class TestQueue:
    @pytest.mark.usefixtures("outgoing")
    @pytest.mark.parametrize("state", State)
    def test_each_outward_status_is_announced_once_it_is_reached(self, arrange, told, state):
        invoice_id = arrange.in_state(state)
        status = OUTWARD.get(state, state.value)
        assert told(invoice_id)[-1:] == ([] if status == "pending" else [status])

    @pytest.mark.usefixtures("outgoing")
    def test_states_in_between_make_no_noise(self, arrange, told):
        invoice_id = arrange.in_state(State.SENT)
        assert len(arrange.events(invoice_id)) == 4
        assert told(invoice_id) == ["sent"]

    @pytest.mark.usefixtures("outgoing")
    def test_each_change_has_the_sequence_of_its_audit_event(self, arrange, told):
        invoice_id = arrange.in_state(State.HELD)
        arrange.decide(invoice_id, Decision.RELEASE)
        arrange.sent_on(invoice_id, "refused")
        assert told(invoice_id) == ["held", "pending", "failed"]
        messages = arrange.all("SELECT sequence, state, at FROM webhook_message ORDER BY position")
        events = {(event.sequence, event.to_state, event.at) for event in arrange.events(invoice_id)}
        assert {(each.sequence, each.state, each.at) for each in messages} <= events

    @pytest.mark.usefixtures("outgoing")
    def test_one_that_enters_superseded_is_announced(self, arrange, told):
        first = arrange.record(version=2)
        arrange.arrive(first)
        (late,) = arrange.arrive(arrange.record(first.source_id, 1))
        assert told(late) == ["superseded"]

    def test_nothing_is_queued_until_somebody_says_where_to(self, arrange, told):
        assert told(arrange.in_state(State.SENT)) == []

    def test_nothing_is_queued_once_announcing_is_off(self, arrange, outgoing, told):
        outgoing(announce_to, None)
        assert told(arrange.in_state(State.SENT)) == []
        assert not outgoing.stands().announces

    @pytest.mark.usefixtures("outgoing")
    def test_what_is_taken_back_is_not_announced(self, arrange, ledger, told):
        invoice_id = arrange.in_state(State.READY)
        with ledger.engine.connect() as connection:
            connection.execute(text("UPDATE invoice SET state = 'held' WHERE id = :id"), {"id": invoice_id})
            connection.rollback()
        assert told(invoice_id) == []

    @pytest.mark.usefixtures("outgoing")
    def test_a_dry_run_announces_nothing(self, arrange, ledger, told):
        invoice_id = arrange.in_state(State.READY)
        rehearsal = RehearsalLedger(ledger)
        with rehearsal.rehearsing(), rehearsal.transaction(Actor("a"), Waypoint.DEDUPED) as connection:
            connection.execute(text("UPDATE invoice SET state = 'held' WHERE id = :id"), {"id": invoice_id})
        assert told(invoice_id) == []


class TestTaking:
    def test_a_message_says_what_happened(self, arrange, outgoing):
        invoice_id = arrange.deduped("2026-0412", findings=[arrange.finding()], version=3, source_id="A1")
        (message,) = outgoing.take()
        body = json.loads(message.body)
        row, event = arrange.row(invoice_id), arrange.events(invoice_id)[-1]
        moment = event.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        assert body == {
            "type": "invoice.state_changed",
            "timestamp": moment,
            "data": {
                "id": str(invoice_id),
                "source": "java-backend",
                "source_id": "A1",
                "version": 3,
                "number": "2026-0412",
                "company_number": "0428759497",
                "direction": "PURCHASE",
                "status": "failed",
                "state": "invalid",
                "receipt": None,
                "reason": row.reason,
                "findings": [{"code": "BR-01", "message": "A rule is broken."}],
                "updated_at": moment,
            },
        }
        assert row.reason

    def test_each_try_sends_the_same_bytes_under_the_same_id(self, arrange, outgoing):
        arrange.in_state(State.SENT)
        (first,) = outgoing.take()
        outgoing.settle(failed(first))
        arrange.run('UPDATE invoice SET findings = \'[{"code": "X", "message": "y"}]\'')
        (second,) = outgoing.take()
        assert (second.message_id, second.body) == (first.message_id, first.body)
        assert (first.number, second.number) == (1, 2)
        assert second.attempt_id != first.attempt_id

    def test_what_is_taken_is_not_taken_again_while_its_lease_lasts(self, arrange, outgoing):
        arrange.in_state(State.SENT)
        assert len(outgoing.take(lease=60)) == 1
        assert outgoing.take() == []

    def test_a_crash_lets_it_be_taken_again_once_the_lease_is_over(self, arrange, outgoing):
        arrange.in_state(State.SENT)
        (first,) = outgoing.take(lease=0)
        (again,) = outgoing.take()
        assert again.message_id == first.message_id
        attempts = arrange.all("SELECT number, seconds FROM webhook_attempt ORDER BY number")
        assert attempts == [(1, None), (2, None)]

    def test_of_one_invoice_the_next_waits_for_the_one_before(self, arrange, outgoing, make_due):
        invoice_id = arrange.in_state(State.HELD)
        arrange.decide(invoice_id, Decision.DISMISS)
        (held,) = outgoing.take()
        assert json.loads(held.body)["data"]["status"] == "held"
        outgoing.settle(failed(held, wait=600))
        assert outgoing.take() == []
        make_due()
        (held,) = outgoing.take()
        outgoing.settle(delivered(held))
        (dismissed,) = outgoing.take()
        assert json.loads(dismissed.body)["data"]["status"] == "dismissed"

    def test_one_that_is_given_up_lets_the_next_go(self, arrange, outgoing):
        invoice_id = arrange.in_state(State.HELD)
        arrange.decide(invoice_id, Decision.DISMISS)
        (held,) = outgoing.take()
        outgoing.settle(failed(held, outcome="given_up"))
        (dismissed,) = outgoing.take()
        assert json.loads(dismissed.body)["data"]["status"] == "dismissed"
        assert (outgoing.stands().given_up, outgoing.stands().undelivered) == (1, 1)

    @pytest.mark.usefixtures("outgoing")
    def test_two_senders_never_take_the_same(self, arrange, ledger):
        for _ in range(4):
            arrange.in_state(State.SENT)
        with (
            ledger.transaction(Actor("one"), Waypoint.WEBHOOKS_TAKEN) as one,
            ledger.transaction(Actor("other"), Waypoint.WEBHOOKS_TAKEN) as other,
        ):
            mine, theirs = take_webhooks(one, 2, 60), take_webhooks(other, 10, 60)
        assert len(mine) == len(theirs) == 2
        assert not {each.message_id for each in mine} & {each.message_id for each in theirs}

    def test_an_endpoint_that_asked_for_peace_is_left_alone(self, arrange, outgoing):
        arrange.in_state(State.SENT)
        (message,) = outgoing.take()
        outgoing.settle(failed(message), pause=600)
        assert outgoing.take() == []
        assert outgoing.stands().paused_until > datetime.now(UTC)


class TestSettling:
    def test_each_try_is_a_row(self, arrange, outgoing):
        arrange.in_state(State.SENT)
        (first,) = outgoing.take()
        outgoing.settle(failed(first))
        (second,) = outgoing.take()
        outgoing.settle(delivered(second))
        rows = arrange.all("SELECT number, http_status, error FROM webhook_attempt ORDER BY number")
        assert rows == [(1, 500, "The receiver answered 500."), (2, 204, None)]
        assert outgoing.take() == []
        assert outgoing(undelivered_webhooks) == 0

    def test_a_try_that_was_overtaken_cannot_undo_a_later_one(self, arrange, outgoing):
        arrange.in_state(State.SENT)
        (slow,) = outgoing.take(lease=0)
        (quick,) = outgoing.take(lease=600)
        outgoing.settle(failed(slow))
        assert outgoing.take() == []
        outgoing.settle(delivered(quick))
        assert outgoing(undelivered_webhooks) == 0

    def test_one_that_arrived_after_all_counts_as_delivered(self, arrange, outgoing):
        arrange.in_state(State.SENT)
        (slow,) = outgoing.take(lease=0)
        (quick,) = outgoing.take(lease=600)
        outgoing.settle(failed(quick))
        outgoing.settle(delivered(slow))
        assert outgoing(undelivered_webhooks) == 0

    def test_an_endpoint_that_is_gone_is_told_no_more(self, arrange, outgoing, told):
        arrange.in_state(State.SENT)
        outgoing(stop_announcing)
        stands = outgoing.stands()
        assert (stands.announces, stands.undelivered, stands.given_up) == (False, 0, 1)
        assert stands.gone_at is not None
        assert told(arrange.in_state(State.SENT)) == []
        outgoing(announce_to, URL)
        assert not outgoing.stands().announces, "each run says where to: that must not bring it back"

    def test_another_address_begins_anew(self, arrange, outgoing, told):
        outgoing(stop_announcing)
        outgoing(announce_to, f"{URL}/v2")
        assert outgoing.stands().announces
        assert told(arrange.in_state(State.SENT)) == ["sent"]

    def test_how_it_stands_is_counted(self, arrange, outgoing):
        arrange.in_state(State.SENT)
        arrange.in_state(State.HELD)
        stands = outgoing.stands()
        assert (stands.announces, stands.undelivered, stands.given_up) == (True, 2, 0)
        assert stands.oldest_at == arrange.all("SELECT min(at) AS at FROM webhook_message")[0].at


class TestGuards:
    @pytest.fixture(autouse=True)
    def _sent(self, arrange, outgoing):
        arrange.in_state(State.SENT)
        (message,) = outgoing.take()
        outgoing.settle(delivered(message))

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE webhook_attempt SET http_status = 200",
            "DELETE FROM webhook_attempt",
            "TRUNCATE webhook_attempt",
            "DELETE FROM webhook_message",
            "UPDATE webhook_message SET body = '{}'",
            "UPDATE webhook_message SET status = 'held'",
        ],
    )
    def test_what_was_told_does_not_change(self, owner, statement):
        with pytest.raises(DBAPIError, match="history of the ledger"), owner.begin() as connection:
            connection.execute(text(statement))

    @pytest.mark.parametrize(
        "statement",
        [
            "INSERT INTO webhook_message (invoice_id, sequence) SELECT id, 9 FROM invoice",
            "UPDATE webhook_message SET delivered_at = NULL",
            "UPDATE webhook_endpoint SET gone_at = NULL",
            "SELECT receive_webhook('a', repeat('0', 64), NULL, 'x', 'x')",
        ],
    )
    def test_the_application_goes_by_the_functions_alone(self, arrange, statement):
        with pytest.raises(DBAPIError, match="permission denied"):
            arrange.run(statement)
