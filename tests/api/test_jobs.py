"""Jobs over HTTP: a request from the moment it was asked for, and the run that took it, as its caller may see it."""

import json
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from api.paging import Bookmarks
from db.jobs import End, RunOf, end_job, start_job
from db.ledger import Actor
from db.requests import requests_done, take_requests
from db.waypoints import Waypoint
from invoices.lifecycle import State
from sandbox.demo import DEMO_ADMINISTRATIONS
from sandbox.serve import Sandbox
from tests.db.conftest import COMPANY, OTHER_COMPANY, Arrange

COUNTS = {"fetched": 7, "rejected_records": 2}


@pytest.fixture
def arrange(ledger):
    with ledger.worker() as worker:
        yield Arrange(ledger, worker)


@pytest.fixture
def start(arrange, ledger):
    """Starts a run that takes what is open, and has touched these invoices."""

    def begin(*invoice_ids):
        with ledger.transaction(Actor("a run"), Waypoint.JOB_STARTED) as connection:
            job_id = start_job(
                connection,
                RunOf(uuid4(), 1),
                arrange.worker,
                "process-invoices",
                "the clock",
                {"force": False},
            )
            for invoice_id in invoice_ids:
                connection.execute(
                    text("INSERT INTO job_invoice VALUES (:job, :invoice)"),
                    {"job": job_id, "invoice": invoice_id},
                )
            take_requests(connection, job_id, dry_run=False)
            take_requests(connection, job_id, dry_run=True)
        return job_id

    return begin


@pytest.fixture
def end(ledger, owner):
    """Ends a run, which did what it took."""

    def finish(job_id, state="completed", error=None, outcomes=(), *, did_it=True):
        with owner.connect() as connection:
            taken = list(
                connection.execute(
                    text("SELECT id FROM run_request WHERE job_id = :id"), {"id": job_id}
                ).scalars()
            )
        with ledger.transaction(Actor("a run"), Waypoint.JOB_ENDED) as connection:
            if did_it:
                requests_done(connection, taken)
            end_job(connection, job_id, End(state, COUNTS, 3, error, outcomes))

    return finish


def ask(client, **body):
    return client.post("/api/v1/invoices/process", json=body).json()["data"]["job_id"]


def read(client, job_id):
    answer = client.get(f"/api/v1/jobs/{job_id}")
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def test_a_request_is_a_job_from_the_moment_it_was_asked_for(as_user):
    job = read(as_user, ask(as_user, dry_run=True))

    assert job["state"] == "requested"
    assert job["requested_by"] == f"{as_user.caller_name} (user)"
    assert job["parameters"] == {"dry_run": True, "force": False}
    assert job["started_at"] is None
    assert job["counts"]["total"] == 0


def test_the_older_path_gives_the_same(as_user):
    job_id = ask(as_user)

    assert as_user.get(f"/api/v1/invoices/status/{job_id}").json()["data"] == read(as_user, job_id)


def test_a_job_that_runs_and_one_that_has_ended(as_user, arrange, start, end):
    asked = ask(as_user)
    run = start(*(arrange.in_state(state) for state in State))
    assert read(as_user, asked)["state"] == "running"

    end(run, "needs_person", "Clearfacts was away.")

    job = read(as_user, asked)
    assert job["state"] == "needs_person"
    assert job["error"] == "Clearfacts was away."
    assert job["duration_seconds"] >= 0
    assert (job["fetched"], job["rejected_records"]) == (7, 2)


def test_counts_are_in_the_words_of_the_outside(as_user, arrange, start):
    run = start(*(arrange.in_state(state) for state in State))

    counts = read(as_user, run)["counts"]

    by_state = counts.pop("by_state")
    assert by_state == {state.value: 1 for state in State}
    assert counts == {
        "total": 13, "processed": 9, "sent": 1, "failed": 2, "duplicates": 1, "held": 1, "unknown": 1,
    }  # fmt: skip


def test_errors_say_which_invoices_need_a_person_and_why(as_user, arrange, start):
    touched = {state: arrange.in_state(state) for state in State}
    run = start(*touched.values())

    errors = {each["invoice_id"]: each for each in read(as_user, run)["errors"]}

    needing = {State.HELD, State.INVALID, State.FAILED, State.OUTCOME_UNKNOWN, State.COULD_NOT_CHECK}
    assert set(errors) == {str(touched[state]) for state in needing}
    invalid = errors[str(touched[State.INVALID])]
    assert invalid["findings"] == [{"code": "BR-01", "message": "A rule is broken."}]
    assert all(each["reason"] for each in errors.values())


def test_a_request_that_names_invoices_is_told_about_those_alone(as_user, arrange, start):
    mine, other = arrange.in_state(State.HELD), arrange.in_state(State.HELD)
    asked = ask(as_user, invoice_ids=[str(mine)])
    start(mine, other)

    job = read(as_user, asked)

    assert job["counts"]["total"] == 1
    assert [each["invoice_id"] for each in job["errors"]] == [str(mine)]


def test_what_a_killed_run_left_is_requested_again(as_user, start, end):
    asked = ask(as_user)
    run = start()
    end(run, "failed", "The run was killed.", did_it=False)

    job = read(as_user, asked)

    assert job["state"] == "requested"
    assert job["next_try_at"] is not None
    assert job["ended_at"] is None


def test_what_a_dry_run_foretold(as_user, start, end):
    asked = ask(as_user, dry_run=True)
    outcome = {"id": str(uuid4()), "number": "2026-1", "state": "ready"}
    end(start(), outcomes=[outcome])

    assert read(as_user, asked)["outcomes"] == [outcome]


