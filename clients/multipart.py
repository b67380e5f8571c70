"""A multipart/form-data body with exact parts, names, order and types (RFC 7578)."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a form; a file where it has a filename, else a plain field."""

    name: str
    content: bytes = field(repr=False)
    filename: str | None = None
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """The pieces of a body, in which no document is copied, and the Content-Type that goes with them."""

    content_type: str
    pieces: tuple[bytes, ...] = field(repr=False)


def form(parts: Sequence[Part]) -> Form:
    """`parts` as a body, in their order."""
    boundary = _boundary(parts)
    pieces = [piece for part in parts for piece in (_head(part, boundary), part.content, b"\r\n")]
    pieces.append(f"--{boundary}--\r\n".encode())
    return Form(f"multipart/form-data; boundary={boundary}", tuple(pieces))


def _boundary(parts: Sequence[Part]) -> str:
    boundary = f"waybill-{uuid.uuid4().hex}"
    while any(boundary.encode() in part.content for part in parts):
        boundary = f"waybill-{uuid.uuid4().hex}"
    return boundary


def _head(part: Part, boundary: str) -> bytes:
    lines = [f"--{boundary}", f'Content-Disposition: form-data; name="{_quoted(part.name)}"']
    if part.filename is not None:
        lines[-1] += f'; filename="{_quoted(part.filename)}"'
    if part.content_type is not None:
        lines.append(f"Content-Type: {part.content_type}")
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "replace")


def _quoted(name: str) -> str:
    """As browsers do it (WHATWG HTML, multipart/form-data encoding algorithm)."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
