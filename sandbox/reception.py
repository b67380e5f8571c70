"""How every call is received: the fault told for it is committed, and what became of it is journalled."""

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Collection

from starlette.requests import Request
from starlette.responses import Response

from sandbox.errors import ContractError
from sandbox.fault_answers import answer_in_its_stead, distorted
from sandbox.faults import DISTORTIONS, Fault, FaultKind, Faults
from sandbox.journal import Call, Entry, Journal, Outcome, System

Deed = Callable[[Fault | None], Response]
"""Does what was asked and answers; it is given the fault, since some faults are in what a page holds."""

Handler = Callable[[Request, Entry], Awaitable[Response]]


class RefusedCallError(ContractError):
    """A call that breaks the contract: the message says how, the response is what the caller gets."""

    def __init__(self, reason: str, response: Response) -> None:
        super().__init__(reason)
        self.response = response


class Reception:
    """The front desk that the three systems share."""

    def __init__(self, journal: Journal, faults: Faults) -> None:
        self.journal = journal
        self._faults = faults

    def endpoint(
        self, system: System, kind: Call, handler: Handler
    ) -> Callable[[Request], Awaitable[Response]]:
        """`handler` as an endpoint: it gets a new journal entry, and what it refuses is journalled."""

        async def received(request: Request) -> Response:
            headers = request.headers
            entry = Entry(
                system,
                kind,
                request_id=headers.get("x-request-id"),
                traceparent=headers.get("traceparent"),
            )
            try:
                return await handler(request, entry)
            except RefusedCallError as refusal:
                return self._refuse(entry, refusal)

        return received

    async def receive(self, entry: Entry, deed: Deed, source_ids: Collection[str] = ()) -> Response:
        """Do `deed`, or fail as told; `source_ids` are the records of a page."""
        fault = self._faults.take(entry, source_ids)
        if fault is None:
            return self._do(deed, entry)
        entry.fault = fault.fault
        if fault.fault is FaultKind.SLOW:
            return await self._slowly(deed, entry, fault)
        if fault.fault in DISTORTIONS:
            return distorted(fault, self._do(deed, entry, fault))
        return self._instead(deed, entry, fault)

    def _refuse(self, entry: Entry, refusal: RefusedCallError) -> Response:
        entry.outcome = Outcome.REFUSED
        entry.reason = str(refusal)
        entry.status = refusal.response.status_code
        self.journal.add(entry)
        return refusal.response

    def _do(self, deed: Deed, entry: Entry, fault: Fault | None = None) -> Response:
        try:
            response = deed(fault)
        except RefusedCallError as refusal:
            return self._refuse(entry, refusal)
        entry.status = response.status_code
        self.journal.add(entry)
        return response

    async def _slowly(self, deed: Deed, entry: Entry, fault: Fault) -> Response:
        if fault.taken:
            response = self._do(deed, entry)
            await asyncio.sleep(fault.seconds)
            return response
        await asyncio.sleep(fault.seconds)
        return self._do(deed, entry)

    def _instead(self, deed: Deed, entry: Entry, fault: Fault) -> Response:
        answer = answer_in_its_stead(fault)
        if fault.taken:
            self._do(deed, entry)
        else:
            entry.outcome = Outcome.DROPPED if fault.fault is FaultKind.DROP else Outcome.REFUSED
            self.journal.add(entry)
        entry.status = None if fault.fault is FaultKind.DROP else answer.status_code
        return answer


def bears(request: Request, token: str) -> bool:
    """Whether the request carries `token` as its bearer token."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(given.encode(), token.encode())
