"""Channels that people read: a Slack webhook, and any notification block of Prefect; one message in bounded time."""

import asyncio
import logging
import re
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from clients.errors import OutsideError
from invoices.legible import legible

SLACK = "slack"
"""The channel of `WAYBILL_SLACK_WEBHOOK_URL`."""

SEND_SECONDS = 10.0
"""The total time that a channel may take for a message, the look-up of its block included."""

_LONGEST_TEXT = 3000
_LONGEST_ERROR = 120
_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_JOINER = "\N{WORD JOINER}"
_ACTED_ON = re.compile(r"://|<|@|\]\(|(?<=www)\.", re.IGNORECASE)
_STATUS = re.compile(r"\berror=(\d{3})\b|\b(\d{3}) ")

# Both log addresses, which are secrets, where somebody asks for everything.
for _talkative in ("slack_sdk", "apprise"):
    logging.getLogger(_talkative).setLevel(logging.ERROR)


class NotTold(OutsideError):
    """A channel did not take a message; says why, without its address."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as a channel gets it: what the lines quote is harmless; links are names with addresses."""

    title: str
    lines: Sequence[str]
    links: Sequence[tuple[str, str]] = ()

    def in_mrkdwn(self) -> str:
        """As Slack shows it."""
        linked = " · ".join(f"<{url}|{name}>" for name, url in self.links)
        return "\n".join([*map(without_markup, self.lines), *([linked] if linked else [])])

    def in_plain_text(self) -> str:
        """As anything else shows it: what most would take for a mention, a link or markup is broken up."""
        linked = [f"{name}: {url}" for name, url in self.links]
        return "\n".join([*map(defused, self.lines), *linked])


def without_markup(text: str) -> str:
    """Text that may quote the outside as Slack shows it: on one line, without mentions and without links."""
    # Slack also makes a link of a bare address; a word joiner, which nobody sees, prevents that.
    return legible(text, _LONGEST_TEXT).translate(_ESCAPED).replace("://", f":{_JOINER}//")


def defused(text: str) -> str:
    """Text that may quote the outside, for channels of any kind: on one line, without mentions and links."""
    return _ACTED_ON.sub(lambda found: f"{found[0][:1]}{_JOINER}{found[0][1:]}", legible(text, _LONGEST_TEXT))


class Channel:
    """One place where people are told; its name is no secret."""

    def __init__(self, name: str, load: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        self.name = name
        self._load = load

    def send(self, letter: Letter, *, within_seconds: float = SEND_SECONDS) -> None:
        """Tell it, in an event loop of its own: not for a thread that runs one.

        Raises:
            NotTold: It did not take the message in time, or at all.
        """
        try:
            # What has to be imported first takes its own time.
            loading = self._load()
            asyncio.run(asyncio.wait_for(_tell(loading, letter), within_seconds))
        except TimeoutError:
            raise NotTold(f"No answer within {within_seconds:g} s.") from None
        except NotTold:
            raise
        # A block is anybody's code: whatever it raises, the message was not taken.
        except Exception as error:
            raise NotTold(_words(error)) from None


async def _tell(loading: Coroutine[Any, Any, Any], letter: Letter) -> None:
    block = await loading
    if not callable(getattr(block, "notify", None)):
        raise NotTold("This block is of a type that sends no messages.")
    # Said explicitly each time: what Prefect guesses in a thread of an asynchronous flow loses the message.
    if type(block).__module__.startswith("prefect_slack"):
        # It raises by itself, and breaks after `raise_on_failure()`.
        await block.notify(letter.in_mrkdwn(), f"*{letter.title}*", _sync=False)
        return
    with block.raise_on_failure():
        await block.notify(letter.in_plain_text(), letter.title, _sync=False)


def slack_webhook(url: str) -> Channel:
    """The Slack incoming webhook at `url`."""

    def load() -> Coroutine[Any, Any, Any]:
        from prefect_slack import SlackWebhook  # noqa: PLC0415 - slow to import, and only for news

        async def made() -> Any:
            return SlackWebhook(url=url)

        return made()

    return Channel(SLACK, load)


def notification_block(name: str) -> Channel:
    """A block of the Prefect server: its type's slug and its own name, such as `ms-teams-webhook/ops`."""

    def load() -> Coroutine[Any, Any, Any]:
        # Importing them makes their types known.
        import prefect.blocks.notifications  # noqa: F401, PLC0415
        import prefect_slack  # noqa: F401, PLC0415
        from prefect.blocks.core import Block  # noqa: PLC0415

        return Block.aload(name)

    return Channel(name, load)


def _words(error: Exception) -> str:
    """What went wrong; an error's own text may name the address."""
    log = str(getattr(error, "log", ""))
    if log.startswith("Failed to send message: "):
        return f"It answered: {legible(log.removeprefix('Failed to send message: '), _LONGEST_ERROR)}"
    response = getattr(error, "response", None)
    status = getattr(response, "status_code", None) or next(
        (found[1] or found[2] for found in [_STATUS.search(log)] if found), None
    )
    if status is not None:
        return f"It answered {status}."
    if "block document" in str(error).lower() or type(error).__name__ == "ObjectNotFound":
        return "The Prefect server has no such block."
    return f"It could not be told: {type(error).__name__}."
