"""Modes and limits of a whole facade: what it serves in each, to whom, and how often."""

import pytest
from pydantic import ValidationError

from api.modes import is_served
from api.scopes import ROUTES, Scope
from settings import Settings

SIGN_IN = "/api/v1/auth/token"
HEALTH = "/api/v1/admin/health"


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=lambda part: part)
def test_each_mode_serves_no_more_than_the_one_before(method, path):
    full, internal, minimal = (is_served(mode, method, path) for mode in ("full", "internal", "minimal"))
    assert full
    assert internal is not path.startswith("/api/v1/auth/")
    assert internal or not minimal
    assert not minimal or method == "GET"
    assert not minimal or ROUTES[method, path] is not Scope.ADMINISTER


@pytest.mark.parametrize("mode", ["full", "internal", "minimal"])
def test_a_route_that_is_not_in_the_table_is_not_served(mode):
    assert not is_served(mode, "GET", "/api/v1/secrets")


def test_internal_signs_nobody_in_and_serves_the_rest(serve, caller):
    facade = serve(facade_mode="internal", trusted_proxies="10.0.0.0/8")
    assert facade.post(SIGN_IN, json={}).status_code == 404
    assert caller("admin", server=facade).get("/api/v1/admin/users").status_code == 200


def test_internal_needs_to_know_its_gateway():
    with pytest.raises(ValidationError, match="WAYBILL_TRUSTED_PROXIES must name the gateway"):
        Settings(facade_mode="internal")


def test_minimal_only_reads_and_only_for_api_keys(serve, caller):
    facade = serve(facade_mode="minimal")
    program, person = caller("service", server=facade), caller("admin", server=facade)
    assert facade.get("/healthz").status_code == 200
    assert facade.get("/problems").status_code == 200
    assert program.get("/api/v1/jobs/00000000-0000-0000-0000-000000000000").json()["detail"] != (
        "Nothing is served at this path."
    )
    assert person.get(HEALTH).json()["error"]["code"] == "unauthenticated"
    for method, path in (
        ("POST", SIGN_IN),
        ("POST", "/api/v1/invoices/process"),
        ("GET", "/api/v1/admin/users"),
        ("POST", "/api/v1/webhooks/java-backend"),
    ):
        assert program.request(method, path, json={}).status_code in {404, 405}


def test_the_description_says_what_the_mode_serves(serve):
    described = serve(facade_mode="minimal").get("/openapi.json").json()["paths"]
    assert {method for path in described.values() for method in path} == {"get"}


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json"])
def test_the_documentation_is_served_outside_production_alone(serve, path):
    production = serve(environment="production", jwt_secret="s" * 40)
    assert production.get(path).status_code == 404
    assert serve().get(path).status_code == 200


def test_a_caller_who_calls_too_often_is_told_so_and_others_are_not(serve, caller):
    facade = serve(rate_limit="2/hour")
    one, other = caller("admin", server=facade), caller("service", server=facade)
    assert [one.get("/api/v1/admin/users").status_code for _ in range(3)] == [200, 200, 429]
    refused = one.get("/api/v1/admin/users")
    assert refused.json()["error"]["code"] == "too-many-requests"
    assert refused.headers["ratelimit-policy"] == '"caller";q=2;w=3600'
    assert int(refused.headers["retry-after"]) > 0
    assert other.get("/api/v1/jobs").status_code != 429


def test_every_method_at_a_path_is_allowed_for(as_admin):
    answer = as_admin.put("/api/v1/admin/users")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


def test_text_that_nothing_can_store_is_the_callers_mistake(as_admin):
    for name in ("a\x00b@example.be", "\ud800@example.be"):
        escaped = '{"name": "%s", "password": "%s", "role": "user"}' % (  # noqa: UP031 - braces are JSON's
            name.encode("unicode_escape").decode().replace("\\x00", "\\u0000"),
            "correct horse battery",
        )
        answer = as_admin.post(
            "/api/v1/admin/users", content=escaped, headers={"Content-Type": "application/json"}
        )
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid-request")
