"""What happens when a run ends: the ledger notes it, and people hear of trouble, and of its end."""

import asyncio
import logging
import time
from datetime import UTC, datetime
from typing import Any

from prefect import Flow, State
from prefect.client.schemas.objects import FlowRun

from clients.notification_blocks import Letter, NotTold
from db.jobs import RunOf
from settings import Settings
from tasks.notice_messages import message_without_ledger
from tasks.notify import SPACING_SECONDS, channels_of, notify
from tasks.run_ends import RunEnd, trouble_without_job
from tasks.workbench import open_ledger

_logger = logging.getLogger(__name__)
_MARK = "told-without-ledger"


async def tell_people(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """Note how a run ended, and tell whoever should know; whatever goes wrong here changes nothing of the run.

    Prefect wants these very names of parameters, and runs it in the dying process or in another one.
    """
    job_id = RunOf(flow_run.id, flow_run.run_count).job_id
    end = RunEnd(job_id, flow_run.id, flow.name, state.type.value.lower(), state.message)
    try:
        await asyncio.to_thread(_tell, end)
    # A message that could not be sent is no reason for anything else to go wrong.
    except Exception as error:
        _logger.warning("people were not told how %s ended: %s", end.flow, type(error).__name__)


def _tell(end: RunEnd) -> None:
    settings = Settings()
    try:
        with open_ledger(settings) as ledger:
            notify(ledger, settings, end)
    # Whatever it was: a run that failed may have failed of the same.
    except Exception as error:
        _logger.warning("how %s ended was not noted: %s", end.flow, type(error).__name__)
        _tell_without_ledger(end, settings)


def _tell_without_ledger(end: RunEnd, settings: Settings) -> None:
    """Say it straight away, about once an hour: a mark in the data directory counts in the ledger's stead."""
    found = trouble_without_job(end)
    if found is None or _was_told_lately(settings):
        return
    message = message_without_ledger(found, datetime.now(UTC), settings)
    for channel in channels_of(settings):
        try:
            channel.send(Letter(message.title, message.lines, message.links))
        except NotTold as error:
            _logger.warning("a message did not reach %s: %s", channel.name, error)


def _was_told_lately(settings: Settings) -> bool:
    mark = settings.data_dir / _MARK
    try:
        if mark.exists() and time.time() - mark.stat().st_mtime < SPACING_SECONDS:
            return True
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        mark.touch()
    except OSError:
        # Rather told too often than not at all.
        return False
    return False
