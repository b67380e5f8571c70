"""Windows: how often each name was counted since its window began; bounded in memory, without threads."""

import time

from limits.storage import Storage

MOST_NAMES = 100_000


class Windows(Storage):
    """A storage of `limits` for one event loop: what has expired goes when room is needed, then the oldest."""

    STORAGE_SCHEME = None
    base_exceptions = ()

    def __init__(self, most_names: int = MOST_NAMES) -> None:
        super().__init__()
        self._most_names = most_names
        self._windows: dict[str, tuple[int, float]] = {}

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """How often `key` was counted with this time; a window of `expiry` seconds begins where there is none."""
        now = time.time()
        count, ends = self._windows.get(key, (0, 0.0))
        if ends <= now:
            self._windows.pop(key, None)
            self._make_room(now)
            count, ends = 0, now + expiry
        self._windows[key] = (count + amount, ends)
        return count + amount

    def get(self, key: str) -> int:
        """How often `key` was counted in its window."""
        count, ends = self._windows.get(key, (0, 0.0))
        return count if ends > time.time() else 0

    def get_expiry(self, key: str) -> float:
        """When the window of `key` ends, in seconds since 1970."""
        return self._windows.get(key, (0, time.time()))[1]

    def check(self) -> bool:
        """True: memory is there."""
        return True

    def reset(self) -> int:
        """Forget everything; how many names that were."""
        forgotten = len(self._windows)
        self._windows.clear()
        return forgotten

    def clear(self, key: str) -> None:
        """Forget a name."""
        self._windows.pop(key, None)

    def _make_room(self, now: float) -> None:
        if len(self._windows) < self._most_names:
            return
        self._windows = {key: each for key, each in self._windows.items() if each[1] > now}
        # A tenth at once, so that each call does not look through all of them.
        for key in list(self._windows)[: max(0, len(self._windows) - self._most_names * 9 // 10)]:
            del self._windows[key]
