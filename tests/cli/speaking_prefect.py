"""A server that speaks as much of Prefect's API as is asked of it when somebody looks ahead."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from uuid import uuid4

import prefect

from clients.prefect_outlook import TAG

NAMES = ("process-invoices", "redeliver-invoices", "reconcile-deliveries", "housekeeping")


def deployed(
    name: str, *, status: str = "READY", paused: bool = False, active: Sequence[bool] = (True,)
) -> dict[str, Any]:
    """A deployment as the server tells it."""
    schedule = {"cron": "15 4 * * *", "timezone": "Europe/Brussels"}
    return {
        "id": str(uuid4()), "name": name, "flow_id": str(uuid4()), "status": status, "paused": paused,
        "tags": [TAG], "schedules": [{"schedule": schedule, "active": each} for each in active],
    }  # fmt: skip


def planned(deployment: dict[str, Any], ahead: timedelta = timedelta(hours=1)) -> dict[str, Any]:
    """The next run of a deployment as the server tells it."""
    return {
        "id": str(uuid4()), "name": "a run", "flow_id": deployment["flow_id"], "deployment_id": deployment["id"],
        "next_scheduled_start_time": (datetime.now(UTC) + ahead).isoformat(),
    }  # fmt: skip


@contextmanager
def speaking(
    deployments: Sequence[dict[str, Any]],
    runs: Sequence[dict[str, Any]] = (),
    version: str = prefect.__version__,
) -> Iterator[str]:
    """The address of the API of a server that has those."""
    said = {
        "/api/admin/version": version,
        "/api/deployments/filter": list(deployments),
        "/api/flow_runs/filter": list(runs),
    }

    class Speaking(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = json.dumps(said.get(self.path)).encode()
            self.send_response(200 if self.path in said else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - as the base class looks for it

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Speaking) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/api"
        server.shutdown()
