"""`waybill status`: how everything stands, on one screen."""

import json
import time

import pytest
from sqlalchemy import create_engine, text

from cli.status import _lines
from cli.status_words import lines_beside, takes_in_words
from db.breaker import Terms, failed
from db.claims import claim
from db.queue_time import queue_time
from db.requests import RunRequest, ask_for_run

FIELDS = [
    "needs_person", "states", "ready", "rejected_records", "neighbours", "workers", "jobs_running", "last_job",
    "unsealed", "run_requests", "webhooks", "last_jobs", "last_reconciliation", "restored", "notices", "outbox",
    "queue_time", "prefect",
]  # fmt: skip
TOO_FEW = "too few were forwarded in the last hour"
NOTHING_BESIDE = {
    "last_jobs": [], "last_reconciliation": None, "restored": None, "run_requests": {"open": 0},
    "webhooks": None, "outbox": [], "notices": {"waiting": 0, "given_up": 0},
    "prefect": {"says": "not asked", "next_runs": []},
}  # fmt: skip
TERMS = Terms(1, 60, 900, 30)


@pytest.fixture
def standing(waybill):
    def read():
        (line,) = waybill("status", "--json").stdout.splitlines()
        return json.loads(line)

    return read


@pytest.fixture
def as_owner(cli_database):
    engine = create_engine(cli_database)
    yield engine
    engine.dispose()


@pytest.fixture
def tripped(bench, as_owner):
    """Clearfacts' breaker is open, after its first failure."""
    with as_owner.begin() as connection:
        connection.execute(text("DELETE FROM breaker"))
    failed(bench.ledger, bench.actor, "clearfacts", TERMS, "no answer for 30 s")
    yield
    with as_owner.begin() as connection:
        connection.execute(text("DELETE FROM breaker"))


def test_programs_read_exactly_the_documented_fields(standing):
    found = standing()
    assert list(found) == FIELDS
    assert set(found["ready"]) == {"due", "later", "next_due_at", "oldest"}
    assert {each["neighbour"] for each in found["neighbours"]} == {"java-backend", "clearfacts"}


def test_invoices_are_counted_by_state_and_those_that_need_a_person_apart(standing, arrange):
    before = standing()
    for make in (arrange.sent, arrange.failed, arrange.outcome_unknown):
        make()

    after = standing()

    gained = {state: count - before["states"].get(state, 0) for state, count in after["states"].items()}
    assert {state: count for state, count in gained.items() if count} == {
        "sent": 1, "failed": 1, "outcome_unknown": 1,
    }  # fmt: skip
    assert set(after["needs_person"]) <= {"held", "invalid", "failed", "outcome_unknown", "could_not_check"}
    assert after["needs_person"]["failed"] == after["states"]["failed"]


def test_what_waits_is_due_now_or_later_and_the_oldest_is_named(standing, arrange, as_owner):
    before, later = standing()["ready"], arrange.ready()
    arrange.ready()
    with as_owner.begin() as connection:
        connection.execute(
            text("UPDATE invoice SET next_attempt_at = now() + interval '1 hour' WHERE id = :id"),
            {"id": later},
        )

    after = standing()["ready"]

    assert (after["due"] - before["due"], after["later"] - before["later"]) == (1, 1)
    assert after["next_due_at"]
    assert set(after["oldest"]) == {"id", "number", "since"}


@pytest.mark.usefixtures("tripped")
def test_a_neighbour_that_is_left_alone_says_since_when_until_when_and_why(standing, waybill):
    (clearfacts,) = [each for each in standing()["neighbours"] if each["neighbour"] == "clearfacts"]
    assert (clearfacts["breaker"], clearfacts["failures"]) == ("open", 1)
    assert clearfacts["opened_at"] < clearfacts["try_again_at"]
    assert clearfacts["last_error"] == "no answer for 30 s"
    shown = waybill("status").stdout
    assert "left alone, since 20" in shown
    assert "no answer for 30 s" in shown


def test_workers_are_alive_with_their_open_claims_or_dead_with_what_they_left(
    standing, arrange, bench, waybill
):
    left = arrange.ready()
    with bench.ledger.worker() as dying:
        claim(bench.ledger, bench.actor, left, dying, 60)
        workers = {each["worker"]: each for each in standing()["workers"]}
        assert (workers[dying]["alive"], workers[dying]["open_claims"]) == (True, 1)
        assert (workers[bench.worker]["alive"], workers[bench.worker]["open_claims"]) == (True, 0)
    while {each["worker"]: each["alive"] for each in standing()["workers"]}[dying]:
        time.sleep(0.01)
    assert f"{dying} is dead" in waybill("status").stdout


