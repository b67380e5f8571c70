"""The table of who may call what: every route stands in it, does as it says, and refuses all others."""

import re
from pathlib import Path
from uuid import UUID

import pytest

from api.app import create
from api.openapi import api_routes
from api.scopes import PUBLIC, ROUTES, SCOPES, Role, Scope
from api.visits import Visiting
from settings import Settings

DOCUMENTED = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
APP = create(Settings.model_construct())
SERVED = {(method, path): route for method, path, route in api_routes(APP)}
PROTECTED = [key for key, scope in ROUTES.items() if scope is not PUBLIC]
OF_THE_FRAMEWORK = {"/openapi.json", "/docs", "/docs/oauth2-redirect", "/redoc"}


def named(key):
    return " ".join(key)


def asked_of(dependant):
    """The scopes that a route's dependencies ask for."""
    own = [dependant.call.scope] if isinstance(dependant.call, Visiting) else []
    return own + [scope for each in dependant.dependencies for scope in asked_of(each)]


def call(client, key):
    method, path = key
    return client.request(method, re.sub(r"\{\w+\}", str(UUID(int=0)), path), json={})


def test_every_route_stands_in_the_table_and_nothing_else_does():
    assert set(SERVED) == set(ROUTES)


def test_nothing_is_served_past_the_table():
    others = {route.path for route in APP.routes if getattr(route, "path", None) is not None}
    assert others <= OF_THE_FRAMEWORK


@pytest.mark.parametrize("key", ROUTES, ids=named)
def test_each_route_asks_for_the_scope_that_the_table_says(key):
    scope = ROUTES[key]
    assert asked_of(SERVED[key].dependant) == ([] if scope is PUBLIC else [scope])


def test_the_documentation_says_which_role_has_which_scope():
    words = {Role.ADMIN: ("yes", "no"), Role.USER: ("yes", "no"), Role.SERVICE: ("if given", "no")}
    rows = re.findall(r"^\| `([a-z:]+)` \| [^|]+ \| (.+) \| (.+) \| (.+) \|$", DOCUMENTED, re.MULTILINE)
    assert {scope: cells for scope, *cells in rows} == {
        scope: [words[role][scope not in SCOPES[role]] for role in Role] for scope in Scope
    }


def test_every_scope_is_of_use():
    assert {ROUTES[key] for key in PROTECTED} == SCOPES[Role.ADMIN]


def test_without_credentials_every_protected_route_is_refused(facade):
    for key in PROTECTED:
        answer = call(facade, key)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthenticated"), named(key)


@pytest.mark.parametrize("role", Role)
def test_each_role_is_refused_what_it_has_no_scope_for(caller, role):
    client = caller(role)
    for key in PROTECTED:
        answer = call(client, key)
        if ROUTES[key] in SCOPES[role]:
            assert answer.status_code not in {401, 403}, named(key)
        else:
            assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden"), named(key)


@pytest.mark.parametrize("scope", sorted(SCOPES[Role.SERVICE]))
def test_a_key_opens_what_its_one_scope_is_for_and_nothing_else(caller, scope):
    client = caller("service", scopes=[scope])
    for key in PROTECTED:
        refused = call(client, key).status_code == 403
        assert refused is (ROUTES[key] is not scope), named(key)


def test_public_routes_ask_nobody(facade):
    for key in set(ROUTES) - set(PROTECTED):
        answer = call(facade, key)
        assert answer.status_code != 403, named(key)
        if answer.status_code == 401:
            # These look at what is sent, not at who sends it.
            assert key[1].startswith(("/api/v1/auth/", "/api/v1/webhooks/")), named(key)
