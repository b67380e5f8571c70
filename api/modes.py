"""Modes: which routes a facade serves, of those that stand in the table of who may call what."""

from typing import Literal

from fastapi import APIRouter
from fastapi.routing import APIRoute

from api.callers import Caller
from api.problems import Unauthenticated
from api.scopes import PUBLIC, ROUTES, Role, Scope

Mode = Literal["full", "internal", "minimal"]

_SIGNING_IN = "/api/v1/auth/"
_READING = frozenset({PUBLIC, Scope.READ_INVOICES, Scope.READ_JOBS, Scope.OPERATE})


def is_served(mode: Mode, method: str, path: str) -> bool:
    """Whether a facade of this mode serves the route: `internal` signs nobody in, `minimal` changes nothing either."""
    if (method, path) not in ROUTES:
        return False
    if mode == "full":
        return True
    if path.startswith(_SIGNING_IN):
        return False
    return mode == "internal" or (method == "GET" and ROUTES[method, path] in _READING)


def served_of(router: APIRouter, prefix: str, mode: Mode) -> APIRouter:
    """The routes of a router that a facade of this mode serves below `prefix`."""
    served = APIRouter()
    served.routes = [
        route
        for route in router.routes
        if isinstance(route, APIRoute)
        and all(is_served(mode, method, prefix + route.path) for method in route.methods or ())
    ]
    return served


def insist_on_mode(mode: Mode, caller: Caller) -> None:
    """Make sure that the caller may call a facade of this mode: `minimal` is for programs.

    Raises:
        Unauthenticated: An access token, where only API keys are taken.
    """
    if mode == "minimal" and caller.role is not Role.SERVICE:
        raise Unauthenticated("This facade only reads, and takes API keys alone: send `X-API-Key: <key>`.")
