"""Names of flow runs: what a run does and for whom, as lists of the Prefect UI show it."""

from collections.abc import Callable, Mapping
from typing import Any

from prefect.context import FlowRunContext

from flows.asking import who_asked
from invoices.legible import legible

_LONGEST_NAME = 120


def run_name() -> str:
    """The name of the run that begins in this process, such as `process 3 invoices, for an (admin)`."""
    context = FlowRunContext.get()
    if context is None or context.flow is None:
        raise RuntimeError("only a run of a flow has a name")
    return name_of(context.flow.name, context.parameters or {}, who_asked(_named(context.parameters)))


def name_of(flow: str, parameters: Mapping[str, Any], asked_by: str) -> str:
    """What a run of a flow with these parameters does, and for whom."""
    what = _WHAT[flow](parameters) if flow in _WHAT else flow
    dry = "dry run: " if parameters.get("dry_run") else ""
    preposition = "for" if _named(parameters) else "by"
    return legible(f"{dry}{what}, {preposition} {asked_by}", _LONGEST_NAME)


def _named(parameters: Mapping[str, Any] | None) -> str | None:
    return (parameters or {}).get("requested_by")


def _process(parameters: Mapping[str, Any]) -> str:
    if parameters.get("requests_only"):
        return "process what was requested"
    again = " again" if parameters.get("force") else ""
    return f"process {_invoices(parameters, 'everything')}{again}{_of_part(parameters)}"


def _redeliver(parameters: Mapping[str, Any]) -> str:
    return f"redeliver {_invoices(parameters, 'what is due')}{_of_part(parameters)}"


def _reconcile(parameters: Mapping[str, Any]) -> str:
    days = parameters.get("days")
    return "reconcile the last days" if days is None else f"reconcile {_counted(days, 'day')}"


def _invoices(parameters: Mapping[str, Any], otherwise: str) -> str:
    ids = parameters.get("invoice_ids")
    return otherwise if ids is None else _counted(len(ids), "invoice")


def _of_part(parameters: Mapping[str, Any]) -> str:
    return f" of part {part}" if (part := parameters.get("part")) else ""


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


_WHAT: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "process-invoices": _process,
    "redeliver-invoices": _redeliver,
    "reconcile-deliveries": _reconcile,
}
