"""API keys of services: made, listed and revoked by administrators; the key itself is shown once."""

from dataclasses import asdict
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from api.callers import address_of
from api.envelope import Success, documented
from api.problems import NotFound
from api.scopes import SCOPES, Role, Scope
from api.users import Companies
from api.visits import Administers
from db import api_keys as ledger
from db.security_events import SecurityEvent, record

router = APIRouter(prefix="/admin/api-keys", tags=["accounts"])


class NewKey(BaseModel):
    """An API key to be made."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[
        str,
        Field(
            min_length=1,
            max_length=100,
            pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$",
            description="What uses it; the audit trail names it.",
            examples=["erp-backend"],
        ),
    ]
    scopes: list[Scope] = Field(min_length=1, max_length=len(Scope), examples=[[Scope.REQUEST_RUNS]])
    companies: Companies = None
    expires_at: AwareDatetime | None = Field(None, description="From then on it is no good; null: never.")

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if too_much := set(self.scopes) - SCOPES[Role.SERVICE]:
            raise ValueError(f"a key may not have the scope {', '.join(sorted(too_much))}")
        if self.expires_at is not None and self.expires_at <= datetime.now(UTC):
            raise ValueError("`expires_at` is past")
        return self


class Key(BaseModel):
    """What may be shown of an API key."""

    id: UUID
    name: str = Field(examples=["erp-backend"])
    prefix: str = Field(description="How the key begins.", examples=["wbk_0f3a9c21"])
    scopes: list[Scope]
    companies: list[str] | None = Field(description="Whose invoices it may see; null for all.")
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None = Field(description="To the minute.")
    created_at: datetime


class MadeKey(Key):
    """An API key that was made just now."""

    key: str = Field(description="For `X-API-Key`. It is shown this once.")


@router.get("", operation_id="listApiKeys", summary="All API keys")
async def keys(visit: Administers) -> Success[list[Key]]:
    """All API keys, newest first, revoked ones too."""
    found = await visit.ask(ledger.api_keys)
    return Success(data=[Key(**_shown(each)) for each in found], message=f"{len(found)} keys.")


@router.post("", operation_id="makeApiKey", summary="Make an API key", status_code=HTTPStatus.CREATED)
async def make(body: NewKey, request: Request, visit: Administers, response: Response) -> Success[MadeKey]:
    """Make an API key for a service. Keep it: only its hash is stored, and it is never shown again."""
    made, key = await visit.ask(ledger.make_key, body.name, body.scopes, body.companies, body.expires_at)
    may = {
        "name": body.name,
        "scopes": body.scopes,
        "companies": body.companies,
        "expires_at": body.expires_at,
    }
    await visit.ask(
        record,
        SecurityEvent.KEY_MADE,
        actor=visit.caller.actor.name,
        api_key_id=made.id,
        address=address_of(request),
        details=may,
    )
    response.headers["Cache-Control"] = "no-store"
    return Success(data=MadeKey(**_shown(made), key=key), message="Keep the key: it is shown this once.")


@router.delete(
    "/{key_id}", operation_id="revokeApiKey", summary="Revoke an API key", responses=documented(NotFound)
)
async def revoke(key_id: UUID, request: Request, visit: Administers) -> Success[Key]:
    """Make an API key useless from now on."""
    revoked = await visit.ask(ledger.revoke_key, key_id)
    if revoked is None:
        raise NotFound(f"There is no API key {key_id}, or it is revoked already.")
    await visit.ask(
        record,
        SecurityEvent.KEY_REVOKED,
        actor=visit.caller.actor.name,
        api_key_id=key_id,
        address=address_of(request),
        details={"name": revoked.name},
    )
    return Success(data=Key(**_shown(revoked)), message=f"{revoked.name} is revoked.")


def _shown(key: ledger.ApiKey) -> dict[str, object]:
    companies = None if key.companies is None else sorted(key.companies)
    return {**asdict(key), "scopes": sorted(key.scopes), "companies": companies}
