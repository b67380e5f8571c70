"""Problems: what goes wrong at the facade, each with a status, a stable code and words (RFC 9457)."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar


class Problem(Exception):
    """Something went wrong that a caller should be told.

    The docstring of a subclass is its documentation; `detail` says what happened this time, and what to do.
    Every subclass stands in `PROBLEMS`, by its code.
    """

    status: ClassVar[HTTPStatus] = HTTPStatus.INTERNAL_SERVER_ERROR
    code: ClassVar[str]
    title: ClassVar[str]

    def __init__(
        self,
        detail: str,
        *,
        details: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.details = details
        self.headers = dict(headers or {})

    def __init_subclass__(cls) -> None:
        if cls.code in PROBLEMS:
            raise TypeError(f"two kinds of problem have the code {cls.code}")
        PROBLEMS[cls.code] = cls

    @classmethod
    def type_uri(cls) -> str:
        """Where the problem is explained, relative to the facade."""
        return f"/problems/{cls.code}"


PROBLEMS: dict[str, type[Problem]] = {}
"""Every problem by its code; codes are a public contract: retired, never reused."""


class InvalidRequest(Problem):
    """A parameter, a header or a field of the body is missing or not usable; `details` names each."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "invalid-request"
    title = "The request is not usable"


class NotFound(Problem):
    """There is nothing there, or nothing that the caller may see."""

    status = HTTPStatus.NOT_FOUND
    code = "not-found"
    title = "Not found"


class Unauthenticated(Problem):
    """The request says not, or not in a valid way, who calls: no token, an expired one, a revoked one."""

    status = HTTPStatus.UNAUTHORIZED
    code = "unauthenticated"
    title = "Who calls is not known"


class Forbidden(Problem):
    """The caller is known, and may not do this."""

    status = HTTPStatus.FORBIDDEN
    code = "forbidden"
    title = "Not allowed"


class Conflict(Problem):
    """What was asked does not fit how things stand now: look again, then decide."""

    status = HTTPStatus.CONFLICT
    code = "conflict"
    title = "It does not fit how things stand"


class Unavailable(Problem):
    """The ledger, or a neighbour that the call needs, cannot be reached now: try again later."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "unavailable"
    title = "Not available now"


class InternalError(Problem):
    """A fault of the facade itself; the log has the rest under the correlation id."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR
    code = "internal-error"
    title = "Something went wrong inside"
