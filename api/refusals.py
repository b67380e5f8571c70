"""Refusals of the framework, as problems: what it cannot route, read or validate."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from api.body_limits import BodyRefused, BodyTooLarge
from api.envelope import ProblemResponse, problem_response
from api.problems import Forbidden, InternalError, InvalidRequest, NotFound, Problem, Unauthenticated

_MOST_DETAILS = 100
_MOST_IN_WORDS = 5


class MethodNotAllowed(Problem):
    """There is something at the path, but not by this method; the header `Allow` names those that there are."""

    status = HTTPStatus.METHOD_NOT_ALLOWED
    code = "method-not-allowed"
    title = "Not by this method"


class NotAcceptable(Problem):
    """The answer cannot be given in any of the types that `Accept` names."""

    status = HTTPStatus.NOT_ACCEPTABLE
    code = "not-acceptable"
    title = "Not in these types"


class UnsupportedMediaType(Problem):
    """The body is of a media type that is not taken here; the detail names those that are."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    code = "unsupported-media-type"
    title = "Not a media type that is taken here"


_KINDS: dict[int, type[Problem]] = {
    int(kind.status): kind
    for kind in (
        Unauthenticated,
        Forbidden,
        NotFound,
        MethodNotAllowed,
        NotAcceptable,
        BodyTooLarge,
        UnsupportedMediaType,
    )
}


def refuse_in_problems(app: FastAPI) -> None:
    """Let the application answer whatever it refuses with a problem."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _not_usable)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(DataError, _not_storable)
    app.add_exception_handler(UnicodeEncodeError, _not_storable)


async def _problem(request: Request, problem: Any) -> ProblemResponse:
    return problem_response(problem, request.url.path)


async def _not_usable(request: Request, error: Any) -> ProblemResponse:
    errors = error.errors()
    if isinstance(error.body, bytes) and any(each["loc"] == ("body",) for each in errors):
        # The framework hands on as bytes what does not say that it is JSON.
        words = "The body is not said to be JSON: send `Content-Type: application/json`."
        return problem_response(UnsupportedMediaType(words), request.url.path)
    details = [
        {"field": ".".join(map(str, each["loc"])), "message": each["msg"], "rule": each["type"]}
        for each in errors[:_MOST_DETAILS]
    ]
    words = "; ".join(f"{each['field']}: {each['message']}" for each in details[:_MOST_IN_WORDS])
    return problem_response(InvalidRequest(f"{words}.", details=details), request.url.path)


async def _http(request: Request, error: Any) -> ProblemResponse:
    return problem_response(_as_problem(request, error), request.url.path)


async def _not_storable(request: Request, _error: Exception) -> ProblemResponse:
    words = (
        "A value cannot be stored or looked up: a number out of range, or text with NUL or half a character."
    )
    return problem_response(InvalidRequest(words), request.url.path)


def _as_problem(request: Request, error: HTTPException) -> Problem:
    if isinstance(error, BodyRefused):
        return error.problem
    if error.status_code == HTTPStatus.NOT_FOUND:
        return NotFound("Nothing is served at this path.")
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = sorted(set(_methods_at(request)))
        words = f"At this path there is {' and '.join(allowed)} alone."
        return MethodNotAllowed(words, headers={"Allow": ", ".join(allowed)})
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return InternalError("A fault of the facade. Its log has the rest: quote the correlation id.")
    kind = _KINDS.get(error.status_code, InvalidRequest)
    return kind(f"{str(error.detail).removesuffix('.')}.", headers=error.headers)


def _methods_at(request: Request) -> Iterable[str]:
    """The methods of every route at the path: the framework knows those of the first alone."""
    for route in iter_route_contexts(request.app.routes):
        if route.methods and compile_path(route.path_format or "")[0].match(request.url.path):
            yield from route.methods
