"""Accounts: made, changed and disabled by administrators alone."""

from uuid import uuid4

import pytest
from sqlalchemy import text

from tests.api.conftest import PASSWORD

USERS = "/api/v1/admin/users"
NEW = {"name": "bart@example.be", "password": PASSWORD, "role": "user"}


def fails_as(answer, status, code):
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    return answer.json()["detail"]


def events(owner):
    with owner.connect() as connection:
        rows = connection.execute(
            text("SELECT kind, actor, account_id, details FROM security_event ORDER BY position")
        )
        return [tuple(row) for row in rows]


@pytest.fixture
def bart(as_admin):
    """An account that an administrator made."""
    answer = as_admin.post(USERS, json=NEW)
    assert answer.status_code == 201
    return answer.json()["data"]


@pytest.fixture
def sign_in(facade):
    def sign_in(name, password=PASSWORD):
        return facade.post("/api/v1/auth/token", json={"name": name, "password": password})

    return sign_in


def test_only_administrators_see_and_change_accounts(caller, facade):
    for client, status in ((caller("user"), 403), (caller("service"), 403), (facade, 401)):
        answers = [
            client.get(USERS),
            client.post(USERS, json=NEW),
            client.get(f"{USERS}/{uuid4()}"),
            client.patch(f"{USERS}/{uuid4()}", json={}),
            client.delete(f"{USERS}/{uuid4()}"),
        ]
        assert [each.status_code for each in answers] == [status] * 5


def test_a_new_account_may_sign_in_at_once_and_is_where_location_says(as_admin, bart, sign_in, owner):
    assert sign_in("bart@example.be").status_code == 200
    assert as_admin.get(f"{USERS}/{bart['id']}").json()["data"] == bart
    assert bart["companies"] is None
    assert bart["disabled_at"] is None
    kind, actor, account_id, details = events(owner)[0]
    assert (kind, actor) == ("account_made", f"{as_admin.caller_name} (admin)")
    assert str(account_id) == bart["id"]
    assert details == {"name": "bart@example.be", "role": "user", "companies": None}


def test_location_leads_to_the_account(as_admin):
    answer = as_admin.post(USERS, json=NEW)
    assert as_admin.get(answer.headers["location"]).json()["data"]["id"] == answer.json()["data"]["id"]


def test_all_are_listed_by_name_without_what_they_sign_in_with(as_admin, bart):
    answer = as_admin.get(USERS)
    assert [each["name"] for each in answer.json()["data"]] == [as_admin.caller_name, bart["name"]]
    assert "argon2" not in answer.text
    assert "hash" not in answer.text


def test_companies_are_taken_in_any_spelling(as_admin):
    made = as_admin.post(USERS, json={**NEW, "companies": ["BE 0999.000.129", "0403019261", "0403.019.261"]})
    assert made.json()["data"]["companies"] == ["0403019261", "0999000129"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": "b"}, "body.name"),
        ({"name": "bart x"}, "body.name"),
        ({"name": "bart\n"}, "body.name"),
        ({"password": "short"}, "body.password"),
        ({"password": "bart@example.be"}, "not the name"),
        ({"password": "aaaaaaaaaaaaaaa"}, "three different"),
        ({"role": "service"}, "body.role"),
        ({"role": "root"}, "body.role"),
        ({"companies": []}, "body.companies"),
        ({"companies": ["12"]}, "not a Belgian enterprise number"),
        ({"companies": "0403019261"}, "body.companies"),
        ({"password_hash": "x"}, "body.password_hash"),
    ],
)
def test_what_cannot_be_an_account_is_refused_by_field(as_admin, changes, says):
    answer = as_admin.post(USERS, json={**NEW, **changes})
    assert says in fails_as(answer, 422, "invalid-request")
    assert answer.json()["error"]["details"]
    assert PASSWORD not in answer.text


def test_a_name_is_taken_once_in_whatever_case(as_admin, bart):
    answer = as_admin.post(USERS, json={**NEW, "name": "BART@example.be"})
    assert "this name already" in fails_as(answer, 409, "conflict")


