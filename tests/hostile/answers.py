"""Hostile answers of Clearfacts to an upload: the bytes on the wire, and what must become of the invoice."""

import gzip
import json
import socket
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from tests.clients.conftest import Act, Serve

UUID = "0b5c0000-0000-4000-8000-%012d"
BOMB_BYTES = 1_000_000_000


@dataclass(frozen=True)
class HostileAnswer:
    """An answer, and what a run must make of it.

    Attributes:
        name: What it is.
        act: Makes it, from a uuid that would be a good receipt.
        state: In which the run leaves the invoice.
        code: Of the row of `clients.answers` that decides.
        says: Part of what people read of it.
    """

    name: str
    act: Callable[[str], Act]
    state: str
    code: str
    says: str = ""


def accepted(uuid: object) -> bytes:
    """What a good answer says."""
    return json.dumps({"data": {"uploadFile": {"uuid": uuid, "name": "x", "amountOfPages": 1}}}).encode()


@cache
def gzip_bomb() -> bytes:
    """A gigabyte of zeros in about a megabyte: members of a gzip file may follow one another."""
    return gzip.compress(bytes(10_000_000)) * (BOMB_BYTES // 10_000_000)


def reply(body: bytes, status: int = 200, **headers: str) -> bytes:
    return Serve.reply(status, body, **headers)


def raw(head: str, body: bytes = b"") -> bytes:
    return head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body


def then_close(data: bytes) -> Act:
    """Send this and close the connection."""
    return Serve.then_drop(data)


def dripping(connection: socket.socket) -> None:
    """One byte at a time, without an end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        connection.sendall(b" ")
        time.sleep(0.05)


def endless(connection: socket.socket) -> None:
    """As much as is taken, without an end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        connection.sendall(b"10000\r\n" + b" " * 65536 + b"\r\n")


def continuing(connection: socket.socket) -> None:
    """`100 Continue` for ever."""
    while True:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.01)


