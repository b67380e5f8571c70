"""API keys: made and revoked by administrators, shown once, good for what they were given."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import uuid4

import pytest
from sqlalchemy import text

from tests.api.test_users import fails_as

KEYS = "/api/v1/admin/api-keys"
JOBS = f"/api/v1/jobs/{uuid4()}"
NEW = {"name": "erp-backend", "scopes": ["jobs:read"]}


@pytest.fixture
def made(as_admin):
    answer = as_admin.post(KEYS, json=NEW)
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()["data"]


def row(owner, columns="*"):
    with owner.connect() as connection:
        return connection.execute(text(f"SELECT {columns} FROM api_key")).one()


def test_only_administrators_see_and_change_keys(caller, facade):
    for client, status in ((caller("user"), 403), (caller("service"), 403), (facade, 401)):
        answers = [client.get(KEYS), client.post(KEYS, json=NEW), client.delete(f"{KEYS}/{uuid4()}")]
        assert [each.status_code for each in answers] == [status] * 3


def test_a_key_lets_its_service_in_by_either_header(made, facade):
    for headers in ({"X-API-Key": made["key"]}, {"Authorization": f"Bearer {made['key']}"}):
        assert facade.get(JOBS, headers=headers).status_code == 404


def test_a_key_is_kept_as_a_hash_and_shown_once(made, as_admin, owner):
    assert made["key"].startswith(f"{made['prefix']}_")
    assert len(made["key"]) > 50
    kept = row(owner)
    assert kept.hash == sha256(made["key"].encode()).hexdigest()
    assert made["key"] not in str(kept)
    listed = as_admin.get(KEYS)
    assert made["key"] not in listed.text
    assert [each["prefix"] for each in listed.json()["data"]] == [made["prefix"]]
    assert "key" not in listed.json()["data"][0]


def test_a_key_may_do_what_its_scopes_say_and_no_more(made, facade):
    answer = facade.get("/api/v1/admin/health", headers={"X-API-Key": made["key"]})
    assert "operate" in fails_as(answer, 403, "forbidden")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": ""}, "body.name"),
        ({"name": "a\nb"}, "body.name"),
        ({"name": " "}, "body.name"),
        ({"name": "x" * 101}, "body.name"),
        ({"scopes": []}, "body.scopes"),
        ({"scopes": ["admin"]}, "may not have the scope admin"),
        ({"scopes": ["everything"]}, "body.scopes"),
        ({"companies": ["12"]}, "not a Belgian enterprise number"),
        ({"expires_at": "2026-01-01T00:00:00Z"}, "is past"),
        ({"expires_at": "2999-01-01T00:00:00"}, "body.expires_at"),
        ({"key": "mine"}, "body.key"),
    ],
)
def test_what_cannot_be_a_key_is_refused_by_field(as_admin, changes, says):
    assert says in fails_as(as_admin.post(KEYS, json={**NEW, **changes}), 422, "invalid-request")


def test_a_key_ends_when_it_was_to(as_admin, facade, owner):
    until = datetime.now(UTC) + timedelta(days=1)
    made = as_admin.post(KEYS, json={**NEW, "expires_at": until.isoformat()}).json()["data"]
    assert facade.get(JOBS, headers={"X-API-Key": made["key"]}).status_code == 404
    with owner.begin() as connection:
        connection.execute(text("UPDATE api_key SET expires_at = now()"))
    assert facade.get(JOBS, headers={"X-API-Key": made["key"]}).status_code == 401


def test_a_revoked_key_is_useless_and_stays_listed(made, as_admin, facade, owner):
    path = f"{KEYS}/{made['id']}"
    assert as_admin.delete(path).json()["data"]["revoked_at"]
    assert facade.get(JOBS, headers={"X-API-Key": made["key"]}).status_code == 401
    assert as_admin.get(KEYS).json()["data"][0]["revoked_at"]
    fails_as(as_admin.delete(path), 404, "not-found")
    fails_as(as_admin.delete(f"{KEYS}/{uuid4()}"), 404, "not-found")
    with owner.connect() as connection:
        found = connection.execute(
            text("SELECT kind, actor, api_key_id, details FROM security_event ORDER BY position")
        ).all()
    assert [each.kind for each in found] == ["key_made", "key_revoked", "key_refused"]
    assert found[0].details["scopes"] == ["jobs:read"]
    assert {str(each.api_key_id) for each in found} == {made["id"]}
    assert made["key"] not in str(found)


class TestLastUse:
    def test_is_noted_though_the_call_only_reads(self, made, facade, owner):
        assert row(owner, "last_used_at").last_used_at is None
        facade.get(JOBS, headers={"X-API-Key": made["key"]})
        assert row(owner, "last_used_at").last_used_at is not None

    def test_is_noted_once_a_minute(self, made, facade, owner):
        seen = set()
        for _ in range(3):
            facade.get(JOBS, headers={"X-API-Key": made["key"]})
            seen.add(row(owner, "last_used_at").last_used_at)
        assert len(seen) == 1
        with owner.begin() as connection:
            connection.execute(text("UPDATE api_key SET last_used_at = now() - interval '61 seconds'"))
        facade.get(JOBS, headers={"X-API-Key": made["key"]})
        assert row(owner, "last_used_at > now() - interval '30 seconds' AS noted").noted

    def test_is_not_waited_for(self, made, facade, owner):
        with owner.begin() as connection:
            connection.execute(text("SELECT FROM api_key FOR UPDATE"))
            assert facade.get(JOBS, headers={"X-API-Key": made["key"]}).status_code == 404
        assert row(owner, "last_used_at").last_used_at is None
