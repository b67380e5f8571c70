"""Relay: what other processes write, in the one stream of this process, each line with the part that wrote it."""

import json
import logging
from typing import IO

from logs.setup import OneLineHandler

_LONGEST_LINE = 64 * 1024
_OF_OUR_LINES = ("timestamp", "level", "logger", "event")
_logger = logging.getLogger(__name__)


def relay(part: str, lines: IO[bytes]) -> None:
    """Write what comes from `lines`, until its end; what is no event yet becomes one, redacted as all are."""
    while line := lines.readline(_LONGEST_LINE):
        said = line.decode("utf-8", "replace").rstrip()
        if not said:
            continue
        if (event := _event(said)) is not None:
            _write({**event, "part": part})
        else:
            # It did not come through our logs, so it is out of the ordinary, such as a traceback.
            _logger.warning("%s", said, extra={"part": part})


def _event(said: str) -> dict[str, object] | None:
    """The event of a process that writes its logs as we do."""
    if not said.startswith("{"):
        return None
    try:
        event = json.loads(said)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) and all(name in event for name in _OF_OUR_LINES) else None


def _write(event: dict[str, object]) -> None:
    for handler in logging.getLogger().handlers:
        if isinstance(handler, OneLineHandler):
            handler.pass_on(event)
