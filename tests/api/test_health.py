"""Health: a probe that looks at nothing, one that says whether calls can be answered, and all of it for operators."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from db import migrate
from db.breaker import Terms, failed
from invoices.lifecycle import State
from sandbox.faults import Fault, FaultKind
from sandbox.journal import Call
from tests.api.surroundings import a_sandbox, arranging, settings_of, without_prefect

TERMS = Terms(1, 60, 900, 30)


@pytest.fixture
def arrange(ledger):
    with arranging(ledger) as arrange:
        yield arrange


@pytest.fixture
def no_prefect():
    with without_prefect():
        yield


@pytest.fixture
def sandbox():
    with a_sandbox() as running:
        yield running


@pytest.fixture
def outside(sandbox, serve, caller):
    """A client of an operator of a facade whose neighbours are those of the sandbox."""
    return caller("service", scopes=["operate"], server=serve(**settings_of(sandbox)))


def neighbours(answer):
    return {each["name"]: each for each in answer.json()["data"]["neighbours"]}


def test_it_says_that_it_lives_to_anybody(facade):
    answer = facade.get("/healthz")
    assert answer.status_code == 200
    assert answer.json()["data"] == {"status": "alive"}


def test_it_is_ready_although_prefect_is_not_there_and_says_so(no_prefect, facade):
    answer = facade.get("/readyz")
    assert answer.status_code == 200
    data = answer.json()["data"]
    assert data["status"] == "degraded"
    assert [(each["name"], each["well"]) for each in data["checks"]] == [("ledger", True), ("prefect", False)]
    assert all(each["latency_ms"] >= 0 for each in data["checks"])
    assert data["breakers"] == {"java-backend": "closed", "clearfacts": "closed"}


def test_it_is_ready_where_all_is_well(prefect_api, facade):
    assert facade.get("/readyz").json()["data"]["status"] == "ready"


def test_a_breaker_that_is_open_shows_without_its_error(facade, ledger, arrange):
    failed(ledger, arrange.actor, "clearfacts", TERMS, "no answer of secret.example.com")
    answer = facade.get("/readyz")
    assert answer.json()["data"]["breakers"]["clearfacts"] == "open"
    assert "secret.example.com" not in answer.text


def test_without_a_usable_ledger_it_is_not_ready(no_prefect, facade, owner):
    with owner.begin() as connection:
        migrate.downgrade(connection, "0012")
        connection.execute(text("UPDATE alembic_version SET version_num = '0011'"))
    answer = facade.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "unavailable"
    assert [each["well"] for each in answer.json()["error"]["details"]] == [False, False]


def test_without_a_database_it_is_not_ready_and_tells_nobody_where_that_is(
    facade, administration, database_url
):
    name = database_url.database
    with administration.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"),
            {"name": name},
        )
    answer = facade.get("/readyz")
    assert answer.status_code == 503
    assert name not in answer.text
    assert "waybill_facade" not in answer.text


def test_operators_see_how_each_neighbour_answers(no_prefect, outside, sandbox):
    answer = outside.get("/api/v1/admin/health")
    assert answer.status_code == 200
    found = neighbours(answer)
    assert {name: each["well"] for name, each in found.items()} == {
        "ledger": True, "prefect": False, "java-backend": True, "clearfacts": True,
    }  # fmt: skip
    assert found["clearfacts"]["breaker"] == "closed"
    assert found["ledger"]["breaker"] is None
    assert answer.json()["message"] == "Not well: prefect."
    assert answer.json()["data"]["revision"] == answer.json()["data"]["wanted_revision"] == migrate.newest()
    assert not sandbox.journal.entries(Call.UPLOAD)


def test_however_many_ask_at_once_the_neighbours_are_asked_once(outside, sandbox):
    def ask(_):
        return outside.get("/api/v1/admin/health").status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(16))) == {200}
    assert len(sandbox.journal.entries(Call.USERINFO)) == 1


def test_a_neighbour_that_hangs_takes_two_seconds_at_most(outside, sandbox):
    sandbox.faults.add(Fault(call=Call.USERINFO, fault=FaultKind.SLOW, seconds=4, times=None))
    found = neighbours(outside.get("/api/v1/admin/health", timeout=20))
    assert found["java-backend"]["well"]
    assert not found["clearfacts"]["well"]
    assert "2 s" in found["clearfacts"]["says"]


def test_operators_see_what_waits(as_service, arrange):
    for state in (State.READY, State.READY, State.SENDING):
        arrange.in_state(state)
    data = as_service.get("/api/v1/admin/health").json()["data"]
    assert data["states"] == {"ready": 2, "sending": 1}
    assert data["queues"]["ready"]["count"] == 2
    assert data["queues"]["ready"]["oldest_since"] is not None
    assert data["queues"]["claims"]["count"] == 1
    assert data["queues"]["workers"] == 1
    assert data["queues"]["webhooks"] == {"count": 0, "oldest_since": None}


def test_operators_see_the_last_error_of_a_neighbour(as_service, ledger, arrange):
    failed(ledger, arrange.actor, "clearfacts", TERMS, "no answer for 30 s")
    found = neighbours(as_service.get("/api/v1/admin/health"))
    assert (found["clearfacts"]["breaker"], found["clearfacts"]["last_error"]) == (
        "open",
        "no answer for 30 s",
    )


@pytest.mark.parametrize("folder_is_there", [True, False])
def test_a_drop_folder_is_looked_into(serve, caller, tmp_path, folder_is_there):
    folder = tmp_path / "drop"
    if folder_is_there:
        folder.mkdir()
    operator = caller("admin", server=serve(source="folder", folder_path=folder))
    found = neighbours(operator.get("/api/v1/admin/health"))
    assert found["folder"]["well"] is folder_is_there


def test_who_is_limited_to_companies_is_refused(caller):
    limited = caller("service", companies=["0428759497"])
    for method, path in (("GET", "health"), ("GET", "metrics"), ("POST", "test-connection")):
        answer = limited.request(method, f"/api/v1/admin/{path}")
        assert answer.status_code == 403
        assert "limited" in answer.json()["detail"]
