"""A facade that really serves: uvicorn on a free port, a ledger of the test's own, the facade's own login role."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import wait
from contextlib import ExitStack, contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import uvicorn
import uvloop
from fastapi import FastAPI
from sqlalchemy import URL, Connection, Engine, text

from api.app import create
from api.scopes import SCOPES, Role, Scope
from api.tokens import Claims, signer
from db.api_keys import make_key
from settings import Settings

Serve = Callable[..., httpx.Client]
MakeCaller = Callable[..., "CallerClient"]


class CallerClient(httpx.Client):
    """A client with the credentials of an account or an API key; knows which."""

    caller_id: UUID
    caller_name: str


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """The address of a facade with these settings."""
    with serving_app(create(settings)) as url:
        yield url


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """One event loop for all facades of this process, in a thread that lives as long.

    A thread that ends with greenlets of its own can hang a process that is measured for coverage.
    """
    loop = uvloop.new_event_loop()
    threading.Thread(target=loop.run_forever, name="facades", daemon=True).start()
    return loop


async def _serve(server: uvicorn.Server, listening: socket.socket) -> None:
    try:
        await server.serve(sockets=[listening])
    except SystemExit as refused:  # it would end the loop for all
        raise RuntimeError("it did not start") from refused


@contextmanager
def serving_app(app: FastAPI) -> Iterator[str]:
    """The address at which an application is served."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(128)
        server = uvicorn.Server(
            # As `waybill up` serves it; logs are left to pytest.
            uvicorn.Config(app, log_config=None, lifespan="on", server_header=False, proxy_headers=False)
        )
        serving = asyncio.run_coroutine_threadsafe(_serve(server, listening), _loop())
        while not server.started and not serving.done():
            wait([serving], 0.01)
        assert server.started, serving.exception()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            serving.result(30)


@pytest.fixture
def facade_settings(database_url: URL, data_dir: Path) -> dict[str, Any]:
    """Settings of a facade on the test's ledger, which logs in as its own role."""
    return {
        "data_dir": data_dir,
        "database_url": database_url.render_as_string(hide_password=False),
        "facade_database_url": database_url.set(username="waybill_facade", password=None).render_as_string(
            hide_password=False
        ),
        # All tests call from one address, and fast.
        "rate_limit": "100000/second",
        "rate_limit_address": "100000/second",
    }


@pytest.fixture
def serve(facade_settings: dict[str, Any]) -> Iterator[Serve]:
    """Starts a facade, with settings of the test's own beside the usual ones; gives a client of it."""
    with ExitStack() as stack:

        def start(**settings: Any) -> httpx.Client:
            url = stack.enter_context(serving(Settings(**{**facade_settings, **settings})))
            return stack.enter_context(httpx.Client(base_url=url, timeout=30))

        yield start


@pytest.fixture
def facade(serve: Serve) -> httpx.Client:
    """A facade with the usual settings."""
    return serve()


# Of the password "correct horse battery": argon2 takes its time, and only tests of signing in need it.
PASSWORD = "correct horse battery"
PASSWORD_HASH = (
    "$argon2id$v=19$m=65536,t=3,p=4$dhnxiE7wa+ROuoAlYNloQg$8+/y0SSjfTcJ6ZDHSNGQ0CsxMfaDxwn9zBMvA7B5/JE"
)


@pytest.fixture
def caller(
    owner: Engine, facade_settings: dict[str, Any], request: pytest.FixtureRequest
) -> Iterator[MakeCaller]:
    """Makes an account (signed in) or an API key of its own, and a client with its credentials.

    `caller(role, companies=None, scopes=None, server=None, **settings)`: `server` is another facade's client than that
    of the `facade` fixture, `settings` those of its settings that access tokens depend on; a service's scopes are all
    that it may have unless given.
    """
    serials = count(1)
    with ExitStack() as stack:

        def make(
            role: str = "user",
            companies: list[str] | None = None,
            scopes: list[Scope] | None = None,
            server: httpx.Client | None = None,
            **settings: Any,
        ) -> CallerClient:
            name = f"{role}-{next(serials)}@example.be"
            server = server or request.getfixturevalue("facade")
            with owner.begin() as connection:
                if role == Role.SERVICE:
                    given = SCOPES[Role.SERVICE] if scopes is None else scopes
                    api_key, key = make_key(connection, name, given, companies)
                    made = api_key.id
                    headers = {"X-API-Key": key}
                else:
                    made, sign_in_id = signed_in(connection, name, role, companies)
                    token = signer(Settings(**{**facade_settings, **settings})).sign(Claims(made, sign_in_id))
                    headers = {"Authorization": f"Bearer {token}"}
            client = stack.enter_context(CallerClient(base_url=server.base_url, headers=headers, timeout=30))
            client.caller_id, client.caller_name = made, name
            return client

        yield make


def signed_in(
    connection: Connection, name: str, role: str, companies: list[str] | None = None
) -> tuple[UUID, UUID]:
    """A new account of the password PASSWORD, and a sign-in of it."""
    account_id = connection.execute(
        text(
            "INSERT INTO account (name, password_hash, role, companies)"
            " VALUES (:name, :hash, :role, :companies) RETURNING id"
        ),
        {"name": name, "hash": PASSWORD_HASH, "role": role, "companies": companies},
    ).scalar_one()
    sign_in_id = connection.execute(
        text("INSERT INTO sign_in (account_id) VALUES (:account_id) RETURNING id"), {"account_id": account_id}
    ).scalar_one()
    return account_id, sign_in_id


@pytest.fixture
def as_admin(caller: MakeCaller) -> CallerClient:
    """A client of an administrator."""
    return caller("admin")


@pytest.fixture
def as_user(caller: MakeCaller) -> CallerClient:
    """A client of a person who may see every company's invoices."""
    return caller("user")


@pytest.fixture
def as_service(caller: MakeCaller) -> CallerClient:
    """A client with an API key that has every scope of a service."""
    return caller("service")