def test_jobs_that_run_and_the_last_that_ended_are_named(standing, bench, as_owner, waybill):
    assert str(bench.actor.job_id) in {each["job_id"] for each in standing()["jobs_running"]}
    with as_owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO job (flow_run_id, run_count, flow, requested_by, parameters, state, counts, error,"
                " ended_at) VALUES (gen_random_uuid(), 1, 'process-invoices', 'a test', '{}', 'failed',"
                " '{\"sent\": 3}', 'The source is away.', now())"
            )
        )
    assert standing()["last_job"]["error"] == "The source is away."
    assert "The source is away." in waybill("status").stdout


def test_the_screen_says_it_all_in_lines(waybill, arrange):
    arrange.sent()
    result = waybill("status")
    names = [line[:16].strip() for line in result.stdout.splitlines()]
    without_time = [name for name in names if name != "Will take"]
    assert without_time[:6] == [
        "Invoices", "Waiting", "Need a person", "Rejected", "clearfacts", "java-backend"
    ]  # fmt: skip
    assert "called as usual" in result.stdout


def test_an_empty_ledger_is_well(waybill, settings, administration, postgres, template):
    name = "waybill_status_of_nothing"
    with administration.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    settings.setenv("WAYBILL_DATABASE_URL", postgres.set(database=name).render_as_string(hide_password=False))
    try:
        result = waybill("status")
    finally:
        with administration.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    assert result.exit_code == 0
    assert result.stdout.splitlines()[:2] == ["Invoices        0", "Waiting         none"]


def test_people_that_are_needed_are_told_by_the_exit_code(waybill, arrange):
    arrange.failed()
    assert waybill("status").exit_code == waybill("status", "--json").exit_code == 1


def test_a_ledger_that_cannot_be_looked_at_is_a_failure(waybill, settings):
    settings.setenv("WAYBILL_DATABASE_URL", "postgresql://127.0.0.1:1/nothing")
    assert waybill("status").exit_code == 2


def test_a_pause_and_a_probe_are_told():
    each = {
        "neighbour": "clearfacts", "breaker": "half_open", "failures": 4, "opened_at": "2026-03-14T09:00:00",
        "try_again_at": None, "probe_worker": 7, "last_error": "no answer",
        "last_failed_at": "2026-03-14T10:00:00", "paused_until": "2026-03-14T11:00:00",
    }  # fmt: skip
    found = {
        "states": {}, "needs_person": {}, "ready": {"oldest": None}, "rejected_records": 0, "neighbours": [each],
        "workers": [], "jobs_running": [], "last_job": None, "unsealed": 0, **NOTHING_BESIDE,
    }  # fmt: skip
    assert dict(_lines(found))["clearfacts"] == (
        "being tried again, since 2026-03-14 09:00:00 UTC, by worker 7, asked for a pause until"
        " 2026-03-14 11:00:00 UTC, 4 failures in a row, the last 2026-03-14 10:00:00 UTC: no answer"
    )


@pytest.fixture
def forwarded(administration, postgres, template):
    """Makes a ledger of its own in which invoices were forwarded, each so many seconds ago."""
    name = "waybill_status_of_the_last_hour"
    with administration.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    engine = create_engine(postgres.set(database=name))

    def make(*seconds_ago):
        with engine.begin() as connection:
            connection.execute(text("SET session_replication_role = replica"))
            connection.execute(
                text(
                    "INSERT INTO audit_event (invoice_id, sequence, at, actor, from_state, to_state, why, hash)"
                    " SELECT gen_random_uuid(), 1, now() - make_interval(secs => ago), 'a test', 'sending', 'sent',"
                    " 'accepted', 'x' FROM unnest(CAST(:ago AS float8[])) AS given (ago)"
                ),
                {"ago": list(map(float, seconds_ago))},
            )
        return engine.connect()

    yield make
    engine.dispose()
    with administration.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


def test_the_queue_takes_as_long_as_the_last_hour_says_and_idle_times_say_nothing(forwarded):
    busy, busy_again = [10, 14, 18, 22], [1800, 1804, 1808]
    with forwarded(*busy, *busy_again, 4000, 4001) as connection:
        takes = queue_time(connection, 30, 2, 60)
    assert (takes.basis, takes.forwarded_last_hour) == ("last_hour", 7)
    assert takes.per_upload_seconds == pytest.approx(4, abs=0.1)
    assert takes.at_least_seconds == pytest.approx(120, abs=3)


def test_no_rate_is_faster_than_the_interval_that_is_set(forwarded):
    with forwarded(10, 11, 12, 13, 14) as connection:
        assert queue_time(connection, 10, 2, 60).at_least_seconds == 20


@pytest.mark.parametrize(
    ("waiting", "interval", "basis", "at_least"),
    [(10, 2.0, "settings", 20.0), (10, 0.0, None, None), (0, 0.0, None, 0.0)],
)
def test_without_a_history_the_settings_tell_the_least_or_nothing_does(
    forwarded, waiting, interval, basis, at_least
):
    with forwarded() as connection:
        takes = queue_time(connection, waiting, interval, 60)
    assert (takes.basis, takes.at_least_seconds) == (basis, at_least)


