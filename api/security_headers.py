"""Security headers: what every answer tells a browser not to do with it."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Resource-Policy": "same-origin",
}
NOTHING_RUNS = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
# The pages that FastAPI makes of the description take their scripts and styles from there.
_OF_DOCS = (
    "default-src 'none'; connect-src 'self'; img-src 'self' data: https://fastapi.tiangolo.com;"
    " script-src 'unsafe-inline' https://cdn.jsdelivr.net; style-src 'unsafe-inline' https://cdn.jsdelivr.net"
    " https://fonts.googleapis.com; font-src https://fonts.gstatic.com; worker-src blob:;"
    " frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_DOCS = frozenset({"/docs", "/redoc"})
A_YEAR = "max-age=31536000"


class SecurityHeaders:
    """ASGI middleware: puts them on every answer; nothing is cached unless the answer itself says so."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                _complete(MutableHeaders(scope=message), scope)
            await send(message)

        await self._app(scope, receive, secured)


def _complete(headers: MutableHeaders, scope: Scope) -> None:
    headers.update(ALWAYS)
    headers.setdefault("Content-Security-Policy", _OF_DOCS if scope["path"] in _DOCS else NOTHING_RUNS)
    headers.setdefault("Cache-Control", "no-store")
    if scope["scheme"] == "https":
        headers["Strict-Transport-Security"] = A_YEAR
