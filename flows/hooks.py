"""What happens when a run ends: Slack hears of it when people are needed or something is wrong."""

from typing import Any

from prefect import Flow, State
from prefect.client.schemas.objects import FlowRun

from settings import Settings


async def tell_slack(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """Post a run's end to the Slack webhook, where one is set; a run that needs nobody is not news."""
    webhook = Settings().slack_webhook_url
    if webhook is None or (state.is_completed() and state.name != "NeedsPerson"):
        return
    from prefect_slack import SlackWebhook  # noqa: PLC0415 - slow to import, and only needed when there is news

    await SlackWebhook(url=webhook).notify(
        f"{flow.name}: {state.message or state.name}\nSee `waybill jobs {flow_run.id}`.",
        f"Waybill run {flow_run.name}",
    )
