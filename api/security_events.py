"""Security events: what happened at the door, for administrators, newest first."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.envelope import Success
from api.visits import Administers
from db.security_events import events

router = APIRouter(prefix="/admin/security-events", tags=["accounts"])


class Event(BaseModel):
    """One security event."""

    position: int
    at: datetime
    kind: str = Field(examples=["sign_in_failed"])
    actor: str | None = Field(description="Who did it; null for whoever stood at the door.")
    account_id: UUID | None = Field(description="The account that it is about.")
    api_key_id: UUID | None = Field(description="The API key that it is about.")
    address: str | None = Field(description="Where the call came from.", examples=["192.0.2.7"])
    correlation_id: str | None
    details: dict[str, Any]


class EventPage(BaseModel):
    """Some events, and where the next ones begin."""

    events: list[Event]
    next_before: int | None = Field(description="For `before` of the next page; null: there are no more.")


@router.get("", operation_id="listSecurityEvents", summary="Security events")
async def security_events(
    visit: Administers,
    before: Annotated[
        int | None, Query(ge=1, le=2**63 - 1, description="Only those before this position.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="At most so many.")] = 50,
) -> Success[EventPage]:
    """Who signed in, who was refused, who changed what may be done; newest first."""
    found = await visit.ask(events, before, limit + 1)
    page = found[:limit]
    more = page[-1].position if len(found) > limit else None
    data = EventPage(events=[Event(**asdict(each)) for each in page], next_before=more)
    return Success(data=data, message=f"{len(page)} events.")
