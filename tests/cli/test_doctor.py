"""`waybill doctor`: each step comes to one of three verdicts, with what to do; nothing changes, no secret shows."""

import json
import socket
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import create_engine, text

from cli.doctor_outside import _skew
from cli.examination import Step, Verdict, examined, ok, problem
from db import migrate
from sandbox.faults import Fault, FaultKind
from sandbox.journal import Call
from tests.cli.speaking_prefect import NAMES, deployed, planned, speaking

STEPS = [
    "settings", "data-directory", "disk-space", "database", "database-role", "ledger-schema", "encryption-keys",
    "routes", "prefect", "prefect-deployments", "prefect-schedules", "source", "source-token", "clearfacts-token",
    "clearfacts-companies", "clearfacts-scopes", "notices", "webhook", "clock-database", "clock-clearfacts",
]  # fmt: skip
NOWHERE = "http://127.0.0.1:1"


@pytest.fixture(autouse=True)
def _surroundings(settings, tmp_path, sandbox):
    settings.setenv("WAYBILL_DATA_DIR", str(tmp_path / "data"))
    settings.delenv("PREFECT_API_URL", raising=False)
    settings.delenv("WAYBILL_SLACK_WEBHOOK_URL")
    yield
    sandbox.faults.clear()


@pytest.fixture
def found(waybill, sandbox, cli_database):
    """What the steps found, by name; no secret stands anywhere in it."""

    def examine(*options):
        result = waybill("doctor", "--json", *options)
        for secret in (sandbox.clearfacts_token, sandbox.java_backend_token, sandbox.slack_webhook_url):
            assert secret not in result.output
        rows = [json.loads(line) for line in result.stdout.splitlines()]
        assert all(list(row) == ["step", "verdict", "says", "means", "mend"] for row in rows)
        assert all(row["mend"] for row in rows if row["verdict"] == "problem")
        verdicts = {row["verdict"] for row in rows}
        assert result.exit_code == (0 if verdicts == {"ok"} else 1)
        return {row["step"]: row for row in rows}

    return examine


@pytest.fixture
def of_its_own(administration, postgres):
    """An address of a database that is empty."""
    name = "waybill_doctor"
    with administration.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield postgres.set(database=name)
    with administration.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def prefect(settings):
    """A Prefect server with everything that should be there."""
    deployments = list(map(deployed, NAMES))
    with speaking(deployments, list(map(planned, deployments))) as url:
        settings.setenv("PREFECT_API_URL", url)
        yield url


def shown(url):
    return url.render_as_string(hide_password=False)


@pytest.mark.usefixtures("prefect")
def test_an_installation_that_is_well_is_said_to_be_so(found, waybill):
    steps = found()
    assert list(steps) == STEPS
    assert {name: each["says"] for name, each in steps.items() if each["verdict"] != "ok"} == {}
    assert "PostgreSQL" in steps["database"]["says"]
    assert "acts as" in steps["clearfacts-token"]["says"]
    assert "read_administrations" in steps["clearfacts-scopes"]["says"]
    result = waybill("doctor")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "All is well.")


def test_people_read_what_it_means_and_what_to_do(waybill, settings):
    settings.setenv("WAYBILL_CLEARFACTS_TOKEN", "short")
    result = waybill("doctor")
    lines = result.stdout.splitlines()
    (at,) = [
        number
        for number, line in enumerate(lines)
        if "clearfacts-token" in line and line.startswith("problem")
    ]
    assert "401" in lines[at]
    assert (
        "has 5 characters, where a personal access token has 80" in lines[at + 1] or "To do" in lines[at + 1]
    )
    assert "problems; " in lines[-1]


def test_nothing_is_uploaded_acknowledged_sent_or_changed(found, sandbox, cli_database, data_dir):
    before = {
        call: len(sandbox.journal.entries(call)) for call in (Call.UPLOAD, Call.ACKNOWLEDGEMENT, Call.MESSAGE)
    }
    count = text("SELECT (SELECT count(*) FROM source_position), (SELECT count(*) FROM job), "
                 "(SELECT count(*) FROM invoice), (SELECT count(*) FROM audit_event)")  # fmt: skip
    engine = create_engine(cli_database)
    with closing(engine.connect()) as connection:
        rows = connection.execute(count).one()
        found()
        assert connection.execute(count).one() == rows
    engine.dispose()
    assert {call: len(sandbox.journal.entries(call)) for call in before} == before


