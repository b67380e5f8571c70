"""Compression: answers are gzipped for those who take it, but for those whose exact bytes were asked for."""

import re

from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware, GZipResponder, IdentityResponder
from starlette.types import Message, Receive, Scope, Send

_WORTH_IT_BYTES = 1024
_LEVEL = 5


class Compressed(GZipMiddleware):
    """ASGI middleware: leaves an answer with a strong ETag as it is, as that names its bytes (RFC 9110, 8.8.1)."""

    def __init__(self, app: object) -> None:
        super().__init__(app, minimum_size=_WORTH_IT_BYTES, compresslevel=_LEVEL)  # type: ignore[arg-type]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif _takes_gzip(Headers(scope=scope).get("Accept-Encoding", "")):
            await _Gzip(self.app, self.minimum_size, self.compresslevel)(scope, receive, send)
        else:
            await IdentityResponder(self.app, self.minimum_size)(scope, receive, send)


def _takes_gzip(accepted: str) -> bool:
    codings = {name.strip().lower(): weight for name, _, weight in map(_halves, accepted.split(","))}
    return bool(re.sub(r"[q=0.\s]", "", codings.get("gzip", "q=0") or "1"))


def _halves(coding: str) -> tuple[str, str, str]:
    return coding.partition(";")


class _Gzip(GZipResponder):
    _exact = False

    async def send_with_compression(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            tag = Headers(raw=message.get("headers", [])).get("ETag")
            self._exact = tag is not None and not tag.startswith("W/")
        if self._exact:
            await self.send(message)
        else:
            await super().send_with_compression(message)
