"""`waybill status`: how everything stands, on one screen."""

import json
import time

import pytest
from sqlalchemy import create_engine, text

from cli.status import _lines
from db.breaker import Terms, failed
from db.claims import claim

FIELDS = [
    "needs_person", "states", "ready", "rejected_records", "neighbours", "workers", "jobs_running", "last_job",
    "unsealed",
]  # fmt: skip
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
    assert names[:6] == ["Invoices", "Waiting", "Need a person", "Rejected", "clearfacts", "java-backend"]
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
        "workers": [], "jobs_running": [], "last_job": None, "unsealed": 0,
    }  # fmt: skip
    assert dict(_lines(found))["clearfacts"] == (
        "being tried again, since 2026-03-14 09:00:00 UTC, by worker 7, asked for a pause until"
        " 2026-03-14 11:00:00 UTC, 4 failures in a row, the last 2026-03-14 10:00:00 UTC: no answer"
    )
