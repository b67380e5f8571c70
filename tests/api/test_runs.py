"""Asking for runs over HTTP: recorded before the answer leaves, once for each key, and only of what is seen."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import text

from api.scopes import Scope
from invoices.lifecycle import State
from tests.db.conftest import COMPANY, OTHER_COMPANY, Arrange

PROCESS = "/api/v1/invoices/process"


@pytest.fixture
def arrange(ledger):
    with ledger.worker() as worker:
        yield Arrange(ledger, worker)


@pytest.fixture
def requests(owner):
    """The requests of the ledger, as they were recorded."""

    def read():
        with owner.connect() as connection:
            return connection.execute(text("SELECT * FROM run_request ORDER BY position")).all()

    return read


def test_a_run_of_everything_is_recorded_with_who_asked(as_user, requests):
    answer = as_user.post(PROCESS, json={}, headers={"X-Request-ID": "month-end"})

    assert answer.status_code == 202
    job_id = answer.json()["data"]["job_id"]
    assert answer.headers["Location"] == f"/api/v1/jobs/{job_id}"
    (recorded,) = requests()
    assert str(recorded.id) == job_id
    assert recorded.requested_by == f"{as_user.caller_name} (user)"
    assert recorded.asked_by == as_user.caller_id
    assert recorded.correlation_id == "month-end"


def test_named_invoices_are_recorded_once_each(as_user, arrange, requests):
    invoice_id = arrange.in_state(State.INVALID)

    answer = as_user.post(PROCESS, json={"invoice_ids": [str(invoice_id)] * 2, "force_processing": True})

    assert answer.status_code == 202
    (recorded,) = requests()
    assert recorded.invoice_ids == [invoice_id]
    assert recorded.force


def test_an_invoice_that_is_not_there_is_named(as_user, requests):
    unknown = str(uuid4())

    answer = as_user.post(PROCESS, json={"invoice_ids": [unknown]})

    assert answer.status_code == 404
    assert answer.json()["error"]["details"] == [{"invoice_id": unknown}]
    assert requests() == []


def test_another_companys_invoice_is_not_there(caller, arrange, requests):
    theirs = arrange.in_state(State.READY)
    limited = caller("user", companies=[OTHER_COMPANY])

    assert limited.post(PROCESS, json={"invoice_ids": [str(theirs)]}).status_code == 404
    assert (
        caller("user", companies=[COMPANY]).post(PROCESS, json={"invoice_ids": [str(theirs)]}).status_code
        == 202
    )
    assert len(requests()) == 1


def test_a_caller_limited_to_companies_must_name_invoices(caller, requests):
    answer = caller("user", companies=[COMPANY]).post(PROCESS, json={})

    assert answer.status_code == 403
    assert requests() == []


def test_force_without_names_is_refused(as_user):
    answer = as_user.post(PROCESS, json={"force_processing": True})

    assert answer.status_code == 422
    assert "invoice_ids" in answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {"invoice_ids": []},
        {"invoice_ids": ["not-an-id"]},
        {"invoice_ids": "all"},
        {"dry_run": "perhaps"},
        {"dryrun": True},
        {"invoice_ids": [str(uuid4())] * 1001},
        [],
        "text",
    ],
)
def test_a_body_that_is_not_usable_is_told_field_by_field(as_user, requests, body):
    answer = as_user.post(PROCESS, json=body)

    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "invalid-request"
    assert answer.json()["error"]["details"][0]["field"].startswith("body")
    assert requests() == []


class TestIdempotency:
    def test_the_same_key_and_body_is_the_same_job_also_at_once(self, as_user, requests):
        def ask(_):
            return as_user.post(PROCESS, json={"dry_run": True}, headers={"Idempotency-Key": "one"})

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(ask, range(16)))

        assert {answer.status_code for answer in answers} == {202}
        assert len({answer.json()["data"]["job_id"] for answer in answers}) == 1
        assert len(requests()) == 1

    def test_the_same_key_with_another_body_is_refused(self, as_user):
        as_user.post(PROCESS, json={}, headers={"Idempotency-Key": "one"})

        answer = as_user.post(PROCESS, json={"dry_run": True}, headers={"Idempotency-Key": "one"})

        assert answer.status_code == 422
        assert answer.json()["error"]["code"] == "idempotency-key-reused"

    def test_another_callers_key_is_another_key(self, as_user, as_admin, requests):
        for client in (as_user, as_admin):
            client.post(PROCESS, json={}, headers={"Idempotency-Key": "one"})

        assert len(requests()) == 2

    @pytest.mark.parametrize("key", ["", "two words", "x" * 256])
    def test_a_key_that_is_no_key_is_refused(self, as_user, key):
        assert as_user.post(PROCESS, json={}, headers={"Idempotency-Key": key}).status_code == 422


class TestRetrying:
    @pytest.fixture
    def job(self, arrange, owner):
        """A job that touched one invoice of each state."""
        touched = {state: arrange.in_state(state) for state in State}
        with owner.begin() as connection:
            job_id = connection.execute(
                text(
                    "INSERT INTO job (flow_run_id, run_count, flow, requested_by, parameters, state, ended_at)"
                    " VALUES (gen_random_uuid(), 1, 'process-invoices', 'it', '{}', 'needs_person', now())"
                    " RETURNING id"
                )
            ).scalar_one()
            for invoice_id in touched.values():
                connection.execute(
                    text("INSERT INTO job_invoice VALUES (:job, :invoice)"),
                    {"job": job_id, "invoice": invoice_id},
                )
        return job_id, touched

    def test_what_failed_is_asked_for_again_and_nothing_else(self, as_user, job, requests):
        job_id, touched = job

        answer = as_user.post(f"/api/v1/jobs/{job_id}/retry", json={"reason": "Clearfacts was down."})

        assert answer.status_code == 202
        (recorded,) = requests()
        wanted = {State.INVALID, State.FAILED, State.COULD_NOT_CHECK}
        assert set(recorded.invoice_ids) == {touched[state] for state in wanted}
        assert recorded.force
        assert recorded.reason == "Clearfacts was down."

    def test_a_job_that_left_nothing_behind_has_nothing_to_retry(self, as_user, owner, job):
        job_id, _ = job
        with owner.begin() as connection:
            connection.execute(text("DELETE FROM job_invoice"))

        answer = as_user.post(f"/api/v1/jobs/{job_id}/retry", json={"reason": "Why not."})

        assert answer.status_code == 409

    def test_a_reason_is_needed(self, as_user, job):
        for body in ({}, {"reason": ""}, {"reason": "    "}):
            assert as_user.post(f"/api/v1/jobs/{job[0]}/retry", json=body).status_code == 422

    def test_a_job_that_is_not_there(self, as_user):
        answer = as_user.post(f"/api/v1/jobs/{uuid4()}/retry", json={"reason": "Why not."})

        assert answer.status_code == 404


def test_the_scope_to_read_does_not_let_a_key_ask_for_runs(caller, requests):
    reader = caller("service", scopes=[Scope.READ_JOBS])

    assert reader.post(PROCESS, json={}).status_code == 403
    assert requests() == []