def test_an_administrator_is_not_limited_to_companies(as_admin):
    answer = as_admin.post(USERS, json={**NEW, "role": "admin", "companies": ["0403019261"]})
    assert "sees every company" in fails_as(answer, 409, "conflict")


def test_what_is_left_out_of_a_change_stays(as_admin, bart, owner):
    path = f"{USERS}/{bart['id']}"
    assert as_admin.patch(path, json={"companies": ["0403019261"]}).json()["data"]["companies"] == [
        "0403019261"
    ]
    changed = as_admin.patch(path, json={"role": "user"}).json()["data"]
    assert (changed["role"], changed["companies"]) == ("user", ["0403019261"])
    assert as_admin.patch(path, json={}).json()["data"]["companies"] == ["0403019261"]
    assert as_admin.patch(path, json={"role": "admin", "companies": None}).json()["data"]["role"] == "admin"
    assert [each[0] for each in events(owner)].count("account_changed") == 3


def test_another_password_ends_sign_ins_and_only_it_works(as_admin, bart, sign_in, facade, owner):
    tokens = sign_in(bart["name"]).json()["data"]
    answer = as_admin.patch(f"{USERS}/{bart['id']}", json={"password": "battery horse correct"})
    assert answer.status_code == 200
    old = facade.post("/api/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    assert old.status_code == 401
    assert sign_in(bart["name"]).status_code == 401
    assert sign_in(bart["name"], "battery horse correct").status_code == 200
    assert "password_changed" in [each[0] for each in events(owner)]
    assert "horse" not in str(events(owner))


def test_a_refused_password_changes_nothing_else(as_admin, bart):
    path = f"{USERS}/{bart['id']}"
    fails_as(as_admin.patch(path, json={"role": "admin", "password": bart["name"]}), 422, "invalid-request")
    assert as_admin.get(path).json()["data"]["role"] == "user"


def test_a_disabled_account_stays_and_is_out(as_admin, bart, sign_in, owner):
    path = f"{USERS}/{bart['id']}"
    disabled = as_admin.delete(path)
    assert disabled.status_code == 200
    assert disabled.json()["data"]["disabled_at"]
    assert sign_in(bart["name"]).status_code == 401
    assert as_admin.get(path).json()["data"]["disabled_at"]
    assert "disabled already" in fails_as(as_admin.delete(path), 409, "conflict")
    assert [each[0] for each in events(owner)].count("account_disabled") == 1


def test_a_disabled_account_is_let_in_again_as_it_was(as_admin, bart, sign_in, owner):
    path = f"{USERS}/{bart['id']}"
    tokens = sign_in(bart["name"]).json()["data"]
    assert "not disabled" in fails_as(as_admin.post(f"{path}/enable"), 409, "conflict")
    as_admin.delete(path)

    enabled = as_admin.post(f"{path}/enable")

    assert enabled.json()["data"] == {**bart, "updated_at": enabled.json()["data"]["updated_at"]}
    refreshed = as_admin.post("/api/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    assert refreshed.status_code == 401, "a sign-in that ended stays ended"
    assert sign_in(bart["name"]).status_code == 200
    assert [each[0] for each in events(owner)].count("account_enabled") == 1


def test_nobody_disables_themselves(as_admin, caller):
    caller("admin")
    assert "yourself" in fails_as(as_admin.delete(f"{USERS}/{as_admin.caller_id}"), 409, "conflict")


def test_the_last_administrator_stays_one(as_admin):
    answer = as_admin.patch(f"{USERS}/{as_admin.caller_id}", json={"role": "user"})
    assert "last administrator" in fails_as(answer, 409, "conflict")
    assert as_admin.get(USERS).status_code == 200


def test_an_account_that_there_is_not_is_not_found(as_admin):
    path = f"{USERS}/{uuid4()}"
    answers = [
        as_admin.get(path),
        as_admin.patch(path, json={"role": "user"}),
        as_admin.patch(path, json={"password": "battery horse correct"}),
        as_admin.delete(path),
        as_admin.post(f"{path}/enable"),
    ]
    for answer in answers:
        fails_as(answer, 404, "not-found")