def test_settings_that_cannot_be_read_are_the_only_finding(found, settings):
    settings.setenv("WAYBILL_CHUNK_SIZE", "many")
    steps = found()
    assert [(name, each["verdict"]) for name, each in steps.items()] == [("settings", "problem")]
    assert "WAYBILL_CHUNK_SIZE" in steps["settings"]["says"]


class TestPlace:
    def test_a_data_directory_that_is_a_file_is_a_problem(self, found, settings, tmp_path):
        (tmp_path / "file").touch()
        settings.setenv("WAYBILL_DATA_DIR", str(tmp_path / "file"))
        assert found()["data-directory"]["verdict"] == "problem"

    def test_a_data_directory_that_takes_no_files_is_a_problem(self, found, settings):
        settings.setenv("WAYBILL_DATA_DIR", "/proc/self")
        assert found()["data-directory"]["verdict"] == "problem"

    def test_a_disk_that_is_nearly_full_is_a_problem(self, found, settings):
        # It is a file system without room for anything.
        settings.setenv("WAYBILL_DATA_DIR", "/proc/self")
        assert "0.0 GiB" in found()["disk-space"]["says"]


class TestLedger:
    def test_a_database_that_is_not_there_is_a_problem_and_what_it_holds_could_not_be_checked(
        self, found, settings
    ):
        settings.setenv("WAYBILL_DATABASE_URL", "postgresql://waybill:hush@127.0.0.1:1/nothing")
        steps = found()
        assert steps["database"]["verdict"] == "problem"
        assert "hush" not in json.dumps(steps)
        for name in ("database-role", "ledger-schema", "encryption-keys", "routes", "clock-database"):
            assert steps[name]["verdict"] == "could_not_check", name
        assert steps["clearfacts-token"]["verdict"] == "ok"
        assert steps["clearfacts-companies"]["verdict"] == "could_not_check"

    def test_an_empty_database_has_no_ledger_yet(self, found, settings, of_its_own):
        settings.setenv("WAYBILL_DATABASE_URL", shown(of_its_own))
        steps = found()
        assert steps["database"]["verdict"] == steps["database-role"]["verdict"] == "ok"
        assert steps["ledger-schema"]["verdict"] == steps["routes"]["verdict"] == "could_not_check"
        assert "waybill db upgrade" in steps["ledger-schema"]["mend"]

    @pytest.mark.parametrize(("revision", "words"), [("0012", "waybill db upgrade"), ("9999", "newer")])
    def test_a_schema_of_another_revision_is_a_problem(self, found, settings, of_its_own, revision, words):
        engine = create_engine(of_its_own)
        with engine.begin() as connection:
            migrate.upgrade(connection)
            connection.execute(text("UPDATE alembic_version SET version_num = :to"), {"to": revision})
        engine.dispose()
        settings.setenv("WAYBILL_DATABASE_URL", shown(of_its_own))
        schema = found()["ledger-schema"]
        assert schema["verdict"] == "problem"
        assert words in schema["mend"]

    @pytest.mark.parametrize(
        ("grant", "verdict", "words"),
        [
            ("", "problem", "GRANT waybill_app"),
            ("GRANT waybill_app TO waybill_doctor_alone", "ok", "needs the tables' owner"),
        ],
    )
    def test_what_the_role_may_do_is_told(
        self, found, settings, administration, cli_database, grant, verdict, words
    ):
        with administration.connect() as connection:
            connection.execute(text(f"CREATE ROLE waybill_doctor_alone LOGIN; {grant}"))
        settings.setenv("WAYBILL_DATABASE_URL", shown(cli_database.set(username="waybill_doctor_alone")))
        try:
            role = found()["database-role"]
        finally:
            with administration.connect() as connection:
                connection.execute(text("DROP ROLE waybill_doctor_alone"))
        assert role["verdict"] == verdict
        assert words in f"{role['means']} {role['mend']}"

    def test_a_key_that_is_not_at_hand_is_a_problem(self, found, settings, cli_database):
        assert found()["encryption-keys"]["verdict"] == "ok"
        engine = create_engine(cli_database)
        with engine.begin() as connection:
            payload_id = connection.execute(
                text(
                    "INSERT INTO payload (content, media_type, size, sha256, key_id)"
                    " VALUES ('x', 'application/xml', 1, repeat('0', 64), '0123456789abcdef') RETURNING id"
                )
            ).scalar_one()
        settings.setenv("WAYBILL_ENCRYPTION_KEYS", Fernet.generate_key().decode())
        try:
            keys = found()["encryption-keys"]
        finally:
            with engine.begin() as connection:
                connection.execute(text("SET session_replication_role = replica"))
                connection.execute(text("DELETE FROM payload WHERE id = :id"), {"id": payload_id})
            engine.dispose()
        assert keys["verdict"] == "problem"
        assert "0123456789abcdef" in keys["says"]

    def test_the_start_date_stands_in_words(self, found, settings):
        settings.setenv("WAYBILL_DELIVER_FROM", "2026-12-01")
        means = found()["routes"]["means"]
        assert "issued before 2026-12-01 are out of scope (WAYBILL_DELIVER_FROM)" in means
        settings.delenv("WAYBILL_DELIVER_FROM")
        assert "the day the ledger was made" in found()["routes"]["means"]

    def test_routes_are_told_and_all_of_them_off_is_a_problem(self, found, waybill):
        waybill("routes", "set", "--company", "0999999922", "--direction", "sale", "--off")
        waybill("routes", "set", "--deliver-from", "2026-05-01")
        try:
            assert "sales of 0999999922 off" in found()["routes"]["says"]
            assert "all companies from 2026-05-01" in found()["routes"]["says"]
            waybill("routes", "set", "--off")
            assert found()["routes"]["verdict"] == "problem"
        finally:
            waybill("routes", "forget")
            waybill("routes", "forget", "--company", "0999999922", "--direction", "sale")

    def test_an_embedded_ledger_that_nobody_made_is_not_made_by_looking(self, found, settings, tmp_path):
        settings.delenv("WAYBILL_DATABASE_URL")
        assert found()["database"]["verdict"] == "could_not_check"
        assert not (tmp_path / "data").exists()


