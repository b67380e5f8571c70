"""The access log: one event for each call, with who made it, what came of it and how long it took."""

import logging
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_logger = logging.getLogger(__name__)

QUIET = frozenset({"/healthz", "/readyz"})
"""Asked every few seconds by whatever watches the facade."""


class AccessLog:
    """ASGI middleware: logs each call without its query, which may hold what is not for a log.

    `caller_id` of the request's state says who called, where somebody was let in.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status, size = perf_counter(), 0, 0

        async def noting(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
            size += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            about = {
                "method": scope["method"],
                "path": scope["path"],
                "status": status or None,
                "bytes": size,
                "duration": round(perf_counter() - started, 6),
                "caller": scope.get("state", {}).get("caller_id"),
            }
            level = logging.DEBUG if scope["path"] in QUIET else logging.INFO
            outcome = status or "no answer"
            _logger.log(level, "%s %s %s", scope["method"], scope["path"], outcome, extra=about)
