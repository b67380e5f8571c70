"""Security events: what happened at the door, for administrators, newest first."""

from tests.api.conftest import PASSWORD

EVENTS = "/api/v1/admin/security-events"


def test_only_administrators_see_them(caller, facade):
    statuses = [each.get(EVENTS).status_code for each in (caller("user"), caller("service"), facade)]
    assert statuses == [403, 403, 401]


def test_they_say_who_did_what_from_where_under_which_request(as_admin, facade):
    body = {"name": as_admin.caller_name, "password": PASSWORD}
    facade.post("/api/v1/auth/token", json=body)
    facade.post("/api/v1/auth/token", json={**body, "password": "battery horse correct"})
    failed, signed_in = as_admin.get(EVENTS).json()["data"]["events"]
    assert (signed_in["kind"], signed_in["actor"]) == ("signed_in", f"{as_admin.caller_name} (admin)")
    assert (failed["kind"], failed["actor"], failed["details"]) == (
        "sign_in_failed",
        None,
        {"why": "wrong password"},
    )
    assert failed["account_id"] == signed_in["account_id"] == str(as_admin.caller_id)
    assert failed["address"] == "127.0.0.1"
    assert failed["correlation_id"] != signed_in["correlation_id"]


def test_they_come_in_pages_that_lose_none(as_admin):
    for number in range(5):
        as_admin.post("/api/v1/admin/api-keys", json={"name": f"key {number}", "scopes": ["validate"]})
    found, before = [], {}
    while True:
        page = as_admin.get(EVENTS, params={"limit": 2, **before}).json()["data"]
        found += [each["details"]["name"] for each in page["events"]]
        if page["next_before"] is None:
            break
        assert len(page["events"]) == 2
        before = {"before": page["next_before"]}
    assert found == [f"key {number}" for number in reversed(range(5))]


def test_a_page_has_its_limits(as_admin):
    for parameters in ({"limit": 0}, {"limit": 101}, {"before": 0}, {"before": 2**63}, {"before": "x"}):
        assert as_admin.get(EVENTS, params=parameters).status_code == 422
    assert as_admin.get(EVENTS, params={"before": 2**63 - 1}).json()["data"] == {
        "events": [],
        "next_before": None,
    }
