"""Visits: one call of one caller, in one transaction of the ledger that is as long as the call."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Annotated, Any, ParamSpec, TypeVar

from fastapi import Depends, Request
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection

from api.callers import Caller, admit
from api.facade import Facade, facade_of
from api.modes import insist_on_mode
from api.problems import Forbidden
from api.rate_limits import limits_of
from api.scopes import Scope
from db.waypoints import Waypoint

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Visit:
    """Who calls, what the facade works with, and the transaction in which the ledger shows what they may see."""

    caller: Caller
    facade: Facade
    connection: AsyncConnection

    async def ask(self, question: Callable[..., T], *args: Any, **details: Any) -> T:
        """What a function of `db` answers that takes the connection first; it must not answer lazily."""

        def asked(connection: Connection) -> T:
            return question(connection, *args, **details)

        return await self.connection.run_sync(asked)


@dataclass(frozen=True, slots=True)
class Visiting:
    """A dependency that lets callers in who have the scope; with a waypoint they may write.

    What they write is committed before the answer leaves.
    """

    scope: Scope
    waypoint: Waypoint | None = None

    async def __call__(
        self, request: Request, facade: Annotated[Facade, Depends(facade_of)]
    ) -> AsyncIterator[Visit]:
        """The visit, for the length of the endpoint.

        Raises:
            Unauthenticated: The request does not say who calls.
            TooManyRequests: The caller called too often.
            Forbidden: The caller does not have the scope.
        """
        async with facade.ledger.transaction(self.waypoint) as connection:
            caller = await admit(request, facade, connection, reads_only=self.waypoint is None)
            request.state.caller_id = str(caller.id)
            limits_of(request).count_caller(caller.id)
            insist_on_mode(facade.settings.facade_mode, caller)
            if self.scope not in caller.scopes:
                raise Forbidden(f"This needs the scope `{self.scope}`, which {caller.name} does not have.")
            yield Visit(caller, facade, connection)


def _in(scope: Scope, waypoint: Waypoint | None = None) -> Any:
    # Of the function, not of the request: an answer must not leave before its transaction is committed.
    return Depends(Visiting(scope, waypoint), scope="function")


ReadsInvoices = Annotated[Visit, _in(Scope.READ_INVOICES)]
Decides = Annotated[Visit, _in(Scope.DECIDE, Waypoint.DECIDED)]
ReadsJobs = Annotated[Visit, _in(Scope.READ_JOBS)]
RequestsRuns = Annotated[Visit, _in(Scope.REQUEST_RUNS, Waypoint.RUN_REQUESTED)]
Validates = Annotated[Visit, _in(Scope.VALIDATE)]
Operates = Annotated[Visit, _in(Scope.OPERATE)]
Administers = Annotated[Visit, _in(Scope.ADMINISTER, Waypoint.ACCOUNT_CHANGED)]
