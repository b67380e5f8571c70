"""Measures: the ledger in figures, for those who may see all of it."""

from functools import partial
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from db import migrate
from db.breaker import Terms, failed
from db.measures import companies, figures, pipeline, readiness
from invoices.lifecycle import State
from invoices.source import Direction

TERMS = Terms(1, 60, 900, 30)


@pytest.fixture
def measured(owner):
    """Asks as the facade's role: for nobody, or for a caller who is limited to `companies` unless that is None."""

    def ask(question, companies=None, nobody=False):
        with owner.connect() as connection:
            if not nobody:
                let_in = text("SELECT let_in(gen_random_uuid(), 'user', 'an', :companies)")
                connection.execute(let_in, {"companies": companies})
            connection.execute(text("SET LOCAL ROLE waybill_facade"))
            return question(connection)

    return ask


def test_an_empty_ledger_has_figures_too(measured):
    nothing = {"oldest_since": None}
    assert measured(figures) == {
        "states": {},
        "ready": {"due": 0, "later": 0, **nothing},
        "rejected_records": 0,
        "jobs": {},
        "claims": {"open": 0, "of_dead_workers": 0, **nothing},
        "workers": 0,
        "breakers": [],
        "unsealed": 0,
        "run_requests": {"open": 0, **nothing},
        "webhooks": {"due": 0, "waiting": 0, "given_up": 0, **nothing},
    }


def test_invoices_are_counted_by_state(measured, arrange):
    for state in State:
        arrange.in_state(state)
    found = measured(figures)
    counted = arrange.all("SELECT state, count(*) FROM invoice GROUP BY state")
    assert found["states"] == {state: count for state, count in counted}  # noqa: C416 - rows are not pairs
    assert set(found["states"]) == {state.value for state in State}
    assert found["unsealed"] == arrange.all("SELECT count(*) FROM unsealed")[0][0]


def test_what_is_ready_is_due_now_or_later(measured, arrange):
    first, second = arrange.in_state(State.READY), arrange.in_state(State.READY)
    arrange.run("UPDATE invoice SET next_attempt_at = now() + interval '1 hour' WHERE id = :id", id=second)
    ready = measured(figures)["ready"]
    assert (ready["due"], ready["later"]) == (1, 1)
    (since,) = arrange.all("SELECT to_jsonb(created_at) FROM invoice WHERE id = :id", id=first)[0]
    assert ready["oldest_since"] == since


def test_claims_of_dead_workers_are_told_apart(measured, arrange, ledger):
    arrange.claim(arrange.in_state(State.READY))
    with ledger.worker() as worker:
        arrange.claim(arrange.in_state(State.READY), worker=worker)
    found = measured(figures)
    assert (found["claims"]["open"], found["claims"]["of_dead_workers"], found["workers"]) == (2, 1, 1)


def test_requests_and_messages_that_wait_are_counted(measured, owner):
    with owner.begin() as connection:
        for _ in range(2):
            connection.execute(
                text("INSERT INTO run_request (requested_by, correlation_id) VALUES ('an', :id)"),
                {"id": uuid4()},
            )
    assert measured(figures)["run_requests"]["open"] == 2


def all_told_apart(connection):
    return pipeline(connection, 10)


def test_invoices_are_counted_by_company_and_state_those_of_small_companies_together(measured, arrange):
    for company in ("0428759497", "0428759497", "0123456749", "0403019261", None):
        arrange.arrive(arrange.record(company_number=company, direction=company and Direction.PURCHASE))
    arrange.deduped(company_number="0428759497")
    assert measured(partial(pipeline, companies=1))["states_of_companies"] == {
        "0428759497": {"received": 2, "ready": 1},
        "other": {"received": 3},
    }
    assert set(measured(all_told_apart)["states_of_companies"]) == {
        "0428759497", "0123456749", "0403019261", "other",
    }  # fmt: skip
    assert measured(partial(pipeline, companies=0))["states_of_companies"] == {
        "other": {"received": 5, "ready": 1}
    }


def test_the_oldest_of_each_state_that_waits_is_known(measured, arrange):
    first, _ = arrange.in_state(State.HELD), arrange.in_state(State.HELD)
    (since,) = arrange.all("SELECT to_jsonb(created_at) FROM invoice WHERE id = :id", id=first)[0]
    oldest = measured(all_told_apart)["oldest"]
    assert oldest["held"] == since
    assert oldest["outcome_unknown"] is None
    assert not {"sent", "duplicate", "superseded", "dismissed"} & set(oldest)


@pytest.mark.parametrize("limits", [[], ["0428759497"], ["0428759497", "0123456749"]])
@pytest.mark.parametrize("question", [figures, companies, all_told_apart])
def test_who_is_limited_to_companies_gets_no_figures(measured, question, limits):
    with pytest.raises(ProgrammingError, match="every company"):
        measured(question, limits)


@pytest.mark.parametrize("question", [figures, companies, all_told_apart])
def test_nobody_gets_figures_by_saying_that_they_see_all(measured, question):
    def claiming(connection):
        connection.execute(text("SELECT set_config('waybill.companies', '*', true)"))
        question(connection)

    with pytest.raises(ProgrammingError, match="every company"):
        measured(claiming, nobody=True)


def test_companies_are_named_once_however_many_invoices_they_have(measured, arrange):
    for company in ("0428759497", "0123456749", "0428759497"):
        arrange.arrive(arrange.record(company_number=company))
    assert measured(companies) == ["0123456749", "0428759497"]


def test_an_empty_ledger_has_no_companies(measured):
    assert measured(companies) == []


def test_anybody_may_know_the_revision_and_the_breakers(measured, ledger, arrange):
    failed(ledger, arrange.actor, "clearfacts", TERMS, "no answer of https://secret.example.com")
    assert measured(readiness, nobody=True) == {
        "revision": migrate.newest(),
        "breakers": {"clearfacts": "open"},
    }


def test_others_may_not_ask(owner):
    with owner.connect() as connection:
        connection.execute(text("SET LOCAL ROLE waybill_app"))
        with pytest.raises(ProgrammingError, match="permission denied"):
            figures(connection)