def headers_without_end(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X-Hostile: " + b"x" * 8000 + b"\r\n")


def _unknown(name: str, act: Callable[[str], Act], code: str = "unreadable", says: str = "") -> HostileAnswer:
    return HostileAnswer(name, act, "outcome_unknown", code, says or "Receipt uncertain")


def _always(data: Act) -> Callable[[str], Act]:
    return lambda _: data


COMPRESSED = (
    _unknown("gzip that is none", _always(reply(b"not gzip", Content_Encoding="gzip"))),
    _unknown("gzip cut off", lambda uuid: reply(gzip.compress(accepted(uuid))[:-9], Content_Encoding="gzip")),
    _unknown("a gzip bomb of 1 GB", lambda _: reply(gzip_bomb(), Content_Encoding="gzip")),
    _unknown(
        "gzip in gzip",
        lambda uuid: reply(gzip.compress(gzip.compress(accepted(uuid))), Content_Encoding="gzip"),
    ),
    _unknown(
        "another coding", lambda uuid: reply(zlib.compress(accepted(uuid)), Content_Encoding="deflate, br")
    ),
)

FRAMED = (
    _unknown(
        "shorter than it says",
        lambda uuid: then_close(raw("HTTP/1.1 200 OK\nContent-Length: 9999", accepted(uuid))),
        "no_answer",
    ),
    _unknown(
        "longer than it says",
        lambda uuid: then_close(raw("HTTP/1.1 200 OK\nContent-Length: 9", accepted(uuid))),
    ),
    _unknown(
        "two lengths",
        lambda uuid: then_close(
            raw("HTTP/1.1 200 OK\nContent-Length: 9\nContent-Length: 99", accepted(uuid))
        ),
        "no_answer",
    ),
    _unknown(
        "chunks of no size",
        lambda uuid: then_close(
            raw("HTTP/1.1 200 OK\nTransfer-Encoding: chunked", b"zz\r\n" + accepted(uuid))
        ),
        "no_answer",
    ),
    _unknown("endless", _always(endless)),
    _unknown("dripping", _always(dripping), "no_answer"),
    _unknown("100 Continue for ever", _always(continuing), "no_answer"),
    _unknown("headers without an end", _always(headers_without_end), "no_answer"),
    _unknown(
        "a header of 1 MB",
        lambda uuid: then_close(raw(f"HTTP/1.1 200 OK\nX-Large: {'x' * 1_000_000}", accepted(uuid))),
        "no_answer",
    ),
    _unknown("no HTTP", _always(then_close(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n")), "no_answer"),
    _unknown(
        "a status that is none", lambda uuid: then_close(raw("HTTP/1.1 2OO OK", accepted(uuid))), "no_answer"
    ),
    _unknown("nothing, and closed", _always(then_close(b"")), "no_answer"),
    _unknown("204", _always(raw("HTTP/1.1 204 No Content"))),
)

SAID = (
    _unknown("a web page", _always(reply(b"<html>Back soon</html>", Content_Type="text/html"))),
    _unknown("nothing", _always(reply(b""))),
    _unknown("half of it", lambda uuid: reply(accepted(uuid)[:-5])),
    _unknown("not UTF-8", _always(reply(b'{"data": {"uploadFile": {"uuid": "\xff\xfe"}}}'))),
    _unknown("100,000 levels deep", _always(reply(b"[" * 100_000))),
    _unknown("a number of 100,000 digits", _always(reply(b'{"data": ' + b"9" * 100_000 + b"}"))),
    _unknown("an array", lambda uuid: reply(b"[" + accepted(uuid) + b"]")),
    _unknown("data that is null", _always(reply(b'{"data": null}'))),
    _unknown(
        "data and errors",
        lambda uuid: reply(accepted(uuid)[:-1] + b', "errors": [{"message": "no"}]}'),
        "contradictory",
        "errors and a document",
    ),
    _unknown(
        "errors that are taken back",
        lambda uuid: reply(accepted(uuid)[:-1] + b', "errors": [{"message": "no"}], "errors": []}'),
    ),
    _unknown(
        "two uuids",
        lambda uuid: reply(b'{"data":{"uploadFile":{"uuid":"a","uuid":"' + uuid.encode() + b'"}}}'),
    ),
    _unknown(
        "a failure with a uuid", lambda uuid: reply(accepted(uuid), 500), "contradictory", "names a document"
    ),
    _unknown(
        "a redirect with a uuid", lambda uuid: reply(accepted(uuid), 302, Location="/x"), "contradictory"
    ),
    HostileAnswer(
        "a byte order mark", lambda uuid: reply(b"\xef\xbb\xbf" + accepted(uuid)), "sent", "accepted"
    ),
    HostileAnswer(
        "a cookie",
        lambda uuid: reply(accepted(uuid), Set_Cookie="a=b; Domain=127.0.0.1; Path=/"),
        "sent",
        "accepted",
    ),
    HostileAnswer(
        "a redirect to another host",
        _always(reply(b"", 307, Location="http://127.0.0.1:9/graphql")),
        "failed",
        "moved",
        "has moved",
    ),
    HostileAnswer(
        "a refusal with escape sequences, mentions and markup",
        _always(
            reply(
                json.dumps(
                    {
                        "errors": [
                            {"message": "\x1b[2J\x9b31m<!channel> [b]no[/b]\n\u202e<http://e.example|x>"}
                        ]
                    }
                ).encode()
            )
        ),
        "failed",
        "graphql_errors",
        "<!channel> [b]no[/b]",
    ),
    HostileAnswer(
        "a refusal of 500 kB",
        _always(reply(json.dumps({"errors": [{"message": "no " * 160_000}]}).encode())),
        "failed",
        "graphql_errors",
        "no no no",
    ),
    HostileAnswer(
        "errors without a message", _always(reply(b'{"errors": [{}]}')), "failed", "graphql_errors"
    ),
)

RECEIPTS = tuple(
    _unknown(f"a uuid that is {name}", lambda _, uuid=uuid: reply(accepted(uuid)))  # type: ignore[misc]
    for name, uuid in {
        "empty": "",
        "blank": " ",
        "null": None,
        "a number": 7,
        "true": True,
        "a list": ["x"],
        "huge": "x" * 100_000,
        "101 characters": "x" * 101,
        "a line break": "x\ny",
        "NUL": "x\0",
        "an escape sequence": "\x1b[2J",
        "markup": "[red]x",
        "a lone surrogate": "\ud800",
        "full-width digits": "\uff11\uff12",
        "a path": "../../x",
    }.items()
)

UPLOADS = (*COMPRESSED, *FRAMED, *SAID, *RECEIPTS)


def numbered(answers: tuple[HostileAnswer, ...] = UPLOADS) -> Iterator[tuple[str, HostileAnswer]]:
    """Each answer with the number of the invoice that gets it."""
    for number, answer in enumerate(answers):
        yield f"ANSWER-{number:03}", answer
