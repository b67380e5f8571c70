"""The clock of an outside system, as the Date header of any of its answers tells it, to the second."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from clients.errors import OutsideError


class ClockUnknown(OutsideError):
    """It does not tell its time; the message says why, and names no address."""


def seconds_ahead(url: str, within_seconds: float) -> float:
    """How many seconds this machine's clock is ahead of the one at `url` (behind: negative); asked without a token.

    Both are taken at the middle of the call; a header that counts whole seconds makes it half a second unsure.

    Raises:
        ClockUnknown: There is no answer, or no date in it.
    """
    before = datetime.now(UTC)
    try:
        with httpx.stream("GET", url, timeout=within_seconds, follow_redirects=False) as answer:
            stated = answer.headers.get("Date")
    except httpx.HTTPError as error:
        raise ClockUnknown(f"There is no answer ({type(error).__name__}).") from None
    after = datetime.now(UTC)
    try:
        theirs = parsedate_to_datetime(stated or "")
    except ValueError:
        raise ClockUnknown("Its answer has no date.") from None
    half_a_second = 0.5
    return ((before - theirs).total_seconds() + (after - theirs).total_seconds()) / 2 - half_a_second
