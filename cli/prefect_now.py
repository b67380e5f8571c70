"""How the Prefect server stands that runs are asked of: the one of PREFECT_API_URL, or of `waybill up` beside us."""

import os
from pathlib import Path
from typing import Any

from clients.prefect_outlook import Outlook, OutlookUnavailable, look_ahead
from flows.prefect_server import environment_of, is_healthy

_WITHIN_SECONDS = 5.0


def prefect_url(data_dir: Path) -> str | None:
    """The address of the API; None where none is named and none runs in `data_dir`."""
    if given := os.environ.get("PREFECT_API_URL"):
        return given
    started = environment_of(data_dir)
    if started is None or not is_healthy(started["PREFECT_API_URL"]):
        return None
    return started["PREFECT_API_URL"]


def prefect_now(data_dir: Path) -> dict[str, Any]:
    """In the shape that programs read: `well` is None where it was not asked."""
    url = prefect_url(data_dir)
    if url is None:
        says = "not asked: PREFECT_API_URL is not set, and no `waybill up` runs here"
        return {"well": None, "says": says, "next_runs": []}
    try:
        return _told(look_ahead(url, _WITHIN_SECONDS))
    except OutlookUnavailable as unavailable:
        return {"well": False, "says": str(unavailable), "next_runs": []}


def _told(outlook: Outlook) -> dict[str, Any]:
    idle = [each.name for each in outlook.deployments if not each.is_ready]
    says = f"version {outlook.server_version}, {len(outlook.deployments)} deployments"
    if idle:
        says += f"; nobody asks for work of {', '.join(idle)}: start `waybill up`, or a worker"
    runs = [{"deployment": each.deployment, "at": each.at.isoformat()} for each in outlook.next_runs]
    return {"well": bool(outlook.deployments) and not idle, "says": says, "next_runs": runs}
