"""Answers made of JSON that the ledger wrote: not parsed and written again, and not sent to whom has them already."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from fastapi import Request, Response

from api.envelope import now
from logs.correlation import correlation_id

NOT_MODIFIED: dict[int | str, dict[str, Any]] = {
    304: {"description": "What `If-None-Match` names is still current."}
}
"""For the `responses` of a route that answers conditionally."""


def success(request: Request, data: bytes, message: str, **headers: str) -> Response:
    """A `Success` around `data`, a JSON text; 304 where the caller has the same data.

    The tag is of the data alone, and weak: time and correlation id of each answer are its own.
    """
    tag = f'W/"{sha256(data).hexdigest()[:32]}"'
    fields = {"ETag": tag, "Cache-Control": "private, no-cache", **_named(headers)}
    if has_it_already(request, tag):
        return Response(status_code=304, headers=fields)
    said = json.dumps(
        {"message": message, "timestamp": _written(), "correlation_id": correlation_id()}, ensure_ascii=False
    )
    body = b'{"success":true,"data":%b,%b' % (data, said[1:].encode())
    return Response(body, media_type="application/json", headers=fields)


def has_it_already(request: Request, tag: str) -> bool:
    """Whether `If-None-Match` names the entity tag, compared weakly (RFC 9110)."""
    named = named_tags(request)
    return "*" in named or tag.removeprefix("W/").strip('"') in named


def named_tags(request: Request) -> list[str]:
    """What `If-None-Match` names, without quotes and whether weak or strong."""
    named = ",".join(request.headers.getlist("if-none-match")).split(",")
    return [each.strip().removeprefix("W/").strip('"') for each in named if each.strip()]


def _written() -> str:
    return now().isoformat().replace("+00:00", "Z")


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
