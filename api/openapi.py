"""The facade's description in OpenAPI: what the routes say of themselves, and what is true of all of them."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from api.access_log import QUIET
from api.body_limits import BodyTooLarge, BodyTooSlow
from api.envelope import ProblemDetails, ProblemResponse
from api.problems import (
    PROBLEMS,
    Forbidden,
    InternalError,
    InvalidRequest,
    Problem,
    Unauthenticated,
    Unavailable,
)
from api.rate_limits import TooManyRequests
from api.refusals import UnsupportedMediaType
from api.scopes import ROUTES, Scope

_DESCRIPTION = """\
What a program or a browser may ask of Waybill: which invoices there are and why each stands where it does, runs,
what a person decides, and how everything around it stands.

Success is `{success, data, message, timestamp, correlation_id}`. Everything else is a problem (RFC 9457,
`application/problem+json`); `/problems` explains each `code`. Money is a decimal string beside its currency, times
are RFC 3339 in UTC. `X-Request-ID` goes with every call and comes back with every answer.
"""

TAGS = {
    "auth": "Signing in, staying signed in, and signing out.",
    "runs": "Asking for runs of the main job.",
    "jobs": "What was asked for, how it stands, and what came of it.",
    "invoices": "Which invoices there are, everything about one, and what a person decides about it.",
    "validation": "Checking a document without storing it.",
    "webhooks": "Signed calls from the ERP.",
    "accounts": "People's accounts, programs' keys, and what happened at the door; for administrators.",
    "admin": "How everything stands; for operators who may see every company.",
    "health": "Probes for whatever starts and watches the facade.",
    "problems": "Each kind of problem, explained.",
}
"""What each tag is about, in the order in which people read them."""

_SCHEMES = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "An access token, for people: it lasts 15 minutes.",
    },
    "apiKey": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "A key, for programs; shown once, when it is made.",
    },
}

_REQUEST_ID = {
    "description": "The id of the call, as it was sent or as it was given; the same as `correlation_id`.",
    "schema": {"type": "string"},
}
_RETRY_AFTER = {
    "description": "Seconds after which a call may be tried again.",
    "schema": {"type": "integer", "minimum": 1},
}
_REFERRED = {"X-Request-ID": {"$ref": "#/components/headers/X-Request-ID"}}
_PROBLEM_TYPE = str(ProblemResponse.media_type)


class DescribedApp(FastAPI):
    """An application whose description says of each route who may call it and every problem that it may have."""

    def openapi(self) -> dict[str, Any]:
        """The description; made once."""
        if self.openapi_schema is None:
            self.openapi_schema = described(self)
        return self.openapi_schema


def described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI 3.1 document of all routes, in their order."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary="Invoices from a company's ERP into its accountant's books.",
        description=_DESCRIPTION,
        routes=app.routes,
        tags=[{"name": name, "description": words} for name, words in TAGS.items()],
        servers=[{"url": "/", "description": "This facade."}],
    )
    for method, path, _ in api_routes(app):
        _complete(document["paths"][path][method.lower()], ROUTES.get((method, path)), path)
    components = document.setdefault("components", {})
    components["securitySchemes"] = _SCHEMES
    components["headers"] = {"X-Request-ID": _REQUEST_ID, "Retry-After": _RETRY_AFTER}
    components["examples"] = {code: _example(PROBLEMS[code]) for code in sorted(PROBLEMS)}
    schemas = components.setdefault("schemas", {})
    for method, path, _ in api_routes(app):
        _share_definitions(document["paths"][path][method.lower()], schemas)
    _define_problem_details(schemas)
    return document


def api_routes(app: FastAPI) -> Iterator[tuple[str, str, RouteContext]]:
    """Each route of the facade's own: its method, its whole path, and what FastAPI knows of it."""
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute) and route.include_in_schema:
            for method in sorted(route.methods or ()):
                yield method, str(route.path_format), route


def _complete(operation: dict[str, Any], scope: Scope | None, path: str) -> None:
    if scope is None:
        operation["security"] = []
    else:
        operation["security"] = [{name: [str(scope)]} for name in _SCHEMES]
    responses = operation["responses"]
    if _is_of_fastapi(responses.get("422")):
        del responses["422"]
    for kind in _problems(operation, scope, path):
        _add(responses.setdefault(str(int(kind.status)), {}), kind)
    for response in responses.values():
        response["description"] = " ".join(response["description"].split())
        response["headers"] = _REFERRED | response.get("headers", {})
        _give_examples(response)
    if "429" in responses:
        responses["429"]["headers"] |= {"Retry-After": {"$ref": "#/components/headers/Retry-After"}}
    operation["responses"] = dict(sorted(responses.items()))


def _is_of_fastapi(response: Mapping[str, Any] | None) -> bool:
    return response is not None and "application/json" in response["content"]


def _problems(operation: Mapping[str, Any], scope: Scope | None, path: str) -> Iterable[type[Problem]]:
    """Those of every route, of every route that asks the ledger or who calls, and of every one that takes something."""
    yield InternalError
    if path not in QUIET:
        yield TooManyRequests
    if path.startswith("/api/"):
        yield Unavailable
    if scope is not None:
        yield from (Unauthenticated, Forbidden)
    if "requestBody" in operation or "parameters" in operation:
        yield InvalidRequest
    if "requestBody" in operation:
        yield from (UnsupportedMediaType, BodyTooLarge, BodyTooSlow)


def _add(response: dict[str, Any], kind: type[Problem]) -> None:
    said = response.get("description", "")
    if f"`{kind.code}`:" not in said:
        response["description"] = f"{said} `{kind.code}`: {kind.__doc__}".strip()
    response.setdefault("content", {}).setdefault(
        _PROBLEM_TYPE, {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}
    )


def _give_examples(response: dict[str, Any]) -> None:
    """Name the example of each problem that the description names."""
    if problem := response.get("content", {}).get(_PROBLEM_TYPE):
        codes = [code for code in sorted(PROBLEMS) if f"`{code}`:" in response["description"]]
        problem["examples"] = {code: {"$ref": f"#/components/examples/{code}"} for code in codes}


def _example(kind: type[Problem]) -> dict[str, Any]:
    detail = f"{kind.title}."
    return {
        "summary": kind.title,
        "value": {
            "type": kind.type_uri(),
            "title": kind.title,
            "status": int(kind.status),
            "detail": detail,
            "instance": "/api/v1/invoices",
            "success": False,
            "error": {"code": kind.code, "message": detail, "details": []},
            "timestamp": "2026-11-21T12:00:00Z",
            "correlation_id": "3f0e9a52-0c5b-4f0e-9d6c-2b7f4f1a8e11",
        },
    }


def _share_definitions(operation: Mapping[str, Any], schemas: dict[str, Any]) -> None:
    """Put what the schema of a body defines for itself beside all other schemas, where references look for it."""
    for content in operation.get("requestBody", {"content": {}})["content"].values():
        schema = json.loads(json.dumps(content["schema"]).replace("#/$defs/", "#/components/schemas/"))
        schemas.update(schema.pop("$defs", {}))
        content["schema"] = schema


def _define_problem_details(schemas: dict[str, Any]) -> None:
    schema = ProblemDetails.model_json_schema(
        mode="serialization", ref_template="#/components/schemas/{model}"
    )
    schemas.update(schema.pop("$defs", {}))
    schemas["ProblemDetails"] = schema
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
