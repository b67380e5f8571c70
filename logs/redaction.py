"""Redaction: makes of whatever was handed to a log what may stand in it, bounded in depth, breadth and length."""

import math
from collections.abc import Iterable, Mapping, MutableMapping
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from itertools import islice
from typing import Any

from pydantic import BaseModel

from logs.faults import told
from logs.text import GONE, is_sensitive, scrubbed

_DEEPEST = 8
_BROADEST = 64
_MOST_VALUES = 300
_LONGEST_NAME = 128
_LONGEST_TEXT = 4 * 1024
_LONGEST_EVENT = 16 * 1024
_MOST_BITS = 256
_CUT = "..."
_OF_STRUCTLOG = ("_record", "_from_structlog")


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    """The event as it may be written; as a processor of structlog, whose own fields it leaves alone."""
    own = {name: event[name] for name in _OF_STRUCTLOG if name in event}
    said = {name: value for name, value in event.items() if name not in _OF_STRUCTLOG}
    return own | Redaction().event(said)


class Redaction:
    """What may be said of one event, of which `_LONGEST_EVENT` characters are left to say at first."""

    def __init__(self) -> None:
        self._characters = _LONGEST_EVENT
        self._values = _MOST_VALUES

    def event(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of an event, each redacted by its name and by itself."""
        return {self._name(name): self._field(name, value, 1) for name, value in event.items()}

    def value(self, value: Any, depth: int = 0) -> Any:
        """The value as JSON can carry it, without what must not be in a log; whatever it is, nothing is raised."""
        try:
            return self._said(value, depth)
        except Exception:  # any object may be handed to a log
            return f"(unreadable {type(value).__name__})"

    def _said(self, value: Any, depth: int) -> Any:
        self._values -= 1
        if value is None or isinstance(value, bool):
            return value
        if self._values < 0 or depth > _DEEPEST:
            return _CUT
        if isinstance(value, str | int | float):
            return self._alone(value)
        return self._composed(value, depth)

    def _composed(self, value: Any, depth: int) -> Any:
        if isinstance(value, BaseException):
            return told(value, self._text)
        if (items := _named_parts(value)) is not None:
            return self._mapping(items, depth)
        if isinstance(value, list | tuple | AbstractSet):
            return self._sequence(value, depth)
        return self._alone(value)

    def _alone(self, value: Any) -> Any:
        if isinstance(value, bytes | bytearray | memoryview):
            return f"[{len(value)} bytes]"
        if isinstance(value, int):
            return int(value) if value.bit_length() <= _MOST_BITS else "(a huge number)"
        if isinstance(value, float):
            return float(value) if math.isfinite(value) else repr(float(value))
        return self._text(str(value))

    def _mapping(self, items: Iterable[tuple[Any, Any]], depth: int) -> dict[str, Any]:
        return {
            self._name(name): self._field(name, value, depth + 1) for name, value in islice(items, _BROADEST)
        }

    def _sequence(self, values: Iterable[Any], depth: int) -> list[Any]:
        shown = list(islice(values, _BROADEST))
        if len(shown) == 2 and isinstance(shown[0], str | bytes):
            # Headers and queries come as pairs of a name and a value; bytes that are no such name may be anything.
            name = _plain(shown[0]) if is_sensitive(_plain(shown[0])) else shown[0]
            return [self.value(name, depth + 1), self._field(shown[0], shown[1], depth + 1)]
        return [self.value(each, depth + 1) for each in shown]

    def _field(self, name: object, value: Any, depth: int) -> Any:
        sensitive = is_sensitive(_plain(name))
        return GONE if sensitive and value is not None else self.value(value, depth)

    def _name(self, name: object) -> str:
        return scrubbed(_plain(name), _LONGEST_NAME)

    def _text(self, text: str) -> str:
        said = scrubbed(text, max(0, min(_LONGEST_TEXT, self._characters)))
        self._characters -= len(said)
        return said


def _named_parts(value: Any) -> Iterable[tuple[Any, Any]] | None:
    """Names and values of what a value consists of, where its parts have names."""
    if isinstance(value, Mapping):
        return value.items()
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return zip(value._fields, value, strict=False)
    if is_dataclass(value) and not isinstance(value, type):
        return [(each.name, getattr(value, each.name)) for each in fields(value)]
    if isinstance(value, BaseModel):
        return vars(value).items()
    return None


def _plain(name: object) -> str:
    """The name of a field as text."""
    if isinstance(name, bytes):
        return name.decode("latin-1")
    try:
        return str(name)
    except Exception:  # as `Redaction.value`
        return type(name).__name__
