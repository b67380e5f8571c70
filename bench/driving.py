"""Drives an HTTP server from this process: as hard as it can, or at a steady rate; keeps what each call took."""

import asyncio
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Self


@dataclass(frozen=True, slots=True)
class Load:
    """What came of a load: answers per second, and seconds that calls took, ascending."""

    per_second: float
    took: Sequence[float]

    def quantile(self, share: float) -> float:
        """The time that this share of the calls took at most, in seconds."""
        return self.took[min(len(self.took) - 1, int(share * len(self.took)))]


class NotAnswered(Exception):
    """An answer was not what a benchmark can use; the message has its start."""


class Driver:
    """Sends GET requests to one server over connections that stay open.

    Args:
        port: The server's, on this machine.
        headers: Sent with each.
        connections: How many calls are under way at once, at most.
    """

    def __init__(self, port: int, headers: dict[str, str], connections: int = 16) -> None:
        self._port = port
        self._headers = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._connections = connections

    def get(self, path: str) -> bytes:
        """The body of one answer."""
        return asyncio.run(self._one(path))

    def load(self, paths: Sequence[str], seconds: float, rate: float | None = None) -> Load:
        """Call the paths in turn for that long: one after another on each connection, or `rate` in a second.

        At a rate a call's time counts from when it was due, even if no connection was free then.
        """
        return asyncio.run(self._load(paths, seconds, rate))

    async def _one(self, path: str) -> bytes:
        async with _Connection(self._port) as connection:
            return await connection.call(self._request(path))

    async def _load(self, paths: Sequence[str], seconds: float, rate: float | None) -> Load:
        requests = itertools.cycle([self._request(path) for path in paths])
        begin = perf_counter()
        due = _due(begin, begin + seconds, rate)
        took: list[float] = []

        async def work() -> None:
            async with _Connection(self._port) as connection:
                for at in due:
                    if (early := at - perf_counter()) > 0:
                        await asyncio.sleep(early)
                        at = perf_counter()  # noqa: PLW2901 - a timer that rings late is no fault of the server
                    await connection.call(next(requests))
                    took.append(perf_counter() - at)

        await asyncio.gather(*(work() for _ in range(self._connections)))
        return Load(len(took) / (perf_counter() - begin), sorted(took))

    def _request(self, path: str) -> bytes:
        return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n{self._headers}\r\n".encode()


def _due(begin: float, end: float, rate: float | None) -> Iterator[float]:
    """When each call is due, shared by all connections."""
    if rate is None:
        while (now := perf_counter()) < end:
            yield now
        return
    for number in range(int((end - begin) * rate)):
        yield begin + number / rate


class _Connection:
    def __init__(self, port: int) -> None:
        self._port = port

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()

    async def call(self, request: bytes) -> bytes:
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0]
        body = await self._reader.readexactly(int(length))
        if not head.startswith(b"HTTP/1.1 200"):
            raise NotAnswered(f"{head[:60]!r} {body[:500]!r}")
        return body
