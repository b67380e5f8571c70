"""`waybill notices`: what people were told of trouble, and whether it reached them."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import typer

from cli.configured import settings as checked_settings
from cli.ledger import ledger
from cli.options import Json, Limit
from cli.output import STDOUT, Exit, fail, moment, plain, print_json, print_rows
from clients.notification_blocks import SEND_SECONDS
from db.ledger import Ledger
from db.notices import notices as told
from db.notices import open_troubles
from settings import Settings
from tasks.notify import send_test


def notices(
    test: Annotated[
        bool, typer.Option("--test", help="Send a test message to every channel, and say whether it arrived.")
    ] = False,
    still_open: Annotated[
        bool, typer.Option("--open", help="The trouble that goes on, instead of the messages.")
    ] = False,
    limit: Limit = 20,
    as_json: Json = False,
) -> None:
    """What people were told of trouble, newest first, and whether it reached them.

    Exit codes: 0 well, 2 the test message did not reach every channel.
    """
    settings = checked_settings()
    with ledger() as opened:
        if test:
            _test(opened, settings, as_json=as_json)
            return
        with opened.reading() as connection:
            if still_open:
                print_rows(_times(open_troubles(connection), as_json=as_json), _TROUBLE, as_json=as_json)
            else:
                _show(told(connection, limit), as_json=as_json)


_TROUBLE = {"since": "Since (UTC)", "kind": "What", "subject": "Of", "said": "Why", "untold": "Untold"}


def _times(rows: Iterable[dict[str, Any]], *, as_json: bool) -> Iterable[dict[str, Any]]:
    return rows if as_json else ({**row, "since": moment(row["since"])} for row in rows)


def _show(rows: Iterable[Mapping[str, Any]], *, as_json: bool) -> None:
    for row in rows:
        if as_json:
            print_json(row)
            continue
        STDOUT.print(
            f"[bold]{moment(row['at'])} UTC  {plain(row['title'])}[/]", soft_wrap=True, highlight=False
        )
        links = [f"{name}: {url}" for name, url in row["links"]]
        for line in (*row["lines"], *links, _reached(row["channels"])):
            STDOUT.print(f"  {plain(line)}", soft_wrap=True, highlight=False)


def _reached(channels: Iterable[Mapping[str, Any]]) -> str:
    return "; ".join(map(_channel, channels)) or "No channel is set, so nobody was told."


def _channel(each: Mapping[str, Any]) -> str:
    words = f"{each['channel']}: {each['state'].replace('_', ' ')}"
    if each["state"] != "delivered" and each["error"]:
        return f"{words} after {each['tries']} tries. {each['error']}"
    return words


def _test(opened: Ledger, settings: Settings, *, as_json: bool) -> None:
    if not (settings.slack_webhook_url or settings.notification_blocks):
        raise fail(
            "No channel is set, so nobody can be told: set WAYBILL_SLACK_WEBHOOK_URL or WAYBILL_NOTIFICATION_BLOCKS."
        )
    channels = 1 + len(settings.notification_blocks)
    notice_id = send_test(opened, settings, within_seconds=channels * SEND_SECONDS)
    with opened.reading() as connection:
        (row,) = told(connection, 1, notice_id)
    _show([row], as_json=as_json)
    if any(each["state"] != "delivered" for each in row["channels"]):
        raise typer.Exit(Exit.FAILED)
