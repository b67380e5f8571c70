"""`waybill notices`: what people were told, what goes on, and whether they could be told."""

import pytest
from sqlalchemy import create_engine, text

from db.ledger import Actor
from db.notices import Trouble, note_trouble
from db.waypoints import Waypoint
from sandbox.faults import Fault, FaultKind
from sandbox.journal import Call
from settings import Settings
from tasks.notify import notify


@pytest.fixture
def ledger(bench, settings, cli_database):
    """A ledger in which nobody was told anything yet."""
    owner = create_engine(cli_database)
    with owner.begin() as connection:
        connection.execute(text("UPDATE job SET noticed_at = now(), trouble_id = NULL"))
        connection.execute(text("DELETE FROM notice_delivery; DELETE FROM notice; DELETE FROM trouble"))
    owner.dispose()
    return bench.ledger


@pytest.fixture
def trouble(ledger):
    """Something happens, and people are told."""

    def happens(said="Clearfacts did not answer."):
        with ledger.transaction(Actor("a test"), Waypoint.TROUBLE_NOTED) as connection:
            note_trouble(connection, Trouble("run_failed", "process-invoices", said, said))
        notify(ledger, Settings())

    return happens


def test_it_shows_what_people_were_told_and_that_it_reached_them(waybill, trouble):
    trouble()
    shown = waybill("notices").stdout
    assert "process-invoices failed\n  Clearfacts did not answer.\n  Next: `waybill status`\n" in shown
    assert shown.endswith("  slack: delivered\n")


def test_it_says_where_a_message_waits_and_why(waybill, trouble, sandbox):
    sandbox.faults.add(Fault(call=Call.MESSAGE, fault=FaultKind.UNAVAILABLE, times=1))
    trouble()
    assert "slack: waiting after 1 tries. It answered" in waybill("notices").stdout


def test_programs_read_it_newest_first(waybill, trouble):
    trouble("One.")
    trouble("Two.")
    newest, oldest = waybill.rows("notices")
    assert (newest["lines"][0], oldest["lines"][0]) == ("Two.", "One.")
    assert newest["channels"][0] == {
        "channel": "slack", "state": "delivered", "tries": 1, "error": None,
        "delivered_at": newest["channels"][0]["delivered_at"],
    }  # fmt: skip
    assert waybill.rows("notices", "--limit", "1") == [newest]


def test_it_shows_the_trouble_that_goes_on(waybill, trouble):
    trouble()
    assert "run_failed" in waybill("notices", "--open").stdout
    (row,) = waybill.rows("notices", "--open")
    assert (row["kind"], row["subject"], row["untold"]) == ("run_failed", "process-invoices", 0)


@pytest.mark.usefixtures("ledger")
class TestATest:
    def test_it_says_whether_it_arrived(self, waybill, sandbox):
        sandbox.journal.clear()
        result = waybill("notices", "--test")
        assert result.exit_code == 0
        assert "slack: delivered" in result.stdout
        assert sandbox.journal.entries(Call.MESSAGE)[0].text.startswith("*A test of Waybill's messages*")

    def test_one_that_did_not_arrive_is_exit_code_2(self, waybill, sandbox):
        sandbox.faults.add(Fault(call=Call.MESSAGE, fault=FaultKind.UNAVAILABLE, times=1))
        result = waybill("notices", "--test")
        assert result.exit_code == 2
        assert "slack: given up after 1 tries. It answered" in result.stdout

    def test_without_a_channel_it_says_which_setting(self, waybill, monkeypatch):
        monkeypatch.delenv("WAYBILL_SLACK_WEBHOOK_URL")
        result = waybill("notices", "--test")
        assert result.exit_code == 2
        assert "set WAYBILL_SLACK_WEBHOOK_URL or WAYBILL_NOTIFICATION_BLOCKS" in " ".join(
            result.stderr.split()
        )
