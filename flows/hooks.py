"""What happens when a run ends: Slack hears of it when people are needed or something is wrong."""

from typing import Any

from prefect import Flow, State
from prefect.client.schemas.objects import FlowRun

from invoices.legible import legible
from settings import Settings

_LONGEST_TEXT = 3000
_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


async def tell_slack(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """Post a run's end to the Slack webhook, where one is set; a run that needs nobody is not news."""
    webhook = Settings().slack_webhook_url
    if webhook is None or (state.is_completed() and state.name != "NeedsPerson"):
        return
    from prefect_slack import SlackWebhook  # noqa: PLC0415 - slow to import, and only needed when there is news

    await SlackWebhook(url=webhook).notify(
        f"{flow.name}: {without_markup(state.message or state.name or '')}\nSee `waybill jobs {flow_run.id}`.",
        f"Waybill run {flow_run.name}",
    )


def without_markup(text: str) -> str:
    """Text that may quote the outside as Slack shows it: on one line, without mentions and without links."""
    # Slack also makes a link of a bare address; a word joiner, which nobody sees, prevents that.
    return legible(text, _LONGEST_TEXT).translate(_ESCAPED).replace("://", ":\N{WORD JOINER}//")
