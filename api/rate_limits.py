"""Rate limits: how many calls an address may make, and a caller who is known; counted in this process."""

import math
import time
from http import HTTPStatus
from ipaddress import IPv6Address, ip_address

from fastapi import Request
from limits import RateLimitItem, parse
from limits.strategies import FixedWindowRateLimiter
from starlette.types import ASGIApp, Receive, Scope, Send

from api.access_log import QUIET
from api.envelope import problem_response
from api.problems import Problem
from api.windows import Windows
from settings import Settings

_IPV6_HOST_BITS = 64
_LONGEST_KEY = 64


class TooManyRequests(Problem):
    """The caller, or the address, called more often than it may; `Retry-After` says when it may again."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    code = "too-many-requests"
    title = "Too many requests"


class RateLimits:
    """Counts the calls of one facade process."""

    def __init__(self, settings: Settings) -> None:
        self._counter = FixedWindowRateLimiter(Windows())
        self._of_address = parse(settings.rate_limit_address)
        self._of_caller = parse(settings.rate_limit)

    def count_address(self, address: str) -> None:
        """Count a call from an address.

        Raises:
            TooManyRequests: There were too many of late.
        """
        self._count(self._of_address, "address", _network(address))

    def count_caller(self, caller_id: object) -> None:
        """Count a call of an account or an API key.

        Raises:
            TooManyRequests: There were too many of late.
        """
        self._count(self._of_caller, "caller", str(caller_id))

    def _count(self, limit: RateLimitItem, kind: str, name: str) -> None:
        if not self._counter.hit(limit, kind, name):
            window = self._counter.get_window_stats(limit, kind, name)
            raise _too_many(limit, kind, max(1, math.ceil(window.reset_time - time.time())))


class RateLimited:
    """ASGI middleware: lets no more calls in than an address may make, whoever makes them; probes are not counted."""

    def __init__(self, app: ASGIApp, limits: RateLimits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI."""
        if scope["type"] == "http" and scope["path"] not in QUIET:
            try:
                self._limits.count_address(_address(scope))
            except TooManyRequests as problem:
                await problem_response(problem, scope["path"])(scope, receive, send)
                return
        await self._app(scope, receive, send)


def limits_of(request: Request) -> RateLimits:
    """The counters of the facade that a request came to."""
    limits: RateLimits = request.app.state.rate_limits
    return limits


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else "unknown"


def _network(address: str) -> str:
    """What is counted as one address: of IPv6 all that one line usually has."""
    try:
        known = ip_address(address)
    except ValueError:
        return address[:_LONGEST_KEY]
    if isinstance(known, IPv6Address) and known.ipv4_mapped is None:
        return str(IPv6Address(int(known) >> _IPV6_HOST_BITS << _IPV6_HOST_BITS))
    return str(known)


def _too_many(limit: RateLimitItem, kind: str, seconds: int) -> TooManyRequests:
    return TooManyRequests(
        f"At most {limit} may come from one {kind}. Try again in {seconds} s.",
        headers={
            "Retry-After": str(seconds),
            "RateLimit-Policy": f'"{kind}";q={limit.amount};w={limit.get_expiry()}',
            "RateLimit": f'"{kind}";r=0;t={seconds}',
        },
    )