class TestOfLimitedCallers:
    @pytest.fixture
    def limited(self, caller):
        return caller("user", companies=[COMPANY])

    def test_they_see_what_they_asked_for_and_nobody_elses(self, limited, arrange, as_user):
        mine = ask(limited, invoice_ids=[str(arrange.in_state(State.READY))])
        others = ask(as_user)

        assert read(limited, mine)["state"] == "requested"
        assert limited.get(f"/api/v1/jobs/{others}").status_code == 404
        assert [each["job_id"] for each in limited.get("/api/v1/jobs").json()["data"]["jobs"]] == [mine]

    def test_a_run_that_took_theirs_with_others_tells_them_of_their_companies_alone(
        self, limited, arrange, start, end
    ):
        mine = arrange.in_state(State.HELD)
        theirs = arrange.deduped(company_number=OTHER_COMPANY)
        asked = ask(limited, invoice_ids=[str(mine)])
        end(start(mine, theirs))

        job = read(limited, asked)

        assert job["counts"]["total"] == 1
        assert job["fetched"] is None
        assert job["rejected_records"] is None

    def test_they_are_not_told_what_other_companies_have(self, limited, as_admin, arrange, start, owner):
        held = arrange.in_state(State.HELD)
        finding = {"code": "WB-NEAR-DUPLICATE", "message": "It looks like 2026-7 of another company."}
        with owner.begin() as connection:
            connection.execute(
                text("UPDATE invoice SET findings = CAST(:findings AS jsonb)"),
                {"findings": json.dumps([finding])},
            )
        asked = ask(limited, invoice_ids=[str(held)])
        start(held)

        def told(client):
            return {each["code"] for each in read(client, asked)["errors"][0]["findings"]}

        assert told(limited) == {"BR-01"}
        assert told(as_admin) == {"BR-01", "WB-NEAR-DUPLICATE"}


class TestTheList:
    def test_it_is_in_pages_newest_first_without_a_gap(self, as_admin, start):
        runs = [start() for _ in range(5)]
        waiting = [ask(as_admin) for _ in range(3)]
        expected = [*reversed(waiting), *(str(each) for each in reversed(runs))]

        found, cursor = [], None
        while True:
            parameters = {"limit": 3} | ({"cursor": cursor} if cursor else {})
            page = as_admin.get("/api/v1/jobs", params=parameters).json()["data"]
            found += [each["job_id"] for each in page["jobs"]]
            assert len(page["jobs"]) <= 3
            if (cursor := page["next_cursor"]) is None:
                break

        assert found == expected

    def test_a_burst_is_told_as_the_run_that_took_it(self, as_admin, start):
        for _ in range(4):
            ask(as_admin)
        run = start()

        assert [each["job_id"] for each in as_admin.get("/api/v1/jobs").json()["data"]["jobs"]] == [str(run)]

    def test_it_can_be_narrowed_to_a_state(self, as_admin, start, end):
        ended, running = start(), start()
        end(ended, "failed", "It broke.")
        asked = ask(as_admin)

        def listed(state):
            answer = as_admin.get("/api/v1/jobs", params={"state": state})
            return [each["job_id"] for each in answer.json()["data"]["jobs"]]

        assert listed("failed") == [str(ended)]
        assert listed("running") == [str(running)]
        assert listed("requested") == [asked]

    def test_a_state_is_found_behind_any_number_of_others(self, as_admin, start, end):
        oldest = start()
        end(oldest, "failed", "It broke.")
        for _ in range(3):
            start()

        listed = as_admin.get("/api/v1/jobs", params={"state": "failed", "limit": 1}).json()["data"]

        assert [each["job_id"] for each in listed["jobs"]] == [str(oldest)]
        assert listed["next_cursor"] is None

    @pytest.mark.parametrize("cursor", ["x", "e30", "W10", "%00", "a" * 2001])
    def test_a_cursor_of_ones_own_making_is_refused(self, as_admin, cursor):
        assert as_admin.get("/api/v1/jobs", params={"cursor": cursor}).status_code == 422

    @pytest.mark.parametrize("place", [[], ["x", "y"], [1, 2], ["2026-01-01", "no-id"], ["x"] * 3])
    def test_a_cursor_that_only_looks_like_one_is_refused(self, as_admin, place):
        cursor = Bookmarks(("jobs", as_admin.caller_id, None)).cursor(place)

        answer = as_admin.get("/api/v1/jobs", params={"cursor": cursor})

        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid-cursor")


def test_a_job_that_is_not_there(as_user):
    assert as_user.get(f"/api/v1/jobs/{uuid4()}").status_code == 404
    assert as_user.get("/api/v1/jobs/no-id").status_code == 422


class TestLiveState:
    def test_it_comes_from_prefect_with_a_link(self, run_job, as_user, monkeypatch, facade_settings):
        with Sandbox((), DEMO_ADMINISTRATIONS) as sandbox:
            for name, value in sandbox.environment.items():
                monkeypatch.setenv(name, value)
            monkeypatch.setenv("WAYBILL_DATABASE_URL", facade_settings["database_url"])
            report = run_job(requests_only=True)

        prefect = read(as_user, report.job_id)["prefect"]

        assert prefect["flow_run_id"] == str(report.job_id)
        assert prefect["state"] == "Completed"
        assert prefect["url"].endswith(f"/runs/flow-run/{report.job_id}")

    def test_without_prefect_the_ledgers_word_stands(self, as_user, start):
        run = start()

        job = read(as_user, run)

        assert job["state"] == "running"
        assert job["prefect"]["state"] is None
        assert UUID(job["prefect"]["flow_run_id"])
