"""What people hear when a run ends: read from the sandbox's Slack, over real HTTP."""

import asyncio
import os
import time
from types import SimpleNamespace
from uuid import uuid4

import pytest
from prefect.blocks.notifications import CustomWebhookNotificationBlock
from prefect.states import Cancelled, Completed, Crashed, Failed
from sqlalchemy import text

from db.decisions import Decision, Ruling, decide
from db.ledger import Actor
from db.notices import notices, notices_standing, open_troubles
from db.waypoints import Waypoint
from flows.hooks import tell_people
from flows.process import process_invoices
from flows.reconcile import reconcile_deliveries
from flows.redeliver import redeliver_invoices
from invoices.lifecycle import NEEDS_PERSON, State
from sandbox.demo import demo_records
from sandbox.faults import FaultKind
from sandbox.journal import Call, Outcome
from sandbox.load import load_records


@pytest.fixture
def heard(sandbox):
    """What Slack took, in order."""

    def read():
        messages = sandbox.journal.entries(Call.MESSAGE)
        return [each.text for each in messages if each.outcome is Outcome.ACCEPTED]

    return read


@pytest.fixture
def stands(ledger):
    def read():
        with ledger.reading() as connection:
            return notices_standing(connection)

    return read


def offer(sandbox, *records):
    for record in records:
        sandbox.feed.put(record)


@pytest.fixture
def hook(prefect_api, sandbox):
    """Calls the hook as Prefect does, in whichever process, for a run of which the ledger knows nothing."""

    def call(state):
        flow_run = SimpleNamespace(id=uuid4(), run_count=1, name="a-run")
        asyncio.run(tell_people(flow=process_invoices, flow_run=flow_run, state=state))

    return call


@pytest.mark.parametrize("flow", [process_invoices, redeliver_invoices, reconcile_deliveries])
def test_every_flow_tells_people_however_its_run_ends(flow):
    hooks = (
        flow.on_completion_hooks, flow.on_failure_hooks, flow.on_crashed_hooks, flow.on_cancellation_hooks,
    )  # fmt: skip
    assert all(each == [tell_people] for each in hooks)


class TestPeopleAreNeeded:
    def test_they_hear_which_invoices_why_and_what_to_do_next_and_when_it_is_over(
        self, sandbox, run_job, rows, heard, ledger
    ):
        offer(sandbox, *demo_records())
        report = run_job()
        (message,) = heard()
        title, count, *reasons, then, links = message.split("\n")
        waiting = [row for row in rows() if row["state"] in NEEDS_PERSON]
        assert title == "*process-invoices: people are needed*"
        assert count == f"{len(waiting)} invoices wait for a person:"
        assert "1 × The document does not have the structure of UBL 2.1 [UBL-XSD]: F2026-040" in reasons  # noqa: RUF001
        assert all(row["number"] in message for row in waiting)
        assert then == f"Next: `waybill invoices --needs-person --job {report.job_id}`"
        assert (
            links
            == f"<{os.environ['PREFECT_API_URL'].removesuffix('/api')}/runs/flow-run/{report.job_id}|Run in Prefect>"
        )
        for found in (finding for row in waiting for finding in row["findings"]):
            assert found["message"] not in message, "it may quote a value"

        for row in waiting:
            dismiss(ledger, row)
        run_job()
        assert heard()[1].startswith("*process-invoices: nobody is needed any more*\nFrom 20")

    def test_runs_that_need_them_again_within_the_hour_are_not_told_again(
        self, sandbox, run_job, fault, heard, ledger
    ):
        fault(Call.UPLOAD, FaultKind.ERRORS, message="Amount 1234.56 of Jan Peeters is wrong", times=3)
        for record in load_records(3):
            offer(sandbox, record)
            run_job()
        (message,) = heard()
        assert "1 × Clearfacts refused it: " in message  # noqa: RUF001
        assert "Peeters" not in message
        with ledger.reading() as connection:
            (trouble,) = open_troubles(connection)
        assert trouble["untold"] == 2

    def test_a_dry_run_tells_nobody(self, sandbox, run_job, heard):
        offer(sandbox, *demo_records())
        assert run_job(dry_run=True).state == "needs_person"
        assert heard() == []

    def test_a_run_that_needs_nobody_tells_nobody(self, sandbox, run_job, heard):
        offer(sandbox, *load_records(1))
        run_job()
        assert heard() == []


def dismiss(ledger, row):
    ruling = Ruling(Decision.DISMISS, "a person", State(row["state"]), "seen", None)
    with ledger.transaction(Actor("a person"), Waypoint.DECIDED) as connection:
        decide(connection, row["id"], ruling)


