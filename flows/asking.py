"""Who asked for a run: the name that it was given, or where Prefect has it from."""

from prefect.client.schemas.objects import FlowRun
from prefect.context import FlowRunContext

from invoices.legible import legible

SCHEDULE = "schedule"
BY_HAND = "Prefect UI or API"
_LONGEST_NAME = 300


def who_asked(named: str | None) -> str:
    """Who asked for the run of this process, for its job and the audit trail."""
    context = FlowRunContext.get()
    return legible(named or "", _LONGEST_NAME) or origin(context.flow_run if context else None)


def origin(run: FlowRun | None) -> str:
    """Where a run comes from that names nobody: the schedule, an automation, or whoever used Prefect."""
    made_by = run.created_by if run else None
    if made_by and made_by.type == "AUTOMATION":
        return f'Prefect automation "{legible(made_by.display_value or str(made_by.id))}"'
    if run and (run.auto_scheduled or (made_by and made_by.type == "SCHEDULE")):
        return SCHEDULE
    return BY_HAND
