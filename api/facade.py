"""What the endpoints work with: opened when the facade starts, given back when it stops."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import Request

from api.checking import Checking
from api.tokens import signer
from clients.orchestrator import Orchestrator, open_orchestrator
from db.facade import FacadeLedger
from db.vault import Vault
from settings import Settings
from tasks.workbench import open_vault, with_psycopg


@dataclass(frozen=True, slots=True)
class Facade:
    """Settings, ledger, keys, Prefect server and checking processes of one running facade."""

    settings: Settings
    ledger: FacadeLedger
    vault: Vault
    orchestrator: Orchestrator
    checking: Checking


@asynccontextmanager
async def open_facade(settings: Settings) -> AsyncIterator[Facade]:
    """All that the endpoints work with; the ledger's role is checked.

    Raises:
        SeesTooMuch: Row security would not hold for the role that it would act as.
        NoSecret: There is none to sign access tokens with, in production.
    """
    signer(settings)
    url = settings.facade_database_url or settings.database_url
    if url is None:
        raise RuntimeError("the facade needs the ledger's address: WAYBILL_DATABASE_URL")
    ledger = FacadeLedger(with_psycopg(url.get_secret_value()))
    checking = Checking(settings)
    try:
        # Outside production it may be the owner that acts as the facade's role.
        await ledger.insist_on_row_security(of_login=settings.environment == "production")
        async with open_orchestrator() as orchestrator:
            yield Facade(settings, ledger, open_vault(settings), orchestrator, checking)
    finally:
        await checking.close()
        await ledger.close()


async def facade_of(request: Request) -> Facade:
    """The facade that a request came to (asynchronous, as FastAPI asks a thread for anything else)."""
    facade: Facade = request.app.state.facade
    return facade
