"""Signing in, staying signed in, signing out: short access tokens, and refresh tokens that are good once."""

import secrets
from datetime import timedelta
from hashlib import sha256
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.status import HTTP_204_NO_CONTENT

from api.callers import address_of
from api.envelope import Success, documented
from api.facade import Facade, facade_of
from api.passwords import LONGEST, hash_beside
from api.problems import Problem, Unauthenticated
from api.tokens import LIFETIME, Claims, signer
from db import sign_ins
from db.accounts import NAME
from db.sign_ins import Family
from db.waypoints import Waypoint

_NOT_STORED = {"Cache-Control": "no-store", "Pragma": "no-cache"}


def _not_stored(response: Response) -> None:
    response.headers.update(_NOT_STORED)


router = APIRouter(prefix="/auth", tags=["auth"], dependencies=[Depends(_not_stored)])
AFacade = Annotated[Facade, Depends(facade_of)]


class TooManySignIns(Problem):
    """Too many sign-ins failed for this name or from this address: wait as long as `Retry-After` says."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    code = "too-many-sign-ins"
    title = "Too many sign-ins failed"


class SignInBody(BaseModel):
    """Who signs in."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "an@example.be", "password": "correct horse battery"}]},
    )

    name: str = Field(pattern=NAME, description="In whatever case.")
    password: str = Field(min_length=1, max_length=LONGEST)


class RefreshBody(BaseModel):
    """A refresh token."""

    model_config = ConfigDict(extra="forbid")

    refresh_token: str = Field(min_length=1, max_length=200, examples=["wbr_V3ryL0ngAndRandom"])


class Tokens(BaseModel):
    """What a sign-in is good for."""

    access_token: str = Field(description="For `Authorization: Bearer`.")
    refresh_token: str = Field(description="Good once, for the next tokens; one used twice ends the sign-in.")
    expires_in: int = Field(description="Seconds that the access token lasts.", examples=[900])
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - no secret


@router.post(
    "/token", operation_id="signIn", summary="Sign in", responses=documented(Unauthenticated, TooManySignIns)
)
async def sign_in(body: SignInBody, request: Request, facade: AFacade) -> Success[Tokens]:
    """Sign in with name and password, for an access token of 15 minutes and a refresh token.

    Repeated failures are slowed down, by name and by address.
    """
    address = address_of(request)
    async with facade.ledger.transaction(Waypoint.CALLER_NOTED) as connection:
        challenge = await connection.run_sync(sign_ins.challenge, body.name, address)
    if challenge.wait:
        raise _too_many(challenge.wait)
    hashed = await hash_beside(body.password, challenge.hashed_like)
    refresh_token = _new_refresh_token()
    async with facade.ledger.transaction(Waypoint.SIGNED_IN) as connection:
        family = await connection.run_sync(
            sign_ins.sign_in, body.name, hashed, address, _hash(refresh_token), _idle(facade)
        )
    if isinstance(family, int):
        raise _too_many(family) if family else _not_let_in("Name and password do not fit.")
    return Success(data=_tokens(facade, family, refresh_token), message="Signed in.")


@router.post(
    "/refresh", operation_id="refreshSignIn", summary="Stay signed in", responses=documented(Unauthenticated)
)
async def refresh(body: RefreshBody, request: Request, facade: AFacade) -> Success[Tokens]:
    """The next tokens for a refresh token, which is then used up.

    A refresh token that comes a second time was taken from somebody: it ends the sign-in, and all its tokens.
    """
    refresh_token = _new_refresh_token()
    async with facade.ledger.transaction(Waypoint.SIGNED_IN) as connection:
        family = await connection.run_sync(
            sign_ins.refresh,
            _hash(body.refresh_token),
            address_of(request),
            _hash(refresh_token),
            _idle(facade),
        )
    if family is None:
        raise _not_let_in("The refresh token is used, expired or unknown: sign in again.")
    return Success(data=_tokens(facade, family, refresh_token), message="Still signed in.")


@router.post("/logout", operation_id="signOut", summary="Sign out", status_code=HTTP_204_NO_CONTENT)
async def sign_out(body: RefreshBody, request: Request, facade: AFacade) -> None:
    """End the sign-in of a refresh token: neither it nor any access token of the sign-in works from now on.

    The answer is the same for a token that was no good.
    """
    async with facade.ledger.transaction(Waypoint.SIGNED_IN) as connection:
        await connection.run_sync(sign_ins.sign_out, _hash(body.refresh_token), address_of(request))


def _tokens(facade: Facade, family: Family, refresh_token: str) -> Tokens:
    access_token = signer(facade.settings).sign(Claims(family.account_id, family.sign_in_id))
    return Tokens(
        access_token=access_token,
        refresh_token=refresh_token,
        expires_in=int(LIFETIME.total_seconds()),
    )


def _new_refresh_token() -> str:
    return f"wbr_{secrets.token_urlsafe(32)}"


def _hash(refresh_token: str) -> str:
    return sha256(refresh_token.encode()).hexdigest()


def _idle(facade: Facade) -> timedelta:
    return timedelta(days=facade.settings.refresh_token_days)


def _not_let_in(why: str) -> Unauthenticated:
    return Unauthenticated(why, headers={"WWW-Authenticate": "Bearer", **_NOT_STORED})


def _too_many(wait: int) -> TooManySignIns:
    return TooManySignIns(
        f"Too many sign-ins failed; try again in {wait} s.", headers={"Retry-After": str(wait), **_NOT_STORED}
    )