class TestPrefect:
    def test_one_that_is_not_named_could_not_be_checked(self, found):
        steps = found()
        assert steps["prefect"]["verdict"] == "could_not_check"
        assert "waybill up" in steps["prefect"]["mend"]
        assert steps["prefect-schedules"]["verdict"] == "could_not_check"

    def test_one_that_does_not_answer_is_a_problem(self, found, settings):
        settings.setenv("PREFECT_API_URL", f"{NOWHERE}/api")
        assert found()["prefect"]["verdict"] == "problem"

    @pytest.mark.parametrize(
        ("step", "arranged", "words"),
        [
            ("prefect", {"deployments": [], "version": "3.1.0"}, "3.1.0"),
            ("prefect-deployments", {"deployments": [deployed("process-invoices")]}, "redeliver-invoices"),
            ("prefect-deployments", {"deployments": [deployed(each, status="NOT_READY") for each in NAMES]}, "asks"),
            ("prefect-schedules", {"deployments": [deployed(each, paused=True) for each in NAMES]}, "off"),
            ("prefect-schedules", {"deployments": [deployed(each, active=()) for each in NAMES]}, "none"),
            ("prefect-schedules", {"deployments": [deployed(each, active=(False,)) for each in NAMES]}, "off"),
        ],
    )  # fmt: skip
    def test_what_is_not_as_it_should_be_is_a_problem(self, found, settings, step, arranged, words):
        with speaking(**arranged) as url:
            settings.setenv("PREFECT_API_URL", url)
            steps = found()
        assert steps[step]["verdict"] == "problem"
        assert words in steps[step]["says"]

    def test_runs_that_nobody_planned_yet_could_not_be_checked(self, found, settings):
        with speaking(list(map(deployed, NAMES))) as url:
            settings.setenv("PREFECT_API_URL", url)
            assert found()["prefect-schedules"]["verdict"] == "could_not_check"

    def test_runs_that_are_late_are_a_problem(self, found, settings):
        deployments = list(map(deployed, NAMES))
        with speaking(deployments, [planned(deployments[0], timedelta(hours=-2))]) as url:
            settings.setenv("PREFECT_API_URL", url)
            assert "late" in found()["prefect-schedules"]["says"]


