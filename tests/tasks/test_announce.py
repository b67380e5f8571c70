"""Announcing: what changed is told to the ERP once, in order, however the ERP fares."""

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from clients.transport import Budget
from clients.webhook_receiver import WebhookReceiver
from clients.webhook_signature import keys_of
from db.ledger import Actor, Ledger
from db.waypoints import Waypoint, listening
from db.webhook_messages import announcing
from sandbox.faults import FaultKind
from sandbox.journal import Call, Outcome
from tasks import announce
from tasks.announce import SPACING_SECONDS, announce_at_the_end, announce_due, begin_announcing, wait_after


@pytest.fixture
def told(sandbox):
    """Source ids and statuses that the ERP took, in order; each webhook-id once."""

    def read():
        taken = {
            entry.webhook_id: (entry.source_id, entry.announced)
            for entry in sandbox.journal.entries(Call.WEBHOOK)
            if entry.outcome is Outcome.ACCEPTED
        }
        return list(taken.values())

    return read


@pytest.fixture
def announcing_bench(open_bench, sandbox):
    with open_bench(
        webhook_url=sandbox.webhook_url, webhook_secret=SecretStr(sandbox.webhook_secret)
    ) as bench:
        begin_announcing(bench.ledger, bench.settings)
        yield bench


@pytest.fixture
def receiver(sandbox):
    opened = WebhookReceiver(sandbox.webhook_url, keys_of(sandbox.webhook_secret), budget=Budget(total=0.5))
    yield opened
    opened.close()


@pytest.fixture
def send(announcing_bench, receiver):
    """Sends what is due."""
    return lambda **terms: announce_due(announcing_bench.ledger, receiver, **terms)


@pytest.fixture
def invoices(announcing_bench, ready):
    """Brings so many invoices to `held` by plain SQL, which announces each; gives their source ids in order."""

    def make(count):
        ids = ready(announcing_bench, count)
        move(announcing_bench.ledger, ids, "held")
        return ids

    return make


def move(ledger, ids, state):
    with ledger.transaction(Actor("a test"), Waypoint.DECIDED) as connection:
        connection.execute(
            text("UPDATE invoice SET state = :state WHERE id = ANY(:ids)"), {"ids": ids, "state": state}
        )


@pytest.fixture
def make_due(owner):
    def make():
        with owner.begin() as connection:
            connection.execute(text("UPDATE webhook_endpoint SET paused_until = NULL"))
            connection.execute(
                text(
                    "UPDATE webhook_message SET next_attempt_at = now()"
                    " WHERE delivered_at IS NULL AND given_up_at IS NULL"
                )
            )

    return make


@pytest.fixture
def stands(ledger):
    def read():
        with ledger.reading() as connection:
            return announcing(connection)

    return read


def test_each_change_is_told_once(send, invoices, told, stands, rows):
    invoices(20)
    announced = send()
    assert (announced.delivered, announced.failed, announced.gone) == (20, 0, False)
    assert sorted(told()) == sorted((row["source_id"], "held") for row in rows())
    assert send().delivered == 0
    assert stands().undelivered == 0


def test_the_changes_of_an_invoice_arrive_in_order(send, announcing_bench, invoices, told):
    ids = invoices(3)
    move(announcing_bench.ledger, ids, "dismissed")
    assert send().delivered == 6
    for source_id in {source_id for source_id, _ in told()}:
        assert [status for told_of, status in told() if told_of == source_id] == ["held", "dismissed"]


def test_no_more_than_the_limit_are_sent(send, invoices, stands):
    invoices(12)
    assert send(limit=9).delivered == 9
    assert stands().undelivered == 3


def test_none_is_begun_once_the_time_is_over(send, invoices, stands):
    invoices(2)
    assert send(within_seconds=0).delivered == 0
    assert stands().undelivered == 2


@pytest.mark.parametrize("kind", [FaultKind.DROP, FaultKind.SERVER_ERROR, FaultKind.SLOW])
def test_a_handful_is_enough_to_see_that_the_erp_is_down(send, invoices, stands, fault, kind):
    invoices(12)
    fault(Call.WEBHOOK, kind, times=None, seconds=1)
    announced = send()
    assert (announced.delivered, announced.failed, announced.gone) == (0, 8, False)
    assert stands().undelivered == 12


def test_what_failed_waits_and_is_told_later(send, invoices, told, fault, make_due):
    invoices(2)
    fault(Call.WEBHOOK, FaultKind.SERVER_ERROR, times=2)
    assert send().failed == 2
    assert send().delivered == 0, "not before it is due"
    make_due()
    assert send().delivered == 2
    assert len(told()) == 2


