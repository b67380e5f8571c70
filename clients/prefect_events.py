"""Prefect's events as a channel: each event of an invoice, for automations of the server to react to."""

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from http import HTTPStatus
from typing import Any

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.exceptions import PrefectException, PrefectHTTPStatusError
from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_MAX_RETRIES, temporary_settings

from clients.event_channel import Sent
from invoices.events import InvoiceEvent

_WITHIN_SECONDS = 5.0
_OF_THE_MESSAGE = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}
)
_LABELS = ("number", "company_number", "direction", "state", "why", "source", "source_id")


class PrefectChannel:
    """The events of the Prefect server of `PREFECT_API_URL`; for one thread at a time.

    The server confirms a batch when its broker has it (`POST /events`), which its websocket never does.
    """

    name = "prefect"
    most = 50
    # The broker in a server's memory drops, unsaid, what it falls behind with: a fifth of what it was seen to take.
    per_second: float | None = 100.0

    def __init__(self) -> None:
        self._opened = ExitStack()
        self._client: SyncPrefectClient | None = None

    def send(self, events: Sequence[InvoiceEvent]) -> Sent:
        """As a channel does; a batch with one that the server refuses is halved until that one is found."""
        try:
            self._post([as_prefect_event(event) for event in events])
        except PrefectHTTPStatusError as error:
            if error.response.status_code in _OF_THE_MESSAGE:
                return self._without_the_refused(events, error.response.status_code)
            return Sent(down=f"Prefect: events were answered with {error.response.status_code}.")
        except (httpx.HTTPError, PrefectException, ValueError) as error:
            self.close()
            return Sent(down=f"Prefect: events could not be sent ({type(error).__name__}).")
        return Sent(frozenset(event.position for event in events))

    def _without_the_refused(self, events: Sequence[InvoiceEvent], status: int) -> Sent:
        if len(events) == 1:
            return Sent(refused={events[0].position: f"Prefect answered {status}."})
        taken: frozenset[int] = frozenset()
        refused: dict[int, str] = {}
        middle = len(events) // 2
        for half in (events[:middle], events[middle:]):
            sent = self.send(half)
            taken |= sent.taken
            refused |= sent.refused
            if sent.down is not None:
                return Sent(taken, refused, sent.down)
        return Sent(taken, refused)

    def _post(self, events: list[dict[str, Any]]) -> None:
        if self._client is None:
            # Prefect's own client knows the server's credentials, certificates and tokens against forgery.
            self._client = self._opened.enter_context(
                get_client(httpx_settings={"timeout": _WITHIN_SECONDS}, sync_client=True)
            )
        with temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 1}):
            self._client.request("POST", "/events", json=events)

    def close(self) -> None:
        """Let go of the connection."""
        self._client = None
        self._opened.close()


def has_server() -> bool:
    """Whether this process knows of a Prefect server."""
    return bool(PREFECT_API_URL.value())


def as_prefect_event(event: InvoiceEvent) -> dict[str, Any]:
    """An event as Prefect's API takes it: about the invoice, related to its company and to the flow run."""
    body: Mapping[str, Any] = json.loads(event.body)
    labels = {f"waybill.{name}": str(body[name]) for name in _LABELS if body[name] is not None}
    related = []
    if body["company_number"] is not None:
        related.append(_related("company", f"waybill.company.{body['company_number']}"))
    if event.flow_run_id is not None:
        related.append(_related("flow-run", f"prefect.flow-run.{event.flow_run_id}"))
    return {
        "id": str(event.id),
        "occurred": body["time"],
        "event": event.type,
        "resource": {
            "prefect.resource.id": f"waybill.invoice.{event.invoice_id}",
            "prefect.resource.name": body["number"] or body["source_id"],
            **labels,
        },
        "related": related,
        "payload": body,
    }


def _related(role: str, resource_id: str) -> dict[str, str]:
    return {"prefect.resource.role": role, "prefect.resource.id": resource_id}
