"""Automations: what the Prefect server does by itself about runs that cannot speak for themselves."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from uuid import UUID

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState, RunDeployment
from prefect.events.schemas.automations import Automation, AutomationCore, EventTrigger, Posture

SILENCE = timedelta(seconds=90)
"""Three heartbeats: how long a running run may be silent before it counts as killed."""

PENDING_AT_MOST = timedelta(minutes=10)
"""How long a run may take to begin before it gives its place to others."""

REDELIVERY = "redeliver-invoices"

_ALL_OF_A_RUN = "prefect.flow-run.*"
"""Events of a run, heartbeats and changes of its state; states of ours such as NeedsPerson have names of their own."""

_ITS_RUN = frozenset({"prefect.resource.id"})


def automations(
    deployments: Mapping[str, UUID], silence: timedelta = SILENCE, pending: timedelta = PENDING_AT_MOST
) -> list[AutomationCore]:
    """What is set up on a server for the runs of these deployments, given by name."""
    return [
        _crash_after(
            "Waybill: a run fell silent",
            "A run whose heartbeats stopped was killed, with its machine or by it: nobody else says that it ended.",
            event="prefect.flow-run.heartbeat",
            within=silence,
            message=f"No sign of life for {silence.total_seconds():.0f} seconds: the run was killed, or cut off.",
            deployments=deployments,
        ),
        _crash_after(
            "Waybill: a run never began",
            "A run that stays pending holds the place of those that wait for it.",
            event="prefect.flow-run.Pending",
            within=pending,
            message=f"Pending for {pending.total_seconds():.0f} seconds: look at the worker that took the run.",
            deployments=deployments,
        ),
        _go_on_after_crash(deployments),
    ]


def _crash_after(
    name: str,
    description: str,
    *,
    event: str,
    within: timedelta,
    message: str,
    deployments: Mapping[str, UUID],
) -> AutomationCore:
    """Where nothing follows `event` of a run within that time, the run has crashed; one that ended is left alone."""
    trigger = EventTrigger(
        after={event},
        expect={_ALL_OF_A_RUN},
        match_related=_runs_of(deployments.values()),
        for_each=set(_ITS_RUN),
        posture=Posture.Proactive,
        threshold=1,
        within=within,
    )
    crash = ChangeFlowRunState(state=StateType.CRASHED, message=message)
    return AutomationCore(name=name, description=description, trigger=trigger, actions=[crash])


def _go_on_after_crash(deployments: Mapping[str, UUID]) -> AutomationCore:
    """Redelivery once a run crashed; its own crashes wait for its schedule, so that they cannot follow each other."""
    others = [each for name, each in deployments.items() if name != REDELIVERY]
    return AutomationCore(
        name="Waybill: go on after a crash",
        description="Redelivery settles what a killed run left open, and closes its job.",
        trigger=EventTrigger(
            expect={"prefect.flow-run.Crashed"},
            match_related=_runs_of(others),
            for_each=set(_ITS_RUN),
            posture=Posture.Reactive,
            threshold=1,
        ),
        actions=[RunDeployment(source="selected", deployment_id=deployments[REDELIVERY])],
    )


def _runs_of(deployments: Iterable[UUID]) -> dict[str, str | list[str]]:
    ids = [f"prefect.deployment.{each}" for each in deployments]
    return {"prefect.resource.role": "deployment", "prefect.resource.id": ids}


async def set_up(
    deployments: Mapping[str, UUID], silence: timedelta = SILENCE, pending: timedelta = PENDING_AT_MOST
) -> list[str]:
    """Bring the server's automations up to date, by name; the names of all. One that is switched off stays off."""
    wanted = automations(deployments, silence, pending)
    async with get_client() as client:
        for each in wanted:
            await _bring_up_to_date(client, each)
    return [each.name for each in wanted]


async def _bring_up_to_date(client: PrefectClient, wanted: AutomationCore) -> None:
    found = await client.read_automations_by_name(wanted.name)
    # Two machines that start at the same moment make each automation twice.
    for double in found[1:]:
        await client.delete_automation(double.id)
    if not found:
        await client.create_automation(wanted)
    elif not _is_same(found[0], wanted):
        # Only then: where an automation is changed, what it has seen so far is forgotten.
        await client.update_automation(found[0].id, wanted.model_copy(update={"enabled": found[0].enabled}))


def _is_same(found: Automation, wanted: AutomationCore) -> bool:
    what = {"description", "trigger", "actions"}
    return found.model_dump(mode="json", include=what) == wanted.model_dump(mode="json", include=what)
