"""A bearer token that is put on a request and shown nowhere else."""

import base64
import html
import json
import re
from collections.abc import Generator
from urllib.parse import quote

import httpx

_SENDABLE = re.compile(r"[\x21-\x7e]*")
_REDACTED = b"[token]"


class UnusableTokenError(ValueError):
    """A token that HTTP cannot carry; its text is not repeated."""


class Bearer(httpx.Auth):
    """Puts `Authorization: Bearer <token>` on a request (RFC 6750, 2.1); an empty token puts nothing."""

    def __init__(self, token: str) -> None:
        if not _SENDABLE.fullmatch(token):
            raise UnusableTokenError("the token holds a space, a line end or a character outside ASCII")
        self.__token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """As `httpx.Auth`."""
        if self.__token:
            request.headers["Authorization"] = f"Bearer {self.__token}"
        yield request

    def scrubbed(self, answer: bytes) -> bytes:
        """`answer` without the token, in any form in which a server may echo it."""
        token = self.__token
        echoes = (
            token,
            quote(token, safe=""),
            html.escape(token),
            json.dumps(token)[1:-1],
            base64.b64encode(token.encode()).decode(),
        )
        for echo in filter(None, echoes):
            answer = answer.replace(echo.encode(), _REDACTED)
        return answer

    def __repr__(self) -> str:
        return "Bearer([token])"
