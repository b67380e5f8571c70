"""Remembered: what was found out a moment ago, so that no number of callers makes the facade ask again and again."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")


class Remembered(Generic[T]):
    """An answer that is kept for some seconds; while it is being found out, all others wait for it."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = asyncio.Lock()
        self._kept: tuple[float, T] | None = None

    async def get(self, ask: Callable[[], Awaitable[T]]) -> T:
        """The answer; `ask` finds it out where none is fresh enough. What it raises is not kept."""
        async with self._lock:
            if self._kept is None or monotonic() - self._kept[0] >= self._seconds:
                self._kept = None
                answer = await ask()
                self._kept = monotonic(), answer
            return self._kept[1]