class TestSource:
    def test_one_that_does_not_answer_is_a_problem_and_its_token_could_not_be_checked(self, found, settings):
        settings.setenv("WAYBILL_JAVA_BACKEND_URL", NOWHERE)
        steps = found()
        assert (steps["source"]["verdict"], steps["source-token"]["verdict"]) == (
            "problem",
            "could_not_check",
        )

    def test_a_token_that_is_refused_is_a_problem(self, found, settings):
        settings.setenv("WAYBILL_JAVA_BACKEND_TOKEN", "wrong")
        steps = found()
        assert (steps["source"]["verdict"], steps["source-token"]["verdict"]) == ("ok", "problem")
        assert "WAYBILL_JAVA_BACKEND_TOKEN" in steps["source-token"]["mend"]

    def test_a_page_that_does_not_come_could_not_be_checked(self, found, sandbox):
        sandbox.faults.add(Fault(call=Call.PAGE, fault=FaultKind.SERVER_ERROR, times=None))
        assert found()["source-token"]["verdict"] == "could_not_check"

    def test_a_drop_folder_that_is_missing_is_a_problem(self, found, settings, tmp_path):
        settings.setenv("WAYBILL_SOURCE", "folder")
        settings.setenv("WAYBILL_FOLDER_PATH", str(tmp_path / "missing"))
        assert found()["source"]["verdict"] == "problem"


class TestClearfacts:
    def test_a_token_that_is_refused_is_a_problem(self, found, settings):
        settings.setenv("WAYBILL_CLEARFACTS_TOKEN", "x" * 79)
        steps = found()
        assert steps["clearfacts-token"]["verdict"] == "problem"
        assert "79 characters" in steps["clearfacts-token"]["means"]
        assert steps["clearfacts-companies"]["verdict"] == "could_not_check"

    def test_a_token_that_is_not_set_is_a_problem(self, found, settings):
        settings.setenv("WAYBILL_CLEARFACTS_TOKEN", "")
        assert found()["clearfacts-token"]["verdict"] == "problem"

    def test_one_that_does_not_answer_could_not_be_checked(self, found, sandbox):
        sandbox.faults.add(Fault(call=Call.USERINFO, fault=FaultKind.UNAVAILABLE, times=None))
        assert found()["clearfacts-token"]["verdict"] == "could_not_check"

    def test_companies_that_are_not_listed_are_a_problem(self, found, bench, arrange):
        invoice_id = arrange.ready()
        unlisted = text("UPDATE invoice SET company_number = :to WHERE id = :id")
        engine = create_engine(bench.ledger.url)
        with engine.begin() as connection:
            before = arrange.row(invoice_id).company_number
            connection.execute(unlisted, {"to": "0999999922", "id": invoice_id})
        try:
            companies = found()["clearfacts-companies"]
        finally:
            with engine.begin() as connection:
                connection.execute(unlisted, {"to": before, "id": invoice_id})
            engine.dispose()
        assert companies["verdict"] == "problem"
        assert "0999999922" in companies["says"]

    def test_a_scope_that_is_missing_is_a_problem(self, found, sandbox):
        scopes = sandbox.clearfacts.scopes
        sandbox.clearfacts.scopes = scopes - {"statistics"}
        try:
            steps = found()
        finally:
            sandbox.clearfacts.scopes = scopes
        assert steps["clearfacts-companies"]["verdict"] == "ok"
        assert steps["clearfacts-scopes"]["verdict"] == "problem"
        assert "statistics" in steps["clearfacts-scopes"]["mend"]

    def test_counts_that_do_not_come_could_not_be_checked(self, found, sandbox):
        sandbox.faults.add(Fault(call=Call.STATISTICS, fault=FaultKind.SERVER_ERROR, times=None))
        assert found()["clearfacts-scopes"]["verdict"] == "could_not_check"

    def test_the_scope_for_uploads_is_known_from_the_last_one(self, found, arrange):
        arrange.sent()
        assert "an upload was last taken at 20" in found()["clearfacts-scopes"]["means"]


class TestNews:
    def test_without_a_channel_nobody_is_told_and_that_is_said(self, found):
        assert "Nobody is told" in found()["notices"]["means"]

    def test_a_channel_counts_as_well_only_once_it_took_a_message(self, found, settings, sandbox):
        settings.setenv("WAYBILL_SLACK_WEBHOOK_URL", sandbox.slack_webhook_url)
        before = len(sandbox.journal.entries(Call.MESSAGE))
        assert found()["notices"]["verdict"] == "could_not_check"
        assert len(sandbox.journal.entries(Call.MESSAGE)) == before
        assert found("--send-test")["notices"]["verdict"] == "ok"
        assert len(sandbox.journal.entries(Call.MESSAGE)) == before + 1

    def test_a_channel_that_takes_no_message_is_a_problem(self, found, settings):
        settings.setenv("WAYBILL_SLACK_WEBHOOK_URL", f"{NOWHERE}/hush")
        notices = found("--send-test")["notices"]
        assert notices["verdict"] == "problem"
        assert "hush" not in notices["says"]


