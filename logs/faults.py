"""Faults for a log: what was raised, where, and because of what; code places only, never values of variables."""

from collections.abc import Callable, Iterator
from traceback import walk_tb
from typing import Any

_MOST_FAULTS = 8
_MOST_FRAMES = 30
_MOST_NOTES = 4


def told(fault: BaseException, said: Callable[[str], str]) -> list[dict[str, Any]]:
    """The fault and what led to it, the last one first; `said` makes text fit for a log."""
    return [
        {
            "type": f"{type(each).__module__}.{type(each).__qualname__}".removeprefix("builtins."),
            "message": said(_words(each)),
            "frames": _frames(each),
        }
        for each in _chain(fault)
    ]


def _chain(fault: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    waiting: list[BaseException | None] = [fault]
    while waiting and len(seen) < _MOST_FAULTS:
        each = waiting.pop(0)
        if each is None or any(each is other for other in seen):
            continue
        seen.append(each)
        yield each
        if isinstance(each, BaseExceptionGroup):
            waiting += each.exceptions[:_MOST_FAULTS]
        waiting.append(each.__cause__ or (None if each.__suppress_context__ else each.__context__))


def _words(fault: BaseException) -> str:
    notes = getattr(fault, "__notes__", ())
    try:
        return "\n".join([str(fault), *map(str, notes[:_MOST_NOTES])])
    except Exception:  # an exception whose text cannot be had must not break the log
        return "(it has no text)"


def _frames(fault: BaseException) -> list[str]:
    places = [
        f"{frame.f_code.co_filename}:{line} {frame.f_code.co_qualname}"
        for frame, line in walk_tb(fault.__traceback__)
    ]
    left_out = len(places) - _MOST_FRAMES
    return [f"... {left_out} more", *places[-_MOST_FRAMES:]] if left_out > 0 else places
