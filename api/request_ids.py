"""Request ids: each call has one, usable and of its own, in its answer and in all that follows from it."""

from collections.abc import Iterable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from logs.correlation import correlated
from logs.tracing import trace_of_caller

HEADER = "X-Request-ID"
_HEADER = HEADER.lower().encode()
_TRACEPARENT = b"traceparent"


class Correlated:
    """ASGI middleware: gives a call the X-Request-ID that it came with, where it is usable, else a new one.

    Where it came without, and with a `traceparent`, the trace that it names: so both are found by one id.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with correlated(_wanted(scope)) as name:

            async def named(message: Message) -> None:
                if message["type"] == "http.response.start":
                    MutableHeaders(scope=message)[HEADER] = name
                await send(message)

            await self._app(scope, receive, named)


def _wanted(scope: Scope) -> str | None:
    """The id that the call came with; of several none is taken, as others may have seen another one."""
    if wanted := list(_values(scope, _HEADER)):
        return wanted[0] if len(wanted) == 1 else None
    traced = list(_values(scope, _TRACEPARENT))
    return trace_of_caller(traced[0]) if len(traced) == 1 else None


def _values(scope: Scope, wanted: bytes) -> Iterable[str]:
    return (value.decode("latin-1") for name, value in scope["headers"] if name == wanted)
