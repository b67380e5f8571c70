"""One deadline for a whole HTTP call: every connect, read and write on its sockets ends by then.

httpx has a timeout for each single read or write only: an answer that drips a byte a second never ends.
"""

import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import inf
from time import monotonic
from typing import Any

import httpcore

_NEVER = inf
_current: ContextVar[float] = ContextVar("deadline", default=_NEVER)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """What this thread does with sockets inside the block must be over in `seconds`."""
    token = _current.set(monotonic() + seconds)
    try:
        yield
    finally:
        _current.reset(token)


def inside_call() -> bool:
    """Whether this thread is inside a `deadline` block."""
    return _current.get() < _NEVER


def is_past() -> bool:
    """Whether the deadline of this thread's call has passed."""
    return monotonic() >= _current.get()


def _within(timeout: float | None, expired: type[httpcore.TimeoutException]) -> float:
    left = _current.get() - monotonic()
    if left <= 0:
        raise expired
    return min(left, _NEVER if timeout is None else timeout)


class DeadlineBackend(httpcore.NetworkBackend):
    """Opens sockets that keep to the deadline of whichever call uses them."""

    def __init__(self) -> None:
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """As `httpcore.NetworkBackend`; resolving the name keeps to the resolver's own timeout."""
        within = _within(timeout, httpcore.ConnectTimeout)
        return _DeadlineStream(self._backend.connect_tcp(host, port, within, local_address, socket_options))


class _DeadlineStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _within(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _within(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        within = _within(timeout, httpcore.ConnectTimeout)
        return _DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, within))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
