"""Announcing by the facade: what changes in the ledger is told to the ERP while no run is there to do it."""

import pytest
from sqlalchemy import text

from db.ledger import Actor
from db.waypoints import Waypoint
from db.webhook_messages import announcing
from sandbox.faults import Fault, FaultKind
from sandbox.journal import Call
from sandbox.serve import Sandbox
from tests.api.surroundings import an_invoice_that_is_superseded, until


@pytest.fixture
def sandbox():
    with Sandbox() as running:
        yield running


@pytest.fixture
def stands(ledger):
    def read():
        with ledger.reading() as connection:
            return announcing(connection)

    return read


@pytest.fixture
def announcing_facade(serve, sandbox, stands):
    serve(webhook_url=sandbox.webhook_url, webhook_secret=sandbox.webhook_secret)
    until(lambda: stands().announces)


@pytest.mark.usefixtures("announcing_facade")
def test_a_change_is_told_without_a_run(ledger, sandbox, stands):
    an_invoice_that_is_superseded(ledger)
    until(lambda: sandbox.journal.entries(Call.WEBHOOK))
    (entry,) = sandbox.journal.entries(Call.WEBHOOK)
    assert (entry.source_id, entry.announced) == ("A1", "superseded")
    until(lambda: stands().undelivered == 0)


@pytest.mark.usefixtures("announcing_facade")
def test_an_erp_that_is_gone_is_told_no_more(ledger, sandbox, stands):
    sandbox.faults.add(Fault(call=Call.WEBHOOK, fault=FaultKind.GONE))
    an_invoice_that_is_superseded(ledger)
    until(lambda: stands().gone_at)
    assert (stands().announces, stands().given_up) == (False, 1)


def test_a_facade_without_an_address_switches_it_off(serve, ledger, sandbox, stands):
    with ledger.transaction(Actor("a test"), Waypoint.ANNOUNCING_SET) as connection:
        connection.execute(text("SELECT announce_to(repeat('0', 64))"))
    assert stands().announces
    serve()
    until(lambda: not stands().announces)