class TestWebhook:
    @pytest.fixture
    def announced(self, settings):
        def at(url):
            settings.setenv("WAYBILL_WEBHOOK_URL", url)
            settings.setenv("WAYBILL_WEBHOOK_SECRET", "whsec_" + "A" * 32)

        return at

    def test_a_receiver_that_cannot_be_reached_is_a_problem(self, found, announced):
        announced(f"{NOWHERE}/hook")
        assert found()["webhook"]["verdict"] == "problem"

    def test_one_that_takes_connections_is_well_and_is_sent_nothing(self, found, announced):
        with socket.create_server(("127.0.0.1", 0)) as receiver:
            announced(f"http://127.0.0.1:{receiver.getsockname()[1]}/hook")
            assert found()["webhook"]["verdict"] == "ok"


class TestClock:
    @pytest.fixture
    def telling(self, settings):
        """Lets Clearfacts' login say a date in every answer, or none."""

        def tell(date):
            class Answer(BaseHTTPRequestHandler):
                def do_GET(self):
                    self.send_response_only(404)
                    if date:
                        self.send_header("Date", date)
                    self.send_header("Content-Length", "0")
                    self.end_headers()

                def log_message(self, *_):
                    pass

            server = HTTPServer(("127.0.0.1", 0), Answer)
            Thread(target=server.serve_forever, daemon=True).start()
            settings.setenv("WAYBILL_CLEARFACTS_LOGIN_URL", f"http://127.0.0.1:{server.server_port}")
            servers.append(server)

        servers = []
        yield tell
        for server in servers:
            server.shutdown()
            server.server_close()

    def test_one_that_is_minutes_off_is_a_problem_in_words(self, found, telling):
        telling(format_datetime(datetime.now(UTC) - timedelta(minutes=5), usegmt=True))
        clock = found()["clock-clearfacts"]
        assert clock["verdict"] == "problem"
        assert "ahead of Clearfacts'" in clock["says"]
        assert " min" in clock["says"]

    @pytest.mark.parametrize("date", [None, "yesterday"])
    def test_an_answer_without_a_date_tells_nothing(self, found, telling, date):
        telling(date)
        assert found()["clock-clearfacts"]["verdict"] == "could_not_check"

    def test_no_answer_tells_nothing(self, found, settings):
        settings.setenv("WAYBILL_CLEARFACTS_LOGIN_URL", NOWHERE)
        assert found()["clock-clearfacts"]["verdict"] == "could_not_check"

    @pytest.mark.parametrize(
        ("ahead", "verdict", "words"),
        [
            (0.2, "ok", "This machine's clock agrees with the database's."),
            (-4.0, "ok", "This machine's clock is 4 s behind the database's."),
            (-90.0, "problem", "This machine's clock is 1 min 30 s behind the database's."),
        ],
    )
    def test_a_skew_is_told_in_words(self, ahead, verdict, words):
        found = _skew(ahead, "the database's")
        assert (found.verdict, found.says) == (verdict, words)


class TestExamination:
    def test_a_step_that_takes_too_long_could_not_be_checked_and_the_next_is_looked_at(self):
        steps = [
            Step("slow", lambda: time.sleep(30) or ok(""), seconds=0.05),
            Step("next", lambda: ok("well")),
        ]
        assert [finding.verdict for _, finding in examined(steps)] == [Verdict.COULD_NOT_CHECK, Verdict.OK]

    def test_a_look_that_breaks_could_not_be_checked(self):
        def broken():
            raise ZeroDivisionError

        ((_, finding),) = examined([Step("broken", broken)])
        assert finding.verdict is Verdict.COULD_NOT_CHECK

    def test_what_builds_on_a_problem_could_not_be_checked(self):
        steps = [Step("first", lambda: problem("bad", "mend it")), Step("second", lambda: ok(""), ["first"])]
        (_, _), (_, second) = examined(steps)
        assert (second.verdict, second.says) == (Verdict.COULD_NOT_CHECK, "It needs what is not well: first.")
