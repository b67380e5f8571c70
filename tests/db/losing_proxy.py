"""A proxy before PostgreSQL that cuts the connection at a COMMIT: before the server hears of it, or after."""

import contextlib
import socket
import threading
from enum import StrEnum

from sqlalchemy import URL

_COMMIT = b"COMMIT"
_BYTES_AT_ONCE = 64 * 1024


class Loses(StrEnum):
    """What is lost of the next COMMIT."""

    THE_COMMIT = "the commit"
    ITS_ANSWER = "its answer"


class LosingProxy:
    """Hands all bytes on, but for the COMMIT that it is told to lose."""

    def __init__(self, behind: URL) -> None:
        self._behind = behind
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lose: list[Loses] = []
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> URL:
        """Where to connect instead."""
        host, port = self._listener.getsockname()
        return self._behind.set(host=host, port=port, query={"sslmode": "disable", "gssencmode": "disable"})

    def lose_next(self, *what: Loses) -> None:
        """Cut the connections at the next COMMITs."""
        self._lose.extend(what)

    def close(self) -> None:
        """Cut all connections and take no more."""
        for each in (self._listener, *self._open):
            each.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = self._server()
                self._open += [client, server]
                answers = threading.Event()
                answers.set()
                threading.Thread(target=self._ask, args=(client, server, answers), daemon=True).start()
                threading.Thread(target=self._answer, args=(server, client, answers), daemon=True).start()

    def _server(self) -> socket.socket:
        directory = self._behind.query.get("host") or self._behind.host or "127.0.0.1"
        port = self._behind.port or 5432
        if not str(directory).startswith("/"):
            return socket.create_connection((str(directory), port))
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{directory}/.s.PGSQL.{port}")
        return server

    def _ask(self, client: socket.socket, server: socket.socket, answers: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while asked := client.recv(_BYTES_AT_ONCE):
                lost = self._lose.pop(0) if _COMMIT in asked and self._lose else None
                if lost is Loses.THE_COMMIT:
                    break
                if lost is Loses.ITS_ANSWER:
                    answers.clear()
                server.sendall(asked)
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_WR)

    def _answer(self, server: socket.socket, client: socket.socket, answers: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while answered := server.recv(_BYTES_AT_ONCE):
                if not answers.is_set():
                    break
                client.sendall(answered)
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)
