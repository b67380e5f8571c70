"""Runs `waybill` in this process and kills it, as hard as can be, when it reaches a waypoint for the nth time.

Usage: killed.py WAYPOINT TIMES ARGUMENT...
"""

import os
import signal
import sys
import threading

from cli import main
from db.waypoints import Waypoint, listening


class Killer:
    """Kills this process at the nth `waypoint`."""

    def __init__(self, waypoint: Waypoint, times: int) -> None:
        self._waypoint = waypoint
        self._left = times
        self._lock = threading.Lock()

    def __call__(self, waypoint: Waypoint) -> None:
        with self._lock:
            self._left -= waypoint is self._waypoint
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    _, waypoint, times, *sys.argv[1:] = sys.argv
    with listening(Killer(Waypoint(waypoint), int(times))):
        main()
