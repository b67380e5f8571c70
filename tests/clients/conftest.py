"""Small servers on real sockets that answer exactly what a test tells them to, broken answers too."""

import contextlib
import gzip
import json
import logging
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import pytest

Act = bytes | Callable[[socket.socket], None]


@dataclass(frozen=True)
class Received:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""

    @property
    def path(self):
        return urlsplit(self.target).path

    @property
    def query(self):
        return {name: values[0] for name, values in parse_qs(urlsplit(self.target).query).items()}

    @property
    def json(self):
        return json.loads(self.body)


class RawServer:
    """Answers each request with what `answer` gives: bytes, or a function that does as it likes."""

    def __init__(self, answer, before_body=None):
        self.answer = answer
        self.before_body = before_body
        self.received: list[Received] = []
        self.connections = 0
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def stop_listening(self):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def close(self):
        self.stop_listening()
        for connection in self._sockets:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._sockets.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with contextlib.suppress(OSError), connection:
            data = b""
            while True:
                while b"\r\n\r\n" not in data:
                    more = connection.recv(65536)
                    if not more:
                        return
                    data += more
                head, _, data = data.partition(b"\r\n\r\n")
                request = _parsed(head)
                if self.before_body is not None:
                    self.received.append(request)
                    _act(self.before_body(request), connection)
                    return
                length = int(request.headers.get("content-length", 0))
                chunks = [data]
                while sum(map(len, chunks)) < length:
                    more = connection.recv(1 << 20)
                    if not more:
                        return
                    chunks.append(more)
                data = b"".join(chunks)
                request = Received(request.method, request.target, request.headers, data[:length])
                data = data[length:]
                self.received.append(request)
                if not _act(self.answer(request), connection):
                    return


def _parsed(head: bytes) -> Received:
    line, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = line.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in lines)}
    return Received(method, target, headers)


def _act(act: Act, connection: socket.socket) -> bool:
    if isinstance(act, bytes):
        connection.sendall(act)
        return True
    act(connection)
    return False


class Serve:
    """Starts servers and words their answers; everything is stopped at the end of the test."""

    def __init__(self):
        self.servers: list[RawServer] = []

    def __call__(self, answer, before_body=None) -> RawServer:
        fixed = answer if callable(answer) else lambda _: answer
        self.servers.append(RawServer(fixed, before_body))
        return self.servers[-1]

    @staticmethod
    def reply(status, body: bytes = b"", **headers) -> bytes:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in named.items())]
        if status != 204:
            lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + body

    @classmethod
    def json(cls, value, status=200, **headers) -> bytes:
        return cls.reply(status, json.dumps(value).encode(), Content_Type="application/json", **headers)

    @classmethod
    def gzipped(cls, body: bytes, cut: int | None = None) -> bytes:
        return cls.reply(200, gzip.compress(body)[:cut], Content_Encoding="gzip")

    @staticmethod
    def drop(connection: socket.socket) -> None:
        """Cut the connection at once, with a reset."""
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    @staticmethod
    def then_drop(data: bytes):
        def act(connection):
            connection.sendall(data)

        return act

    @staticmethod
    def drip(start: bytes, forever: bytes = b"x", pause: float = 0.02):
        """Send `start`, then `forever` again and again until the client goes away."""

        def act(connection):
            connection.sendall(start)
            while True:
                connection.sendall(forever)
                time.sleep(pause)

        return act

    @staticmethod
    def silence(connection: socket.socket) -> None:
        """Read on and never answer."""
        while connection.recv(65536):
            pass


@pytest.fixture
def serve() -> Iterable[Serve]:
    serving = Serve()
    yield serving
    for server in serving.servers:
        server.close()


@pytest.fixture
def refused_url():
    """An address at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    return f"http://127.0.0.1:{port}"


@pytest.fixture
def everything_logged(caplog):
    """All that anybody logs, down to the HTTP library's details."""
    caplog.set_level(logging.DEBUG)
    names = ("httpx", "httpcore", *(f"httpcore.{part}" for part in ("connection", "http11", "proxy")))
    for name in (*names, "clients.transport"):
        caplog.set_level(logging.DEBUG, logger=name)
    return caplog
