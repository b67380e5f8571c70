"""Addresses of outside systems: one HTTP origin with a path prefix, and which URLs lie on that origin."""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from string import printable
from typing import Self
from urllib.parse import SplitResult, quote, urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}
_LONGEST = 4096
_DECEPTIVE = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029\ud800-\udfff]")


class UnusableAddressError(ValueError):
    """A configured address that is not plain `http(s)://host[:port][/path]`; its text is not repeated."""


class ForeignAddressError(ValueError):
    """A URL that does not lie, beyond doubt, on the expected origin."""


@dataclass(frozen=True, slots=True)
class Address:
    """Scheme, host and effective port (RFC 6454), and a path or path prefix."""

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """The address that `text` spells.

        Raises:
            UnusableAddressError: It is no HTTP URL, or holds a user name, query or fragment.
        """
        if _DECEPTIVE.search(text):
            raise UnusableAddressError("it holds a space, a backslash or a control character")
        try:
            parts = urlsplit(text)
            scheme, host, port = _origin(parts)
            host.encode("idna")
        except ValueError:
            raise UnusableAddressError("it is not of the form http(s)://host[:port][/path]") from None
        if "@" in parts.netloc:
            raise UnusableAddressError("it holds a user name or password: leave them out")
        if "?" in text or "#" in text:
            raise UnusableAddressError("it holds a query or a fragment: leave them out")
        return cls(scheme, host, port, _ascii(parts.path) or "/")

    @property
    def is_loopback(self) -> bool:
        """Whether the host is this machine itself."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def below(self, path: str) -> str:
        """The request target of `path`, which starts with a slash, with this address's path before it."""
        return self.path.rstrip("/") + path

    def target_of(self, url: str) -> str:
        """Path and query of `url`, which is relative to this origin or absolute on it.

        Raises:
            ForeignAddressError: It leads elsewhere, or is written so that it might.
        """
        if len(url) > _LONGEST or _DECEPTIVE.search(url) or url.startswith("//"):
            raise ForeignAddressError("it is no plain path or URL")
        try:
            parts = urlsplit(url)
            elsewhere = bool(parts.scheme or parts.netloc) and not self._is_origin_of(parts)
        except ValueError:
            raise ForeignAddressError("it is no URL") from None
        if elsewhere:
            raise ForeignAddressError("it lies on another origin")
        query = f"?{parts.query}" if parts.query else ""
        return _ascii(f"/{parts.path.removeprefix('/')}{query}")

    def _is_origin_of(self, parts: SplitResult) -> bool:
        return "@" not in parts.netloc and _origin(parts) == (self.scheme, self.host, self.port)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path.removesuffix('/')}"


def _origin(parts: SplitResult) -> tuple[str, str, int]:
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise ValueError("no HTTP origin")
    port = _DEFAULT_PORTS[parts.scheme] if parts.port is None else parts.port
    return parts.scheme, parts.hostname, port


def _ascii(target: str) -> str:
    return quote(target, safe=printable)
