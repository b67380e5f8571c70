"""Serves the facade and kills this process, as hard as can be, when it reaches a waypoint.

Usage: killed_facade.py WAYPOINT PORT
"""

import os
import signal
import sys

import uvicorn

from db.waypoints import Waypoint, listening

if __name__ == "__main__":
    deadly = Waypoint(sys.argv[1])

    def kill(waypoint: Waypoint) -> None:
        if waypoint is deadly:
            os.kill(os.getpid(), signal.SIGKILL)

    with listening(kill):
        uvicorn.run("api.app:create", factory=True, port=int(sys.argv[2]), log_config=None)
