"""The envelope: the shape around every answer, of success (`Success`) and of trouble (`problem_response`)."""

from datetime import UTC, datetime
from typing import Any, Generic, Literal, TypeVar

from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from api.problems import Problem
from logs.correlation import correlation_id

T = TypeVar("T")


def now() -> datetime:
    """This moment in UTC."""
    return datetime.now(UTC)


class Success(BaseModel, Generic[T]):
    """An answer to a call that did what it was asked."""

    model_config = ConfigDict(extra="forbid")

    success: Literal[True] = True
    data: T
    message: str = Field(description="What happened, for people.", examples=["3 invoices."])
    timestamp: datetime = Field(default_factory=now, description="When it was answered (UTC).")
    correlation_id: str = Field(
        default_factory=correlation_id, description="The X-Request-ID of the call, also in logs."
    )


class Trouble(BaseModel):
    """What went wrong, for programs that read the envelope alone."""

    code: str = Field(description="Stable; see /problems/{code}.", examples=["not-found"])
    message: str
    details: list[dict[str, Any]] = []


class ProblemDetails(BaseModel):
    """An answer to a call that did not do what it was asked (RFC 9457)."""

    type: str = Field(examples=["/problems/not-found"])
    title: str
    status: int
    detail: str
    instance: str = Field(description="The path that was called.")
    success: Literal[False] = False
    error: Trouble
    timestamp: datetime
    correlation_id: str


class ProblemResponse(JSONResponse):
    """A response of the media type that RFC 9457 gives problems."""

    media_type = "application/problem+json"


def problem_response(problem: Problem, instance: str) -> ProblemResponse:
    """The problem as the caller gets it."""
    body = ProblemDetails(
        type=problem.type_uri(),
        title=problem.title,
        status=problem.status,
        detail=problem.detail,
        instance=instance,
        error=Trouble(
            code=problem.code,
            message=problem.detail,
            details=[dict(each) for each in problem.details],
        ),
        timestamp=now(),
        correlation_id=correlation_id(),
    )
    return ProblemResponse(body.model_dump(mode="json"), problem.status, headers=problem.headers)


def documented(*problems: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """The problems of a route, for its `responses`."""
    by_status: dict[int | str, list[type[Problem]]] = {}
    for problem in problems:
        by_status.setdefault(int(problem.status), []).append(problem)
    return {
        status: {
            "description": " ".join(f"`{each.code}`: {each.__doc__}" for each in kinds),
            "content": {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}
            },
        }
        for status, kinds in by_status.items()
    }
