"""Accounts of people: made, changed and disabled by administrators."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.callers import address_of
from api.envelope import Success, documented
from api.passwords import LONGEST, SHORTEST, WeakPassword, hash_beside, insist_on_strength
from api.problems import Conflict, InvalidRequest, NotFound
from api.visits import Administers, Visit
from db import accounts as ledger
from db.accounts import NAME, Account, AccountRefused
from db.security_events import SecurityEvent, record
from invoices.company import enterprise_number

router = APIRouter(prefix="/admin/users", tags=["accounts"])

Companies = Annotated[
    list[Annotated[str, AfterValidator(enterprise_number)]] | None,
    Field(
        min_length=1,
        max_length=1000,
        description="Enterprise numbers of the companies whose invoices may be seen; null for all.",
        examples=[["0403019261"]],
    ),
]
Password = Annotated[
    str,
    Field(min_length=SHORTEST, max_length=LONGEST, description="Not the name; there are no other rules."),
]
PersonRole = Annotated[str, Field(pattern="^(admin|user)$", examples=["user"])]


class NewUser(BaseModel):
    """An account to be made."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(
        pattern=NAME, description="To sign in with, in whatever case.", examples=["an@example.be"]
    )
    password: Password
    role: PersonRole
    companies: Companies = None


class UserChange(BaseModel):
    """What to change of an account; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    role: PersonRole | None = None
    companies: Companies = None
    password: Password | None = None


class User(BaseModel):
    """An account."""

    id: UUID
    name: str = Field(examples=["an@example.be"])
    role: PersonRole
    companies: list[str] | None = Field(description="Whose invoices it may see; null for all.")
    disabled_at: datetime | None
    created_at: datetime
    updated_at: datetime


@router.get("", operation_id="listUsers", summary="All accounts")
async def users(visit: Administers) -> Success[list[User]]:
    """All accounts by name, disabled ones too."""
    found = await visit.ask(ledger.accounts)
    return Success(data=[_shown(each) for each in found], message=f"{len(found)} accounts.")


@router.post(
    "",
    operation_id="makeUser",
    summary="Make an account",
    status_code=HTTPStatus.CREATED,
    responses=documented(Conflict),
)
async def make(body: NewUser, request: Request, visit: Administers, response: Response) -> Success[User]:
    """Make an account, which may sign in at once."""
    with _refusals():
        insist_on_strength(body.name, body.password)
        hashed = await hash_beside(body.password)
        made = await visit.ask(ledger.make_account, body.name, body.role, body.companies, hashed)
    await _note(visit, request, SecurityEvent.ACCOUNT_MADE, made, _may(made))
    response.headers["Location"] = f"{request.url.path}/{made.id}"
    return Success(data=_shown(made), message=f"{made.name} may sign in.")


@router.get("/{user_id}", operation_id="readUser", summary="One account", responses=documented(NotFound))
async def user(user_id: UUID, visit: Administers) -> Success[User]:
    """One account."""
    found = _found(user_id, await visit.ask(ledger.account, user_id))
    return Success(data=_shown(found), message=f"{found.name}.")


@router.patch(
    "/{user_id}",
    operation_id="changeUser",
    summary="Change an account",
    responses=documented(NotFound, Conflict),
)
async def change(user_id: UUID, body: UserChange, request: Request, visit: Administers) -> Success[User]:
    """Change what an account may do and see, from its next call on; another password ends its sign-ins."""
    changed = _found(user_id, await visit.ask(ledger.account, user_id))
    wanted = body.model_dump(include={"role", "companies"}, exclude_unset=True)
    with _refusals():
        if wanted:
            changed = _found(user_id, await visit.ask(ledger.change_account, user_id, **wanted))
            await _note(visit, request, SecurityEvent.ACCOUNT_CHANGED, changed, _may(changed))
        if body.password is not None:
            insist_on_strength(changed.name, body.password)
            hashed = await hash_beside(body.password)
            changed = _found(user_id, await visit.ask(ledger.set_password, user_id, hashed))
            await _note(visit, request, SecurityEvent.PASSWORD_CHANGED, changed)
    return Success(data=_shown(changed), message=f"{changed.name} is changed.")


@router.delete(
    "/{user_id}",
    operation_id="disableUser",
    summary="Disable an account",
    responses=documented(NotFound, Conflict),
)
async def disable(user_id: UUID, request: Request, visit: Administers) -> Success[User]:
    """Keep an account out from now on; its sign-ins end at once. What it did stays in the audit trail."""
    if user_id == visit.caller.id:
        raise Conflict("You would disable yourself: let another administrator do it.")
    _found(user_id, await visit.ask(ledger.account, user_id))
    with _refusals():
        disabled = await visit.ask(ledger.disable_account, user_id)
    if disabled is None:
        raise Conflict("The account is disabled already.")
    await _note(visit, request, SecurityEvent.ACCOUNT_DISABLED, disabled)
    return Success(data=_shown(disabled), message=f"{disabled.name} is disabled.")


@router.post(
    "/{user_id}/enable",
    operation_id="enableUser",
    summary="Enable an account again",
    responses=documented(NotFound, Conflict),
)
async def enable(user_id: UUID, request: Request, visit: Administers) -> Success[User]:
    """Let a disabled account sign in again, with the password, role and companies that it had."""
    _found(user_id, await visit.ask(ledger.account, user_id))
    enabled = await visit.ask(ledger.enable_account, user_id)
    if enabled is None:
        raise Conflict("The account is not disabled.")
    await _note(visit, request, SecurityEvent.ACCOUNT_ENABLED, enabled)
    return Success(data=_shown(enabled), message=f"{enabled.name} may sign in again.")


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except AccountRefused as refused:
        raise Conflict(str(refused)) from None
    except WeakPassword as weak:
        details = [{"field": "body.password", "message": str(weak), "rule": "weak_password"}]
        raise InvalidRequest(str(weak), details=details) from None


async def _note(
    visit: Visit, request: Request, kind: SecurityEvent, about: Account, details: dict[str, Any] | None = None
) -> None:
    await visit.ask(
        record,
        kind,
        actor=visit.caller.actor.name,
        account_id=about.id,
        address=address_of(request),
        details={"name": about.name, **(details or {})},
    )


def _may(account: Account) -> dict[str, Any]:
    return {"role": account.role, "companies": account.companies and sorted(account.companies)}


def _found(user_id: UUID, account: Account | None) -> Account:
    if account is None:
        raise NotFound(f"There is no account {user_id}.")
    return account


def _shown(account: Account) -> User:
    return User(
        id=account.id,
        name=account.name,
        role=account.role,
        companies=None if account.companies is None else sorted(account.companies),
        disabled_at=account.disabled_at,
        created_at=account.created_at,
        updated_at=account.updated_at,
    )
