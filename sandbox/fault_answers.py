"""The answers that faults give: in the stead of the real one, or the real one spoilt."""

import gzip
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from sandbox.faults import Fault, FaultKind

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

STATUSES = {
    FaultKind.EXPIRED_CURSOR: 400,
    FaultKind.UNAUTHORIZED: 401,
    FaultKind.FORBIDDEN: 403,
    FaultKind.GONE: 410,
    FaultKind.TOO_MANY_REQUESTS: 429,
    FaultKind.SERVER_ERROR: 500,
    FaultKind.UNAVAILABLE: 503,
    FaultKind.ERRORS: 200,
}
HTML = "<!DOCTYPE html><html><head><title>Maintenance</title></head><body>Back soon</body></html>"


class Dropped(Response):
    """No answer: the connection is cut, by a TCP reset or by closing it."""

    def __init__(self, *, reset: bool) -> None:
        super().__init__()
        self._reset = reset

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:  # noqa: ARG002 - ASGI
        """Cut the connection and wait until the server has noticed."""
        scope["state"]["drop"](reset=self._reset)
        while (await receive())["type"] != "http.disconnect":
            pass


def answer_in_its_stead(fault: Fault) -> Response:
    """What the caller gets in place of a real answer."""
    if fault.fault is FaultKind.DROP:
        return Dropped(reset=fault.reset)
    if fault.fault is FaultKind.HTML:
        return HTMLResponse(HTML)
    if fault.fault is FaultKind.NOT_JSON:
        return PlainTextResponse(fault.message, media_type="application/json")
    body = {"errors": [{"message": fault.message}], "data": None}
    return JSONResponse(body, STATUSES[fault.fault], _retry_after(fault))


def _retry_after(fault: Fault) -> dict[str, str]:
    default = "1" if fault.fault is FaultKind.TOO_MANY_REQUESTS else None
    retry_after = fault.retry_after or default
    return {} if retry_after is None else {"Retry-After": retry_after}


def distorted(fault: Fault, response: Response) -> Response:
    """The real answer with its body cut off; unchanged where the fault is in what the body says."""
    body = bytes(response.body)
    is_gzip = response.headers.get("content-encoding") == "gzip"
    plain = gzip.decompress(body) if is_gzip else body
    if fault.fault is FaultKind.TRUNCATED_JSON:
        return Response(plain[: len(plain) // 2], response.status_code, media_type="application/json")
    if fault.fault is FaultKind.TRUNCATED_GZIP:
        packed = gzip.compress(plain)
        headers = {"Content-Encoding": "gzip", "Content-Type": response.headers.get("content-type", "")}
        return Response(packed[: len(packed) // 2], response.status_code, headers)
    return response
