"""Callers: who a request says that it comes from, and what the ledger then shows them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar
from uuid import UUID

from fastapi import Request
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection

from api.facade import Facade
from api.problems import Unauthenticated
from api.scopes import SCOPES, Role, Scope
from api.tokens import NoToken, signer
from db import entrance
from db.api_keys import KEY_BEGINS, hash_of
from db.ledger import Actor
from db.waypoints import Waypoint, reached

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Caller:
    """An account or an API key that was let in.

    `companies` is None for one that may see every company's invoices.
    """

    id: UUID
    name: str
    role: Role
    scopes: frozenset[Scope]
    companies: frozenset[str] | None

    @property
    def actor(self) -> Actor:
        """Who the audit trail names for what the caller does."""
        return Actor(f"{self.name} ({self.role})")


async def admit(
    request: Request, facade: Facade, connection: AsyncConnection, *, reads_only: bool = False
) -> Caller:
    """Let the caller in: from here on the transaction shows what they may see, and names them in the audit trail.

    With `reads_only` it refuses to write.

    Raises:
        Unauthenticated: The request does not say who calls, or not in a valid way.
    """
    key, token = _credentials(request)
    address = address_of(request)
    door = _Door(connection, address, reads_only)
    entered = await (_by_key(door, key) if key else _by_token(door, facade, token))
    if entered is None:
        raise _not_let_in()
    return entered


def address_of(request: Request) -> str:
    """Where a call comes from, as far as the facade knows."""
    return request.client.host if request.client else "unknown"


def _credentials(request: Request) -> tuple[str, str]:
    """The API key or the access token of a request that has exactly one of them; the other is empty."""
    keys, authorizations = request.headers.getlist("x-api-key"), request.headers.getlist("authorization")
    if len(keys) + len(authorizations) != 1:
        raise _not_let_in()
    if keys:
        return keys[0], ""
    scheme, _, credential = authorizations[0].partition(" ")
    if scheme.lower() != "bearer" or not credential:
        raise _not_let_in()
    return (credential, "") if credential.startswith(KEY_BEGINS) else ("", credential)


@dataclass(frozen=True, slots=True)
class _Door:
    """Where a caller stands: the transaction that they would enter, where they come from, and what for."""

    connection: AsyncConnection
    address: str
    reads_only: bool

    async def enter(self, by: Callable[..., T], *whose: object) -> T:
        return await self.connection.run_sync(partial(by, reads_only=self.reads_only), *whose)


async def _by_token(door: _Door, facade: Facade, token: str) -> Caller | None:
    try:
        claims = signer(facade.settings).read(token)
    except NoToken:
        return None
    whose = (claims.sign_in_id, claims.account_id)
    found = await door.enter(entrance.enter_by_session, *whose)
    if found is None:
        await _note(door.connection, entrance.note_refused_token, *whose, door.address)
        return None
    role = Role(found.role)
    return Caller(found.id, found.name, role, SCOPES[role], found.companies)


async def _by_key(door: _Door, key: str) -> Caller | None:
    hashed = hash_of(key)
    found = await door.enter(entrance.enter_by_key, hashed)
    if found is not None and found.unnoted:
        await _note(door.connection, entrance.note_use_of_key, hashed)
        found = await door.enter(entrance.enter_by_key, hashed)
    if found is None:
        await _note(door.connection, entrance.note_refused_key, hashed, door.address)
        return None
    scopes = frozenset(map(Scope, found.scopes)) & SCOPES[Role.SERVICE]
    return Caller(found.id, found.name, Role.SERVICE, scopes, found.companies)


async def _note(connection: AsyncConnection, note: Callable[..., bool], *about: object) -> None:
    """Note something in a transaction of its own, before that of the visit, which may never be committed."""

    def noted(connection: Connection) -> bool:
        return note(connection, *about)

    if await connection.run_sync(noted):
        await connection.commit()
        reached(Waypoint.CALLER_NOTED)


def _not_let_in() -> Unauthenticated:
    return Unauthenticated(
        "Send either `Authorization: Bearer <access token>` or `X-API-Key: <key>`, one that is still valid.",
        headers={"WWW-Authenticate": "Bearer"},
    )
