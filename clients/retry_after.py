"""Reading Retry-After (RFC 9110, 10.2.3): seconds, or an HTTP date."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_SECONDS = 3600.0
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?")


def retry_after(text: str | None, now: datetime | None = None) -> float | None:
    """Seconds to wait, from 0 to an hour; None where the header is absent or says nothing.

    A negative number or a past date is 0.
    """
    if text is None:
        return None
    text = text.strip()
    if _NUMBER.fullmatch(text):
        return _bounded(float(text))
    try:
        until = parsedate_to_datetime(text)
        # "-0000" as its zone makes it naive; HTTP dates are in UTC.
        until = until.replace(tzinfo=UTC) if until.tzinfo is None else until
        return _bounded((until - (now or datetime.now(UTC))).total_seconds())
    except (ValueError, OverflowError):
        return None


def _bounded(seconds: float) -> float:
    return min(max(seconds, 0.0), LONGEST_SECONDS)