class TestARunThatFails:
    def test_people_hear_why_and_that_it_runs_again(self, run_job, fault, heard):
        fault(Call.ADMINISTRATIONS, FaultKind.FORBIDDEN, times=1)
        report = run_job()
        assert report.state == "failed"
        run_job()
        trouble, recovery = heard()
        assert trouble.startswith("*process-invoices failed*\nClearfacts did not give its list of companies")
        assert f"Next: `waybill jobs {report.job_id}`" in trouble
        assert recovery.startswith("*process-invoices runs again*")

    def test_a_neighbour_that_is_left_alone_is_told_until_it_answers_again(
        self, sandbox, run_job, fault, heard, monkeypatch
    ):
        monkeypatch.setenv("WAYBILL_CLEARFACTS_GIVE_UP_AFTER", "2")
        monkeypatch.setenv("WAYBILL_BREAKER_OPEN_SECONDS", "0.01")
        monkeypatch.setenv("WAYBILL_CLEARFACTS_CONCURRENCY", "1")
        monkeypatch.setenv("WAYBILL_RETRY_ROUNDS", "0")
        fault(Call.UPLOAD, FaultKind.SERVER_ERROR, times=2)
        offer(sandbox, *load_records(4))
        run_job()
        assert "*clearfacts does not answer and is left alone*" in "\n".join(heard())
        time.sleep(0.05)
        run_job()
        assert "*clearfacts answers again*" in "\n".join(heard())


class TestWithoutSlack:
    def test_a_slack_that_is_down_changes_nothing_of_the_run_and_hears_later(
        self, sandbox, run_job, fault, heard, stands, owner
    ):
        offer(sandbox, *demo_records())
        fault(Call.MESSAGE, FaultKind.DROP, times=2)
        assert run_job().state == "needs_person"
        assert (heard(), stands().waiting) == ([], 1)
        with owner.begin() as connection:
            connection.execute(text("UPDATE notice_delivery SET next_attempt_at = now()"))
        run_job()
        assert (len(heard()), stands().waiting) == (1, 0)

    def test_a_run_without_any_channel_is_on_record(self, sandbox, run_job, monkeypatch, ledger):
        monkeypatch.delenv("WAYBILL_SLACK_WEBHOOK_URL")
        offer(sandbox, *demo_records())
        run_job()
        with ledger.reading() as connection:
            (notice,) = notices(connection, None)
        assert notice["channels"] == []


def test_a_block_of_prefect_hears_the_same_as_slack(sandbox, run_job, heard, monkeypatch):
    block = CustomWebhookNotificationBlock(
        name="ops", url=sandbox.slack_webhook_url, json_data={"text": "{{subject}}: {{body}}"}
    )
    block.save("ops", overwrite=True)
    monkeypatch.setenv("WAYBILL_NOTIFICATION_BLOCKS", "custom-webhook/ops")
    monkeypatch.delenv("WAYBILL_SLACK_WEBHOOK_URL")
    offer(sandbox, *demo_records())
    report = run_job()
    (message,) = heard()
    assert message.startswith("process-invoices: people are needed: 5 invoices wait for a person:\n1 ×")  # noqa: RUF001
    assert message.splitlines()[-1].startswith("Run in Prefect: http://")
    assert message.endswith(f"/runs/flow-run/{report.job_id}")


class TestTheHookAlone:
    @pytest.mark.parametrize(
        ("state", "title"),
        [
            (Failed(message="A setting is not usable."), "process-invoices failed"),
            (Crashed(message="The process ended with 137."), "process-invoices was cut off"),
            (Cancelled(message="Stop."), "process-invoices was cancelled"),
        ],
    )
    def test_a_run_that_the_ledger_does_not_know_is_told(self, hook, heard, state, title):
        hook(state)
        assert heard()[0].startswith(f"*{title}*")

    def test_a_run_that_ended_well_is_no_news(self, hook, heard):
        hook(Completed())
        assert heard() == []

    def test_a_ledger_that_cannot_be_reached_is_told_too_about_once_an_hour(
        self, hook, heard, monkeypatch, tmp_path
    ):
        monkeypatch.setenv("WAYBILL_DATABASE_URL", "postgresql://nobody:hush@127.0.0.1:1/waybill")
        monkeypatch.setenv("WAYBILL_DATA_DIR", str(tmp_path / "data"))
        for _ in range(3):
            hook(Failed(message="The ledger's database is away."))
        hook(Completed())
        (message,) = heard()
        assert "The ledger's database is away." in message
        assert "this is not counted" in message
        an_hour_ago = time.time() - 3601
        os.utime(tmp_path / "data" / "told-without-ledger", (an_hour_ago, an_hour_ago))
        hook(Failed(message="The ledger's database is away."))
        assert len(heard()) == 2

    def test_where_no_mark_can_be_left_it_is_told_each_time(self, hook, heard, monkeypatch, tmp_path):
        (tmp_path / "data").write_text("no directory")
        monkeypatch.setenv("WAYBILL_DATABASE_URL", "postgresql://nobody:hush@127.0.0.1:1/waybill")
        monkeypatch.setenv("WAYBILL_DATA_DIR", str(tmp_path / "data"))
        for _ in range(2):
            hook(Failed())
        assert len(heard()) == 2

    def test_nothing_that_goes_wrong_in_it_is_raised(self, hook, fault, monkeypatch, tmp_path, caplog):
        monkeypatch.setenv("WAYBILL_DATABASE_URL", "postgresql://nobody:hush@127.0.0.1:1/waybill")
        monkeypatch.setenv("WAYBILL_DATA_DIR", str(tmp_path))
        fault(Call.MESSAGE, FaultKind.UNAVAILABLE, times=None)
        hook(Failed())
        monkeypatch.setenv("WAYBILL_CHUNK_SIZE", "none")
        hook(Failed())
        assert "a message did not reach slack" in caplog.text
        assert "people were not told how process-invoices ended: ValidationError" in caplog.text
        assert "hush" not in caplog.text
        assert "T00SANDBOX" not in caplog.text
