"""Body limits: how large the body of a call may be, and how long it may take to come."""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.envelope import problem_response
from api.problems import Problem

DOCUMENT_BYTES = 41 * 1024 * 1024
"""The largest invoice that is taken anywhere has 40 MiB; the rest is for what a form puts around it."""

_WITH_DOCUMENTS = frozenset({"/api/v1/validate"})
_NO_MORE = {"Connection": "close"}


class BodyTooLarge(Problem):
    """The body of the call has more bytes than are taken: WAYBILL_MAX_BODY_BYTES, or 41 MiB to validate a document."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "body-too-large"
    title = "The body is too large"


class BodyTooSlow(Problem):
    """The body of the call did not come in time (WAYBILL_BODY_TIMEOUT_SECONDS)."""

    status = HTTPStatus.REQUEST_TIMEOUT
    code = "body-too-slow"
    title = "The body is too slow"


class BodyRefused(HTTPException):
    """A problem on its way through the framework, which takes other exceptions while it reads for a bad request."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.status, problem.detail)
        self.problem = problem


class BodyLimits:
    """ASGI middleware: refuses a body by the length that it claims, or while it comes; it is never held here."""

    def __init__(self, app: ASGIApp, most_bytes: int, seconds: float) -> None:
        self._app = app
        self._most_bytes = most_bytes
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = max(self._most_bytes, DOCUMENT_BYTES) if scope["path"] in _WITH_DOCUMENTS else self._most_bytes
        if _claimed_bytes(scope) > most:
            await problem_response(_too_large(most), scope["path"])(scope, receive, send)
            return
        await self._app(scope, _Bounded(receive, most, self._seconds), send)


class _Bounded:
    """`receive` of one call, until its body is whole; after that it waits for the caller to go away."""

    def __init__(self, receive: Receive, most: int, seconds: float) -> None:
        self._receive = receive
        self._most = most
        self._seconds = seconds
        self._left = most
        self._whole = False
        self._ends_at: float | None = None

    async def __call__(self) -> Message:
        if self._whole:
            return await self._receive()
        self._ends_at = self._ends_at or asyncio.get_running_loop().time() + self._seconds
        try:
            async with asyncio.timeout_at(self._ends_at):
                message = await self._receive()
        except TimeoutError:
            words = f"The body did not come within {self._seconds:g} s."
            raise BodyRefused(BodyTooSlow(words, headers=_NO_MORE)) from None
        self._count(message)
        return message

    def _count(self, message: Mapping[str, object]) -> None:
        body = message.get("body", b"")
        self._left -= len(body) if isinstance(body, bytes) else 0
        self._whole = not message.get("more_body", False)
        if self._left < 0:
            raise BodyRefused(_too_large(self._most))


def _claimed_bytes(scope: Scope) -> int:
    claimed = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    return int(claimed) if claimed.isdigit() else 0


def _too_large(most: int) -> BodyTooLarge:
    # What is still on its way is not read: the connection ends.
    return BodyTooLarge(f"The body may have at most {most:,} bytes.", headers=_NO_MORE)
