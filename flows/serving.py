"""Serving: registers the deployments and runs what is asked of them, until its standard input closes."""

import asyncio
import logging
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

from prefect.exceptions import PrefectHTTPStatusError
from prefect.runner import Runner

from flows.automations import set_up
from flows.deployments import HEARTBEAT_SECONDS, defined
from flows.running import log_where_wanted
from settings import Settings

if TYPE_CHECKING:
    from concurrent.futures import Future

_LOOK_EVERY_SECONDS = 2
_RUNS_AT_ONCE = 4

_logger = logging.getLogger(__name__)


class _Serving(Runner):
    """Has its runs end in order when it is told to end: Prefect 3.8.8 never awaits its own stop, and kills them."""

    _ending: "Future[None] | None" = None

    def handle_sigterm(self, *_signal: object, **_nothing: object) -> None:
        """Take no more, cancel what runs, and wait until it has written down its uploads: 30 s each at most."""
        if not self.started or self._loop is None:
            sys.exit(0)
        if self._ending is None:
            self._ending = asyncio.run_coroutine_threadsafe(self.astop(), self._loop)


async def serve() -> None:
    """Serve the deployments of prefect.yaml, on their schedules, each run in a process of its own."""
    # A stopped machine must not switch the schedules off for the others.
    runner = _Serving(
        name="waybill",
        query_seconds=_LOOK_EVERY_SECONDS,
        heartbeat_seconds=HEARTBEAT_SECONDS,
        limit=_RUNS_AT_ONCE,
        pause_on_shutdown=False,
    )
    ids = {each.name: await runner.aadd_deployment(each) for each in await defined()}
    try:
        await set_up(ids)
    except PrefectHTTPStatusError as refused:
        _logger.warning(
            "the Prefect server took no automations (%s): a run that is killed is noticed by the next run alone",
            refused.response.status_code,
        )
    await runner.start()


def _end_with_parent() -> None:
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    log_where_wanted(Settings())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    asyncio.run(serve())