@pytest.mark.parametrize(
    ("time", "words"),
    [
        ((7200.0 + 600, 2.0, "last_hour"), "at least 2 h 10 min, at one every 2 s (as in the last hour)"),
        ((0.4, 0.04, "last_hour"), "at least no time, at one every 0.04 s (as in the last hour)"),
        ((90.0, 2.0, "settings"), f"at least 1 min 30 s, at one every 2 s (as set; {TOO_FEW})"),
        ((None, None, None), f"not known: {TOO_FEW} to tell, and no interval is set"),
    ],
)  # fmt: skip
def test_how_long_it_takes_is_told_with_what_that_is_taken_from(time, words):
    names = ("at_least_seconds", "per_upload_seconds", "basis")
    assert takes_in_words(dict(zip(names, time, strict=True))) == words


def test_how_long_the_queue_takes_stands_below_what_waits(waybill, arrange, settings):
    arrange.ready()
    settings.setenv("WAYBILL_CLEARFACTS_MIN_INTERVAL_SECONDS", "3")
    lines = waybill("status").stdout.splitlines()
    assert [line for line in lines if line.startswith("Will take") and "at least" in line]


def test_runs_that_were_asked_for_are_counted_until_they_are_done(standing, bench, waybill):
    before = standing()["run_requests"]["open"]
    with bench.ledger.engine.begin() as connection:
        ask_for_run(connection, RunRequest("an (admin)", "r-1"))
    assert standing()["run_requests"]["open"] == before + 1
    assert standing()["run_requests"]["oldest_at"]
    assert "runs, the oldest at 20" in waybill("status").stdout


def test_the_last_run_of_each_flow_and_the_last_reconciliation_are_named(standing, as_owner, waybill):
    with as_owner.begin() as connection:
        job_id = connection.execute(
            text(
                "INSERT INTO job (flow_run_id, run_count, flow, requested_by, parameters, state, counts, ended_at)"
                " VALUES (gen_random_uuid(), 1, 'reconcile-deliveries', 'a test', '{}', 'completed', '{}', now())"
                " RETURNING id"
            )
        ).scalar_one()
        connection.execute(
            text(
                "INSERT INTO reconciliation (job_id, since, until, receipts, confirmed, different, not_checked,"
                " unverified, findings, findings_left_out, notes)"
                " VALUES (:job_id, now() - interval '7 days', now(), 3, 2, 0, 1, 0, '[]', 0, '[]')"
            ),
            {"job_id": job_id},
        )
    found = standing()
    assert "reconcile-deliveries" in {each["flow"] for each in found["last_jobs"]}
    assert found["last_reconciliation"]["confirmed"] == 2
    shown = waybill("status").stdout
    assert "reconcile-deliveries: completed at 20" in shown
    assert "2 confirmed, 1 not checked" in shown


def test_messages_that_did_not_arrive_are_told():
    at = "2026-03-14T09:00:00+00:00"
    found = NOTHING_BESIDE | {
        "webhooks": {"gone_at": at, "undelivered": 3, "oldest_at": at, "given_up": 2},
        "notices": {"waiting": 1, "given_up": 4, "oldest_at": at},
        "outbox": [
            {"channel": "kafka", "listens": True, "waiting": 5, "oldest_at": at, "error": "no broker"},
            {"channel": "prefect", "listens": False, "waiting": 5, "oldest_at": at, "error": None},
        ],
    }
    said = dict(lines_beside(found))
    assert said["Webhooks"] == (
        "the receiver said at 2026-03-14 09:00:00 UTC that it is gone, 3 not delivered, the oldest of"
        " 2026-03-14 09:00:00 UTC, 2 given up"
    )
    assert said["Notices"] == "1 not delivered, the oldest of 2026-03-14 09:00:00 UTC; 4 given up in a week"
    assert said["Events"] == "5 wait for kafka, the oldest of 2026-03-14 09:00:00 UTC: no broker"


def test_a_prefect_server_that_was_not_asked_is_said_to_be_so(standing, waybill, settings, tmp_path):
    settings.delenv("PREFECT_API_URL", raising=False)
    settings.setenv("WAYBILL_DATA_DIR", str(tmp_path))
    assert standing()["prefect"]["well"] is None
    assert "not asked" in waybill("status").stdout


def test_a_prefect_server_that_does_not_answer_is_not_well(standing, settings):
    settings.setenv("PREFECT_API_URL", "http://127.0.0.1:1/api")
    found = standing()["prefect"]
    assert (found["well"], found["next_runs"]) == (False, [])
