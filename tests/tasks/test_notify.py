"""Telling people: folded, in plain words, to every channel, however the channels fare."""

from uuid import uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from clients.notification_blocks import slack_webhook
from db.jobs import End, RunOf, end_job, start_job
from db.ledger import Actor, Ledger
from db.notices import Trouble, note_trouble, notices, notices_standing, open_troubles, tell
from db.waypoints import Waypoint, listening
from sandbox.faults import FaultKind
from sandbox.journal import Call, Outcome
from settings import Settings
from tasks.notify import Told, channels_of, notify, notify_of_the_dead, send_due, send_test
from tasks.run_ends import RunEnd

FLOW = "process-invoices"


@pytest.fixture
def heard(sandbox):
    """What Slack took, in order."""

    def read():
        messages = sandbox.journal.entries(Call.MESSAGE)
        return [each.text for each in messages if each.outcome is Outcome.ACCEPTED]

    return read


@pytest.fixture
def run(ledger, sandbox):
    """A run that came to its end: noted, and told as a run's hook does. Gives its id."""

    def ended(
        state, error=None, *, flow=FLOW, prefect=None, settings=None, counts=None, tells=True, **parameters
    ):
        of = RunOf(uuid4(), 1)
        actor = Actor("a test")
        with ledger.worker() as worker:
            with ledger.transaction(actor, Waypoint.JOB_STARTED) as connection:
                start_job(connection, of, worker, flow, "a test", parameters)
            with ledger.transaction(actor, Waypoint.JOB_ENDED) as connection:
                end_job(connection, of.job_id, End(state, counts or {}, 0, error))
        says = prefect or ("failed" if state == "failed" else "completed")
        end = RunEnd(of.job_id, of.flow_run_id, flow, says, error)
        if tells:
            notify(ledger, settings or Settings(), end)
        return of.job_id

    return ended


@pytest.fixture
def later(owner):
    """Lets so many minutes go by."""

    def pass_by(minutes):
        with owner.begin() as connection:
            for table, column in (
                ("trouble", "told_at"),
                ("notice_delivery", "next_attempt_at"),
                ("notice_delivery", "created_at"),
                ("job", "ended_at"),
            ):
                connection.execute(
                    text(f"UPDATE {table} SET {column} = {column} - make_interval(mins => :by)"),
                    {"by": minutes},
                )

    return pass_by


@pytest.fixture
def stands(ledger):
    def read():
        with ledger.reading() as connection:
            return notices_standing(connection)

    return read


@pytest.fixture
def goes_on(ledger):
    """Kinds and problems of the trouble that goes on."""

    def read():
        with ledger.reading() as connection:
            return [(each["kind"], each["problem"]) for each in open_troubles(connection)]

    return read


