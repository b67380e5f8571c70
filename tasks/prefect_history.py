"""Prefect's history of runs: whether its server deletes what is old, which only its own settings can make it do."""

from typing import Any

from prefect.client.orchestration import get_client
from prefect.exceptions import PrefectHTTPStatusError

_HOW = "set PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED=events,flow_runs where the Prefect server runs"
_NOT_SEEN = (
    f"Whether the Prefect server deletes its old runs could not be looked at; if it is your own, {_HOW}."
)


async def history_note() -> str | None:
    """What a person should know of the Prefect server's history; None where it deletes old runs by itself."""
    try:
        async with get_client() as client:
            answer = await client.request("GET", "/admin/settings")
            return note_of(answer.json())
    except (PrefectHTTPStatusError, ValueError):
        return _NOT_SEEN


def note_of(settings: Any) -> str | None:
    """The same of the settings that a server tells, in whatever shape."""
    try:
        enabled = settings["server"]["services"]["db_vacuum"]["enabled"]
    except (KeyError, TypeError):
        return _NOT_SEEN
    if enabled is True or (isinstance(enabled, list) and "flow_runs" in enabled):
        return None
    return f"The Prefect server keeps its runs for ever: {_HOW}."
