"""Peak memory of a process and of those it starts, watched from outside (Linux: from /proc)."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_LOOK_EVERY_SECONDS = 0.2


class Peaks:
    """The highest resident memory of each process of a family, in bytes."""

    def __init__(self, parent: int) -> None:
        self._parent = parent
        self._by_process: dict[int, int] = {}

    @property
    def parent(self) -> int:
        """Of the process itself; 0 where it could not be seen."""
        return self._by_process.get(self._parent, 0)

    @property
    def children(self) -> tuple[int, ...]:
        """Of each process that it started, the largest first."""
        return tuple(
            sorted((peak for pid, peak in self._by_process.items() if pid != self._parent), reverse=True)
        )

    def look(self) -> None:
        """See how high each has come so far."""
        for pid in (self._parent, *_children(self._parent)):
            # The kernel keeps the high-water mark since exec; getrusage would count the forking parent's, too.
            with suppress(OSError):
                self._by_process[pid] = max(_high_water_mark(pid), self._by_process.get(pid, 0))


def _children(parent: int) -> Iterator[int]:
    with suppress(OSError):
        for thread in Path(f"/proc/{parent}/task").iterdir():
            with suppress(OSError):
                yield from map(int, (thread / "children").read_text().split())


def _high_water_mark(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)


@contextmanager
def watched(parent: int) -> Iterator[Peaks]:
    """Watch a process and its children for the length of the block."""
    peaks, ended = Peaks(parent), threading.Event()

    def watch() -> None:
        while not ended.wait(_LOOK_EVERY_SECONDS):
            peaks.look()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peaks
    finally:
        ended.set()
        watcher.join()