class TestWhatARunCameTo:
    def test_a_run_that_failed_says_why_and_where_to_look(self, run, heard):
        job_id = run("failed", "Clearfacts did not give its list of companies, so nothing was sent.")
        (message,) = heard()
        title, why, then, *_ = message.split("\n")
        assert title == "*process-invoices failed*"
        assert why == "Clearfacts did not give its list of companies, so nothing was sent."
        assert then == f"Next: `waybill jobs {job_id}`"

    def test_a_run_that_needs_nobody_is_not_news(self, run, heard, stands):
        run("completed")
        assert (heard(), stands().open_troubles) == ([], 0)

    def test_the_same_failure_is_told_once_an_hour_and_counted(self, run, heard, later):
        for second in range(4):
            run("failed", f"Clearfacts did not answer within {second} s.")
        later(61)
        run("failed", "Clearfacts did not answer within 60 s.")
        first, again = heard()
        assert "times" not in first
        assert "Again 4 times since 20" in again

    def test_another_failure_of_the_flow_is_told_too(self, run, heard):
        run("failed", "Clearfacts did not answer.")
        run("failed", "The source did not answer.")
        assert len(heard()) == 2

    def test_the_next_run_that_ends_well_is_told_as_the_end_of_it(self, run, heard, goes_on):
        run("failed", "Clearfacts did not answer.")
        run("failed", "Clearfacts did not answer.")
        run("completed", flow="redeliver-invoices")
        assert len(heard()) == 1
        run("completed")
        _, recovery = heard()
        assert recovery.startswith("*process-invoices runs again*\nFrom 20")
        assert "It happened 1 more times" in recovery
        assert goes_on() == []

    @pytest.mark.parametrize(
        ("prefect", "kind", "words"),
        [
            ("crashed", "run_stopped", "was cut off*\nInterrupted."),
            ("cancelled", "run_cancelled", "was cancelled*\nSomebody cancelled it"),
            ("cancelling", "run_cancelled", "was cancelled*\nSomebody cancelled it"),
        ],
    )
    def test_an_end_that_is_not_its_own_is_told_as_what_it_is(
        self, run, heard, goes_on, prefect, kind, words
    ):
        run("failed", "Interrupted.", prefect=prefect)
        assert words in heard()[0]
        assert [found for found, _ in goes_on()] == [kind]

    def test_of_an_exception_its_name_alone_is_told(self, run, heard):
        run("failed", "ValueError: Jan Peeters owes EUR 121.00 on BE68 5390 0754 7034")
        (message,) = heard()
        assert "\nValueError\n" in message
        assert "Peeters" not in message

    @pytest.mark.parametrize(
        "secret", ["Bearer abcdefgh1234", "jan.peeters@example.be", "BE68539007547034", "api_key=hush"]
    )
    def test_no_secret_and_nobody_is_in_a_message(self, run, heard, secret):
        run("failed", f"The source answered: {secret} is not known.")
        (message,) = heard()
        assert secret not in message

    def test_what_a_neighbour_said_mentions_and_links_nobody(self, run, heard):
        run("failed", "The source said: <!channel> <http://evil.example|pay> http://evil.example")
        (message,) = heard()
        assert "<!" not in message
        assert "://evil" not in message

    def test_runs_for_parts_of_the_companies_are_told_apart(self, run, heard, goes_on):
        run("failed", "Clearfacts did not answer.", part="1/2")
        run("completed", part="2/2")
        assert heard()[0].startswith("*process-invoices 1/2 failed*")
        assert len(goes_on()) == 1
        run("completed", part="1/2")
        assert heard()[1].startswith("*process-invoices 1/2 runs again*")
        run("needs_person", part="1/2")
        assert goes_on() == [], "no invoice of it waits"

    def test_a_dry_run_is_told_to_nobody(self, run, heard, goes_on):
        run("needs_person", dry_run=True)
        run("failed", "Clearfacts did not answer.", dry_run=True)
        assert (heard(), goes_on()) == ([], [])

    def test_a_dry_run_that_ends_well_ends_no_trouble(self, run, goes_on):
        run("failed", "Clearfacts did not answer.")
        run("completed", dry_run=True)
        assert len(goes_on()) == 1

    def test_a_run_that_did_not_come_to_a_job_is_told(self, ledger, heard):
        end = RunEnd(uuid4(), uuid4(), FLOW, "failed", "A setting is not usable.")
        for _ in range(2):
            notify(ledger, Settings(), end)
        (message,) = heard()
        assert "A setting is not usable." in message
        assert "`waybill status`" in message

    def test_of_reconciling_the_receipts_are_counted_until_all_are_well(self, run, heard, goes_on):
        counts = {"different": 3, "not_checked": 1, "fewer": 2}
        run("needs_person", flow="reconcile-deliveries", counts=counts)
        run("needs_person", flow="reconcile-deliveries", counts=counts)
        assert "3 differ and 1 could not be checked; 2 monthly counts" in heard()[0]
        assert goes_on() == [("people_needed", "")]
        run("completed", flow="reconcile-deliveries")
        assert goes_on() == []
        assert "nobody is needed any more" in heard()[1]


class TestOthersThatWaitForNoRun:
    def test_a_run_that_was_killed_is_told_by_whoever_looks_next(self, ledger, heard):
        of = RunOf(uuid4(), 1)
        with (
            ledger.worker() as worker,
            ledger.transaction(Actor("a test"), Waypoint.JOB_STARTED) as connection,
        ):
            start_job(connection, of, worker, FLOW, "a test", {})
        for _ in range(2):
            notify(ledger, Settings())
        (message,) = heard()
        assert message.startswith("*process-invoices was cut off*\nIts process was killed")

    def test_a_run_whose_process_told_nobody_is_told_a_minute_later(self, ledger, run, heard, later):
        run("failed", "Clearfacts did not answer.", tells=False)
        notify(ledger, Settings())
        assert heard() == []
        later(2)
        notify(ledger, Settings())
        assert len(heard()) == 1


