"""What is around the routes: every call passes these on its way in, and every answer on its way out."""

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api.access_log import AccessLog
from api.body_limits import BodyLimits
from api.compression import Compressed
from api.faults import Faultless
from api.measured import Measured, registry_of_a_facade
from api.rate_limits import RateLimited, RateLimits
from api.request_ids import HEADER, Correlated
from api.security_headers import SecurityHeaders
from settings import Settings

_SENT_BY_PAGES = (
    "Authorization", "X-API-Key", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "Accept-Language",
    HEADER,
)  # fmt: skip
_SHOWN_TO_PAGES = (
    "Content-Disposition", "ETag", "Link", "Location", "RateLimit", "RateLimit-Policy", "Retry-After", HEADER,
)  # fmt: skip
_PREFLIGHT_LASTS_SECONDS = 600


def surround(app: FastAPI, settings: Settings) -> None:
    """Put everything around the application's routes; the innermost first."""
    app.state.rate_limits = RateLimits(settings)
    app.state.registry = registry_of_a_facade()
    app.add_middleware(Compressed)
    app.add_middleware(BodyLimits, most_bytes=settings.max_body_bytes, seconds=settings.body_timeout_seconds)
    app.add_middleware(RateLimited, limits=app.state.rate_limits)
    app.add_middleware(Faultless)
    if settings.cors_origins:
        _let_pages_call(app, settings.cors_origins)
    app.add_middleware(Measured, registry=app.state.registry)
    app.add_middleware(AccessLog)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(Correlated)
    if settings.trusted_proxies:
        # From anybody else these headers are not even looked at; of the addresses the last untrusted one counts.
        trusted = [str(network) for network in settings.trusted_proxies]
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=trusted)


def _let_pages_call(app: FastAPI, origins: tuple[str, ...]) -> None:
    app.add_middleware(
        CORSMiddleware,
        allow_origins=origins,
        allow_methods=("GET", "POST", "PATCH", "PUT", "DELETE"),
        allow_headers=_SENT_BY_PAGES,
        expose_headers=_SHOWN_TO_PAGES,
        # Callers say who they are in headers of their own: no cookie is ever wanted.
        allow_credentials=False,
        max_age=_PREFLIGHT_LASTS_SECONDS,
    )
