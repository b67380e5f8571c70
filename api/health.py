"""Health: that the facade lives, whether it is ready, and for operators how everything around it stands."""

from datetime import datetime
from importlib.metadata import version
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.envelope import Success, documented
from api.looking import Look, wanted_revision
from api.oversight import Oversees
from api.problems import Forbidden, Unavailable
from api.watch import Watching

probes = APIRouter(tags=["health"])
router = APIRouter(prefix="/admin", tags=["admin"])

Breaker = Literal["closed", "open", "half_open"]
Count = Annotated[int, Field(ge=0, examples=[3])]


class Alive(BaseModel):
    """That the process answers."""

    status: Literal["alive"] = "alive"


class Check(BaseModel):
    """One check, without what concerns operators alone."""

    name: str = Field(examples=["ledger"])
    well: bool
    latency_ms: float = Field(ge=0, description="How long it took.", examples=[1.5])


class Readiness(BaseModel):
    """Whether calls can be answered. Without Prefect all can but those that need it: `degraded`."""

    status: Literal["ready", "degraded"]
    checks: list[Check]
    breakers: dict[str, Breaker] = Field(
        description="Whether each neighbour is called as usual (closed), left alone (open) or tried again.",
        examples=[{"clearfacts": "closed", "java-backend": "closed"}],
    )


class Neighbour(Look):
    """A neighbour: how it answers, and its circuit breaker."""

    name: str = Field(examples=["clearfacts"])
    breaker: Breaker | None = Field(None, description="None where it has none.")
    failures: int = Field(0, ge=0, description="Failures in a row on record.")
    opened_at: datetime | None = None
    try_again_at: datetime | None = None
    last_failed_at: datetime | None = None
    last_error: str | None = Field(None, examples=["no answer for 30 s"])


class Waiting(BaseModel):
    """What waits, and since when the oldest of it does."""

    count: Count
    oldest_since: datetime | None = None


class Queues(BaseModel):
    """What waits in the ledger."""

    ready: Waiting = Field(description="Invoices that may be delivered; since they arrived.")
    claims: Waiting = Field(description="Uploads under way, or of workers that died.")
    run_requests: Waiting = Field(description="Runs that were asked for and not done.")
    webhooks: Waiting = Field(description="Messages to the ERP that were not delivered yet.")
    rejected_records: Count
    unsealed: Count
    workers: Count = Field(description="Workers that are alive.")


class Health(BaseModel):
    """How everything around the facade stands."""

    status: Literal["well", "unwell"]
    neighbours: list[Neighbour]
    queues: Queues
    states: dict[str, int] = Field(examples=[{"ready": 3, "sent": 120}])
    version: str = Field(description="Of Waybill.", examples=["0.1.0"])
    revision: str | None = Field(description="Of the ledger's schema.", examples=["0012"])
    wanted_revision: str = Field(description="That this facade works with.", examples=["0012"])


@probes.get("/healthz", operation_id="isAlive", summary="Does the facade live?")
async def healthz() -> Success[Alive]:
    """Answers as long as the process does; it looks at nothing else."""
    return Success(data=Alive(), message="Alive.")


@probes.get(
    "/readyz", operation_id="isReady", summary="Can calls be answered?", responses=documented(Unavailable)
)
async def readyz(watch: Watching) -> Success[Readiness]:
    """Whether the ledger and Prefect answer, and the breaker of each neighbour; looked at every few seconds."""
    looks = await watch.at_hand()
    checks = [Check(name=name, **_timed(look)) for name, (look, _) in looks.items()]
    if not looks["ledger"][0].well:
        raise Unavailable(
            "The ledger cannot be used now; an operator finds why at /api/v1/admin/health.",
            details=[check.model_dump() for check in checks],
        )
    breakers = dict.fromkeys(watch.neighbours, "closed") | looks["ledger"][1]["breakers"]
    status = "ready" if all(check.well for check in checks) else "degraded"
    return Success(
        data=Readiness(status=status, checks=checks, breakers=breakers), message=f"It is {status}."
    )


@router.get(
    "/health",
    operation_id="readHealth",
    summary="How everything stands",
    responses=documented(Forbidden, Unavailable),
)
async def health(visit: Oversees, watch: Watching) -> Success[Health]:
    """How each neighbour answers, how long it takes, what waits in the ledger, and versions."""
    looks = {**await watch.at_hand(), **await watch.outside()}
    figures = await watch.figures(visit)
    breakers = {each["neighbour"]: each for each in figures["breakers"]}
    neighbours = [_neighbour(name, look, breakers, watch) for name, (look, _) in looks.items()]
    unwell = [each.name for each in neighbours if not each.well]
    return Success(
        data=Health(
            status="unwell" if unwell else "well",
            neighbours=neighbours,
            queues=_queues(figures),
            states=figures["states"],
            version=version("waybill"),
            revision=looks["ledger"][1].get("revision"),
            wanted_revision=wanted_revision(),
        ),
        message=f"Not well: {', '.join(unwell)}." if unwell else "All is well.",
    )


def _timed(look: Look) -> dict[str, Any]:
    return {"well": look.well, "latency_ms": look.latency_ms}


def _neighbour(name: str, look: Look, breakers: dict[str, dict[str, Any]], watch: Any) -> Neighbour:
    usual = {"breaker": "closed"} if name in watch.neighbours else {}
    known = {field: value for field, value in breakers.get(name, {}).items() if field != "neighbour"}
    return Neighbour(name=name, **look.model_dump(), **(usual | known))


def _queues(figures: dict[str, Any]) -> Queues:
    ready, claims = figures["ready"], figures["claims"]
    requests, webhooks = figures["run_requests"], figures["webhooks"]
    return Queues(
        ready=Waiting(count=ready["due"] + ready["later"], oldest_since=ready["oldest_since"]),
        claims=Waiting(count=claims["open"], oldest_since=claims["oldest_since"]),
        run_requests=Waiting(count=requests["open"], oldest_since=requests["oldest_since"]),
        webhooks=Waiting(count=webhooks["waiting"], oldest_since=webhooks["oldest_since"]),
        rejected_records=figures["rejected_records"],
        unsealed=figures["unsealed"],
        workers=figures["workers"],
    )
