"""Access tokens: signed for a few minutes, by the first of the facade's secrets; the others still verify."""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from uuid import UUID, uuid4

import jwt

from settings import Settings

LIFETIME = timedelta(minutes=15)
LEAST_SECRET_BYTES = 32
_ALGORITHM = "HS256"
_ISSUER = "waybill"
_AUDIENCE = "waybill-facade"
_TYPE = "at+jwt"
_CLAIMS = ["iss", "aud", "sub", "sid", "iat", "nbf", "exp", "jti"]
_LONGEST = 2048
_OF_THIS_PROCESS = secrets.token_bytes(LEAST_SECRET_BYTES)


class NoSecret(Exception):
    """The facade has no secret that is fit to sign with; the message says what to set."""


class NoToken(Exception):
    """It is no access token of this facade, or no longer."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What an access token says: whose it is, and of which sign-in."""

    account_id: UUID
    sign_in_id: UUID


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs and reads access tokens with the secrets, by the id that a token's header names (`kid`)."""

    secrets: dict[str, bytes] = field(repr=False)
    first: str

    def sign(self, claims: Claims) -> str:
        """An access token that says it, from now on, for `LIFETIME`."""
        now = datetime.now(UTC)
        said = {
            "iss": _ISSUER,
            "aud": _AUDIENCE,
            "sub": str(claims.account_id),
            "sid": str(claims.sign_in_id),
            "iat": now,
            "nbf": now,
            "exp": now + LIFETIME,
            "jti": str(uuid4()),
        }
        headers = {"kid": self.first, "typ": _TYPE}
        return jwt.encode(said, self.secrets[self.first], algorithm=_ALGORITHM, headers=headers)

    def read(self, token: str) -> Claims:
        """What the token says.

        Raises:
            NoToken: Not signed by one of the secrets in the one algorithm, not in time, or not for this facade.
        """
        if len(token) > _LONGEST:
            raise NoToken
        try:
            header = jwt.get_unverified_header(token)
            if header.get("typ") != _TYPE:
                raise NoToken
            said = jwt.decode(
                token,
                self.secrets[header["kid"]],
                algorithms=[_ALGORITHM],
                issuer=_ISSUER,
                audience=_AUDIENCE,
                options={"require": _CLAIMS, "strict_aud": True},
            )
            return Claims(UUID(said["sub"]), UUID(said["sid"]))
        except (
            jwt.InvalidTokenError,
            LookupError,
            ValueError,
            TypeError,
            AttributeError,
            OverflowError,
        ) as error:
            raise NoToken from error


def signer(settings: Settings) -> Signer:
    """The signer with the secrets of WAYBILL_JWT_SECRET; outside production one of the process's own will do.

    Raises:
        NoSecret: There is none in production, or one is too short.
    """
    return _signer(settings.jwt_secret.get_secret_value(), settings.environment)


@lru_cache(maxsize=8)
def _signer(given: str, environment: str) -> Signer:
    usable = [each.strip().encode() for each in given.split(",") if each.strip()]
    if not usable and environment == "production":
        raise NoSecret(
            "WAYBILL_JWT_SECRET is not set, and in production there is no default: set it to at least"
            f" {LEAST_SECRET_BYTES} random bytes, such as those of `openssl rand -hex 32`."
        )
    if any(len(each) < LEAST_SECRET_BYTES for each in usable):
        raise NoSecret(
            f"A secret of WAYBILL_JWT_SECRET is shorter than {LEAST_SECRET_BYTES} bytes:"
            " replace it, such as by that of `openssl rand -hex 32`."
        )
    by_id = {sha256(each).hexdigest()[:16]: each for each in usable or [_OF_THIS_PROCESS]}
    return Signer(by_id, next(iter(by_id)))