class TestChannelsThatFail:
    def test_what_slack_did_not_take_is_sent_once_it_is_back(
        self, ledger, run, heard, fault, later, stands, caplog
    ):
        fault(Call.MESSAGE, FaultKind.UNAVAILABLE, times=2)
        run("failed", "Clearfacts did not answer.")
        assert (heard(), stands().waiting) == ([], 1)
        assert notify(ledger, Settings()).failed == 0, "not before its time"
        later(2)
        notify(ledger, Settings())
        later(2)
        notify(ledger, Settings())
        assert (len(heard()), stands().waiting) == (1, 0)
        assert "a message did not reach slack" in caplog.text
        assert "T00SANDBOX" not in caplog.text, "the address is a secret"

    def test_it_is_left_alone_for_the_rest_of_the_round_and_the_others_do_not_wait(
        self, ledger, sandbox, fault
    ):
        channels = [slack_webhook(sandbox.slack_webhook_url) for _ in range(2)]
        channels[1].name = "another"
        with ledger.transaction(Actor("a test"), Waypoint.PEOPLE_TOLD) as connection:
            for number in range(2):
                trouble = note_trouble(connection, Trouble("run_failed", FLOW, str(number)))
                body = {"lines": [], "links": []}
                tell(connection, trouble, "trouble", "A title", body, [each.name for each in channels])
        fault(Call.MESSAGE, FaultKind.UNAVAILABLE, times=1)
        assert send_due(ledger, channels) == Told(delivered=2, failed=1)

    def test_after_a_day_it_is_given_up_and_that_stays_visible(self, ledger, run, fault, later, stands):
        fault(Call.MESSAGE, FaultKind.UNAVAILABLE, times=None)
        run("failed", "Clearfacts did not answer.")
        later(24 * 60)
        notify(ledger, Settings())
        assert (stands().waiting, stands().given_up) == (0, 1)
        with ledger.reading() as connection:
            (notice,) = notices(connection, None)
        assert notice["channels"][0]["error"].startswith("It answered")

    def test_whoever_is_killed_after_sending_has_it_sent_again(self, ledger, run, heard, later):
        class Killed(BaseException):
            pass

        def kill(waypoint):
            if waypoint is Waypoint.NOTICE_ENDED:
                raise Killed

        with listening(kill), pytest.raises(Killed):
            run("failed", "Clearfacts did not answer.")
        later(3)
        notify(ledger, Settings())
        first, second = heard()
        assert first == second

    def test_without_a_channel_it_is_on_record_that_nobody_was_told(self, ledger, run, stands):
        nobody = Settings(slack_webhook_url=None)
        run("failed", "Clearfacts did not answer.", settings=nobody)
        with ledger.reading() as connection:
            (notice,) = notices(connection, None)
        assert (notice["title"], notice["channels"]) == ("process-invoices failed", [])
        assert stands().waiting == 0


class TestSettings:
    def test_messages_speak_the_language_of_the_settings(self, run, heard):
        run("failed", "Clearfacts did not answer.", settings=Settings(language="nl"))
        (message,) = heard()
        assert message.startswith("*process-invoices is mislukt*")
        assert "Volgende stap: `waybill jobs" in message

    def test_links_lead_to_the_job_in_the_facade_where_its_address_is_known(self, run, heard):
        job_id = run("failed", "No.", settings=Settings(public_url="https://waybill.example/"))
        assert f"<https://waybill.example/api/v1/jobs/{job_id}|Job>" in heard()[0]

    def test_channels_are_slack_and_the_blocks_that_are_named(self):
        named = Settings(
            slack_webhook_url=SecretStr("https://hooks.example/hush"),
            notification_blocks=("ms-teams-webhook/ops", "custom-webhook/pager"),
        )
        assert [each.name for each in channels_of(named)] == [
            "slack", "ms-teams-webhook/ops", "custom-webhook/pager",
        ]  # fmt: skip
        assert channels_of(Settings(slack_webhook_url=None)) == []


class TestATest:
    def test_it_arrives(self, ledger, heard, stands):
        send_test(ledger, Settings(), within_seconds=10)
        assert heard() == ["*A test of Waybill's messages*\nWhoever reads this hears of trouble here."]
        assert stands().waiting == 0

    def test_one_that_did_not_arrive_is_not_sent_later(self, ledger, fault, heard, later, stands):
        fault(Call.MESSAGE, FaultKind.UNAVAILABLE, times=1)
        send_test(ledger, Settings(), within_seconds=10)
        later(10)
        notify(ledger, Settings())
        assert (heard(), stands().given_up) == ([], 1)


def test_a_run_that_finds_others_dead_says_so_before_its_own_end_makes_all_well(ledger, run, heard):
    of = RunOf(uuid4(), 1)
    with ledger.worker() as worker, ledger.transaction(Actor("a test"), Waypoint.JOB_STARTED) as connection:
        start_job(connection, of, worker, FLOW, "a test", {})
    notify_of_the_dead(ledger, Settings())
    run("completed")
    killed, well = heard()
    assert "Its process was killed" in killed
    assert well.startswith("*process-invoices runs again*")


def test_a_ledger_that_is_away_at_that_moment_keeps_no_run_from_its_work(sandbox, caplog):
    away = Ledger("postgresql+psycopg://nobody:hush@127.0.0.1:1/waybill")
    notify_of_the_dead(away, Settings())
    assert "runs that died are told of later: the ledger answered OperationalError" in caplog.text
    assert "hush" not in caplog.text