def test_one_that_arrived_unheard_is_sent_again_under_the_same_id(send, invoices, sandbox, fault, make_due):
    invoices(1)
    fault(Call.WEBHOOK, FaultKind.DROP, taken=True)
    send()
    make_due()
    assert send().delivered == 1
    first, again = sandbox.journal.entries(Call.WEBHOOK)
    assert (first.webhook_id, first.sha256) == (again.webhook_id, again.sha256)


@pytest.mark.parametrize("kind", [FaultKind.TOO_MANY_REQUESTS, FaultKind.UNAVAILABLE])
def test_an_erp_that_asks_for_peace_gets_it(send, invoices, stands, fault, make_due, kind):
    invoices(12)
    fault(Call.WEBHOOK, kind, times=1, retry_after="600")
    send()
    assert stands().paused_until is not None
    left = stands().undelivered
    assert left > 0
    assert send().delivered == 0
    make_due()
    assert send().delivered == left


def test_an_erp_that_is_gone_is_told_no_more(send, announcing_bench, invoices, stands, fault):
    ids = invoices(12)
    fault(Call.WEBHOOK, FaultKind.GONE, times=1)
    assert send().gone
    assert not stands().announces
    assert stands().undelivered == 0
    move(announcing_bench.ledger, ids, "dismissed")
    assert stands().undelivered == 0


def test_after_the_last_try_it_is_given_up(send, invoices, stands, fault, make_due):
    invoices(1)
    fault(Call.WEBHOOK, FaultKind.SERVER_ERROR, times=None)
    for _ in range(len(SPACING_SECONDS) + 1):
        assert stands().given_up == 0
        make_due()
        assert send().failed == 1
    assert (stands().given_up, stands().undelivered) == (1, 0)
    make_due()
    assert send().failed == 0


def test_tries_are_spaced_more_and_more_and_spread():
    for tries, spacing in enumerate(SPACING_SECONDS, start=1):
        waits = {wait_after(tries) for _ in range(50)}
        assert spacing <= min(waits) <= max(waits) <= spacing * 1.2
        assert len(waits) > 1


class Killed(BaseException):
    pass


@pytest.mark.parametrize(
    "waypoint",
    [
        Waypoint.WEBHOOKS_TAKEN,
        Waypoint.WEBHOOK_BEGINS,
        Waypoint.WEBHOOK_ENDED,
        Waypoint.WEBHOOKS_SETTLED,
    ],
)
def test_whoever_is_killed_while_announcing_loses_nothing(send, invoices, told, make_due, waypoint):
    invoices(3)

    def kill(reached):
        if reached is waypoint:
            raise Killed

    with listening(kill), pytest.raises(Killed):
        send()
    make_due()
    send()
    assert len(told()) == 3


class TestTheEndOfARun:
    def test_tells_what_happened(self, announcing_bench, invoices, told):
        invoices(2)
        announce_at_the_end(announcing_bench.ledger, announcing_bench.settings)
        assert len(told()) == 2

    def test_without_an_address_tells_nobody(self, announcing_bench, invoices, told, stands):
        invoices(2)
        settings = announcing_bench.settings.model_copy(update={"webhook_url": None})
        announce_at_the_end(announcing_bench.ledger, settings)
        assert (told(), stands().undelivered) == ([], 2)

    def test_does_not_fail_where_the_erp_is_gone(self, announcing_bench, invoices, fault, caplog):
        invoices(1)
        fault(Call.WEBHOOK, FaultKind.GONE)
        announce_at_the_end(announcing_bench.ledger, announcing_bench.settings)
        assert "410 Gone" in caplog.text

    def test_does_not_fail_where_the_address_is_unusable(self, announcing_bench, caplog):
        settings = announcing_bench.settings.model_copy(update={"webhook_url": "http://h/?token=hush"})
        announce_at_the_end(announcing_bench.ledger, settings)
        assert "No webhooks can be sent" in caplog.text
        assert "hush" not in caplog.text

    def test_does_not_fail_where_the_ledger_is_away(self, announcing_bench, caplog):
        away = Ledger("postgresql+psycopg://127.0.0.1:1/none")
        announce_at_the_end(away, announcing_bench.settings)
        assert "OperationalError" in caplog.text


def test_there_is_no_receiver_without_settings(announcing_bench):
    assert announce.receiver_of(announcing_bench.settings.model_copy(update={"webhook_url": None})) is None
