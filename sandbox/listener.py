"""One uvicorn server on its own port, whose connections an application can cut."""

import asyncio
import socket
import struct
from typing import Any

from starlette.types import ASGIApp
from uvicorn import Config, Server
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

IDLE_SECONDS = 75
"""Longer than clients keep connections, so that no request meets one that is being closed."""

SHUTDOWN_SECONDS = 1
BACKLOG = 2048
_LINGER_ZERO = struct.pack("ii", 1, 0)


class DroppableProtocol(H11Protocol):
    """HTTP/1.1 in which `scope["state"]["drop"](reset=...)` cuts the connection of the request."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, {**app_state, "drop": self._drop}, _loop)

    def _drop(self, *, reset: bool) -> None:
        if reset:
            connection = self.transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
        self.transport.abort()


class Listener:
    """`app` on a port of `host`; port 0 lets the system choose. It listens from the start.

    Raises:
        OSError: The port is taken.
    """

    def __init__(self, app: ASGIApp, host: str, port: int) -> None:
        self._socket = _listening_socket(host, port)
        config = Config(
            app,
            http=DroppableProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=IDLE_SECONDS,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        )
        self._server = Server(config)
        self.url = f"http://{host}:{self._socket.getsockname()[1]}"

    async def serve(self) -> None:
        """Answer calls until `stop`."""
        await self._server.serve(sockets=[self._socket])

    def stop(self) -> None:
        """Ask it to stop; from any thread."""
        self._server.should_exit = True

    def close(self) -> None:
        """Give the port back without having served."""
        self._socket.close()


def _listening_socket(host: str, port: int) -> socket.socket:
    # asyncio switches Nagle's algorithm off only where the protocol is named, which create_server does not.
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, proto=socket.IPPROTO_TCP)[0]
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise OSError(error.errno, f"Cannot listen on {host}:{port}: {error.strerror}") from error
    return listening
