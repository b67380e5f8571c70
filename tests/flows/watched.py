"""Any flow in this process, and the report with which it ends."""

import asyncio

from flows.watching import WATCHER


class Keeping:
    report = None

    def progressed(self, progress):
        assert 0 <= progress.percentage <= 100

    def reported(self, report):
        self.report = report


def report_of(flow, **parameters):
    keeping = Keeping()
    token = WATCHER.set(keeping)
    try:
        asyncio.run(_finish(flow, parameters))
    finally:
        WATCHER.reset(token)
    assert keeping.report is not None
    return keeping.report


async def _finish(flow, parameters):
    await flow(**parameters, return_state=True)
