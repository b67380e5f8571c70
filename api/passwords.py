"""Passwords: what they must be, and their argon2 hashes, which take a thread and a while."""

import base64
import re
import unicodedata

from anyio import CapacityLimiter
from anyio.lowlevel import RunVar
from anyio.to_thread import run_sync
from pwdlib.hashers.argon2 import Argon2Hasher

SHORTEST = 12
LONGEST = 1024
_RECOMMENDED = Argon2Hasher()
# Each takes 64 MiB and four threads for some 50 ms: more at once would only starve what else the facade does.
_AT_ONCE = 4
_LIKE = re.compile(
    r"\$argon2id\$v=19\$m=(?P<memory>[0-9]+),t=(?P<time>[0-9]+),p=(?P<lanes>[0-9]+)\$(?P<salt>[A-Za-z0-9+/]+)"
)
_limiter: RunVar[CapacityLimiter] = RunVar("hashing")


class WeakPassword(ValueError):
    """It may not be a password; the message says why."""


def insist_on_strength(name: str, password: str) -> None:
    """Make sure that a password is one: long enough, and not the name.

    Raises:
        WeakPassword: It is not.
    """
    if len(password) < SHORTEST:
        raise WeakPassword(f"A password has at least {SHORTEST} characters; this one has {len(password)}.")
    if len(password) > LONGEST:
        raise WeakPassword(f"A password has at most {LONGEST} characters.")
    if password.casefold() in {name.casefold(), name.partition("@")[0].casefold()}:
        raise WeakPassword("A password is not the name.")
    if len(set(password)) < 4:
        raise WeakPassword("A password has more than three different characters.")


def hash_password(password: str, like: str | None = None) -> str:
    """The hash to keep of a password; with the parameters and the salt of another hash where that is given.

    `like` is such a hash up to its last `$`. It takes as long without one, for an account that there is not.
    """
    usable = unicodedata.normalize("NFC", password)
    parts = _LIKE.fullmatch(like or "")
    if parts is None:
        return _RECOMMENDED.hash(usable)
    salt = base64.b64decode(parts["salt"] + "=" * (-len(parts["salt"]) % 4))
    hasher = Argon2Hasher(int(parts["time"]), int(parts["memory"]), int(parts["lanes"]))
    return hasher.hash(usable, salt=salt)


async def hash_beside(password: str, like: str | None = None) -> str:
    """The same, in a thread, a few at a time."""
    limiter = _limiter.get(None)
    if limiter is None:
        limiter = CapacityLimiter(_AT_ONCE)
        _limiter.set(limiter)
    return await run_sync(hash_password, password, like, limiter=limiter)
