"""Problems, explained one by one: where the `type` of each leads."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.envelope import Success, documented
from api.problems import PROBLEMS, NotFound, Problem

router = APIRouter(prefix="/problems", tags=["problems"])


class Explained(BaseModel):
    """One kind of problem; its code is stable."""

    type: str = Field(examples=["/problems/not-found"])
    code: str = Field(examples=["not-found"])
    status: int = Field(examples=[404])
    title: str = Field(examples=["Not found"])
    documentation: str = Field(examples=["There is nothing there, or nothing that the caller may see."])


@router.get("", operation_id="listProblems", summary="All kinds of problems")
async def list_problems() -> Success[list[Explained]]:
    """Every problem that the facade may answer with, by its code."""
    kinds = [explained(PROBLEMS[code]) for code in sorted(PROBLEMS)]
    return Success(data=kinds, message=f"{len(kinds)} kinds of problems.")


@router.get(
    "/{code}",
    operation_id="explainProblem",
    summary="One kind of problem",
    responses=documented(NotFound),
)
async def explain_problem(code: str) -> Success[Explained]:
    """What a problem with this code means."""
    kind = PROBLEMS.get(code)
    if kind is None:
        raise NotFound("There is no problem of this code; /problems lists all.")
    return Success(data=explained(kind), message=kind.title + ".")


def explained(kind: type[Problem]) -> Explained:
    """What the class says of itself, its documentation as one line."""
    return Explained(
        type=kind.type_uri(),
        code=kind.code,
        status=int(kind.status),
        title=kind.title,
        documentation=" ".join((kind.__doc__ or "").split()),
    )
