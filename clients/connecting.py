"""Connecting: how sockets to the outside are opened, by which proxy, and what is kept out of the logs of it."""

import logging
import ssl
from functools import cache
from urllib.request import getproxies, proxy_bypass

import httpx

from clients.address import Address
from clients.deadline import DeadlineBackend, inside_call


class DeadlineTransport(httpx.HTTPTransport):
    """Opens sockets of which every step keeps to the deadline of the call."""

    def __init__(self, limits: httpx.Limits, proxy: str | None) -> None:
        super().__init__(verify=_tls(), limits=limits, proxy=proxy)
        # httpx offers no public way to choose how its sockets are opened.
        self._pool._network_backend = DeadlineBackend()  # noqa: SLF001


@cache
def _tls() -> ssl.SSLContext:
    """Reading the certificate authorities takes long enough to do it once."""
    return httpx.create_ssl_context()


class _OwnCallsUnlogged(logging.Filter):
    """Drops what httpx and httpcore log of a call of ours: they write queries and headers out."""

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002 - as logging.Filter declares it
        return not inside_call()


for _name in ("httpx", *(f"httpcore.{part}" for part in ("connection", "http11", "http2", "proxy", "socks"))):
    logging.getLogger(_name).addFilter(_OwnCallsUnlogged())


def proxy_to(address: Address) -> str | None:
    """The proxy that the environment names for an address; None on this machine, and where NO_PROXY says so."""
    if address.is_loopback or proxy_bypass(address.host):
        return None
    proxies = getproxies()
    return proxies.get(address.scheme) or proxies.get("all")
