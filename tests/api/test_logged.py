"""The log of a facade: every call is in it, and nothing in it is secret, tells who somebody is, or forges a line."""

import io
import json
import logging

import pytest

from logs.setup import OneLineHandler
from tests.api.conftest import PASSWORD

AUTH = "/api/v1/auth"
REASON = "reason7f3a9c"
FORGED = '\r\n{"level": "info", "event": "forged"}'


@pytest.fixture
def lines(monkeypatch):
    """What the log has of everything that happens in the facade, down to its details."""
    stream = io.StringIO()
    root, handler = logging.getLogger(), OneLineHandler(stream)
    # The client of the test is in the same process.
    handler.addFilter(lambda record: not record.name.startswith("http"))
    level, loud = root.level, logging.getLogger("api")
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    monkeypatch.setattr(logging.getLogger("sqlalchemy"), "level", logging.WARNING)
    assert loud.isEnabledFor(logging.DEBUG)
    yield lambda: stream.getvalue().splitlines()
    root.removeHandler(handler)
    root.setLevel(level)


def test_a_callers_whole_day_leaves_nothing_secret_in_the_log(facade, caller, serve, owner, lines):
    admin, service = caller("admin"), caller("service")
    name = admin.caller_name
    tokens = facade.post(f"{AUTH}/token", json={"name": name, "password": PASSWORD}).json()["data"]
    facade.post(f"{AUTH}/token", json={"name": name, "password": "wrong-" + PASSWORD})
    renewed = facade.post(f"{AUTH}/refresh", json={"refresh_token": tokens["refresh_token"]}).json()["data"]
    facade.post(f"{AUTH}/refresh", json={"refresh_token": tokens["refresh_token"]})
    made = admin.post(
        "/api/v1/admin/users", json={"name": "jan@firma.example", "password": PASSWORD, "role": "user"}
    )
    facade.get("/api/v1/jobs?cursor=hush&token=hush-token", headers={"X-API-Key": "wbk_hush_hush"})
    facade.get("/api/v1/jobs/%27;DROP TABLE invoice;--%0d%0a" + FORGED.encode().hex())
    facade.get(f"/{FORGED!r}", headers={"User-Agent": "a", "X-Request-ID": "b c"})
    facade.get(f"/api/v1/jobs/Bearer%20{renewed['access_token']}")
    service.post(
        "/api/v1/validate",
        content=f"<?xml version='1.0'?><Invoice><Name>{REASON}</Name>",
        headers={"Content-Type": "application/xml"},
    )
    facade.post("/api/v1/webhooks/java-backend", content=REASON, headers={"webhook-signature": "v1,hush-sig"})
    assert made.status_code == 201
    with owner.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE account RENAME TO account_gone")
    broken = facade.post(f"{AUTH}/token", json={"name": name, "password": PASSWORD})
    assert broken.status_code == 500

    logged = lines()
    whole = "\n".join(logged)
    secrets = [
        PASSWORD,
        *tokens.values(),
        *renewed.values(),
        REASON,
        "hush-token",
        "hush_hush",
        "hush-sig",
        name,
        "jan@firma.example",
    ]
    secrets += [client.headers.get("authorization", "Bearer ?").split()[1] for client in (admin, service)]
    secrets.append(service.headers["x-api-key"])
    assert [each for each in map(str, secrets) if len(each) > 6 and each in whole] == []
    calls = [each for each in map(json.loads, logged) if each["logger"] == "api.access_log"]
    assert len(calls) >= 12
    assert all(each["correlation_id"] for each in calls)
    assert {str(service.caller_id)} == {each["caller"] for each in calls if each["caller"]} - {
        str(admin.caller_id)
    }
    assert "forged" not in {each["event"] for each in map(json.loads, logged)}


def test_a_fault_is_in_the_log_under_the_id_that_the_caller_has(facade, owner, lines):
    with owner.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE account RENAME TO account_gone")
    answer = facade.post(f"{AUTH}/token", json={"name": "jan@firma.example", "password": PASSWORD})
    assert answer.json()["error"] == {
        "code": "internal-error",
        "message": "A fault of the facade. Its log has the rest: quote the correlation id.",
        "details": [],
    }
    [fault] = [each for each in map(json.loads, lines()) if each["level"] == "error"]
    assert fault["correlation_id"] == answer.json()["correlation_id"]
    assert fault["exception"][0]["type"].startswith("sqlalchemy.exc.")
    assert "account" in fault["exception"][0]["message"]
