"""Serving: registers the deployments and runs what is asked of them, until its standard input closes."""

import asyncio
import os
import signal
import sys
import threading

from prefect.runner import Runner
from prefect.types.entrypoint import EntrypointType

from flows.process import process_invoices
from flows.reconcile import reconcile_deliveries
from flows.redeliver import redeliver_invoices
from flows.running import log_where_wanted
from settings import Settings

_LOOK_EVERY_SECONDS = 2
_RUNS_AT_ONCE = 4


async def serve() -> None:
    """Serve one deployment of each flow, named like its flow, each run in a process of its own."""
    # A stopped machine must not switch the schedules off for the others.
    runner = Runner(
        name="waybill", query_seconds=_LOOK_EVERY_SECONDS, limit=_RUNS_AT_ONCE, pause_on_shutdown=False
    )
    for each in (process_invoices, redeliver_invoices, reconcile_deliveries):
        await runner.aadd_deployment(
            await each.ato_deployment(
                each.name, concurrency_limit=1, entrypoint_type=EntrypointType.MODULE_PATH
            )
        )
    await runner.start()


def _end_with_parent() -> None:
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    log_where_wanted(Settings())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    asyncio.run(serve())
