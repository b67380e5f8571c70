"""The facade's own way into the ledger: asynchronous, as a role that owns nothing and sees what its caller may see."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from db.waypoints import Waypoint, reached

FACADE_ROLE = "waybill_facade"
_CONNECTIONS_LAST_SECONDS = 300
# Nobody waits longer for an answer, and one question must not keep the others waiting.
_STATEMENT_SECONDS = 15


_SEES_ALL = text("""
SELECT rolname FROM pg_roles r
WHERE rolname IN (current_user, CASE WHEN :of_login THEN session_user ELSE current_user END)
  AND (rolsuper OR rolbypassrls OR EXISTS (
      SELECT FROM pg_class WHERE relname = 'invoice' AND pg_has_role(r.oid, relowner, 'USAGE')))
""")


class SeesTooMuch(Exception):
    """The database role that the facade would act as is not bound by row security; the message says what to do."""


class FacadeLedger:
    """The ledger as the facade's callers see it: nothing, until the transaction says who calls."""

    def __init__(self, url: str | URL, *, pool_size: int = 8) -> None:
        self.url = make_url(url)
        # Parameters are invoices and secrets: they have no place in the message of an error.
        self.engine = create_async_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=8,
            pool_recycle=_CONNECTIONS_LAST_SECONDS,
            pool_use_lifo=True,
            hide_parameters=True,
        )
        event.listen(self.engine.sync_engine, "connect", _act_as_facade)

    @asynccontextmanager
    async def transaction(self, waypoint: Waypoint | None = None) -> AsyncIterator[AsyncConnection]:
        """A transaction; one that only reads has no `waypoint`.

        Row security hides everything until the block has let a caller in (`db.accounts`).
        """
        async with self.engine.connect() as connection:
            yield connection
            # One that only read ends so too: at a rollback the driver forgets the statements that it has prepared.
            await connection.commit()
        if waypoint is not None:
            reached(waypoint)

    async def insist_on_row_security(self, *, of_login: bool) -> None:
        """Make sure that the role cannot look past the policies; nor, `of_login`, the one that it logged in as.

        Raises:
            SeesTooMuch: It owns the tables, is a superuser or bypasses row security.
        """
        async with self.engine.connect() as connection:
            found = (await connection.execute(_SEES_ALL, {"of_login": of_login})).scalars().first()
        if found is not None:
            raise SeesTooMuch(
                f"The facade would act as {found}, which can see every company's invoices."
                " Let it log in as a role of its own: set WAYBILL_FACADE_DATABASE_URL to the ledger's address as"
                f" {FACADE_ROLE} (`waybill db upgrade` makes that role, where it may create roles)."
            )

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()


def _act_as_facade(dbapi_connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = dbapi_connection.cursor()
    cursor.execute(
        "SELECT FROM pg_roles WHERE rolname = %s AND rolname <> session_user"
        " AND pg_has_role(session_user, oid, 'MEMBER')",
        (FACADE_ROLE,),
    )
    if cursor.fetchone() is not None:
        cursor.execute(f"SET SESSION ROLE {FACADE_ROLE}")
    cursor.execute("SET SESSION TIME ZONE 'UTC'")
    cursor.execute(f"SET SESSION statement_timeout = '{_STATEMENT_SECONDS}s'")
    dbapi_connection.commit()
    cursor.close()
