"""The Slack of the sandbox: an incoming webhook."""

import httpx
import pytest


def test_a_message_is_journalled(sandbox):
    answer = httpx.post(sandbox.slack_webhook_url, json={"text": "2 invoices need you"})
    assert (answer.status_code, answer.text) == (200, "ok")
    assert sandbox.journal.entries()[0].text == "2 invoices need you"


def test_blocks_alone_are_a_message_too(sandbox):
    block = {"type": "section", "text": {"type": "mrkdwn", "text": "Café"}}
    assert httpx.post(sandbox.slack_webhook_url, json={"blocks": [block]}).text == "ok"
    assert "Café" in sandbox.journal.entries()[0].text


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"payload=x", "invalid_payload"),
        (b"[]", "invalid_payload"),
        (b"{}", "no_text"),
        (b'{"text": ""}', "no_text"),
        (b'{"blocks": []}', "no_text"),
    ],
)
def test_what_is_not_a_message_is_refused_in_slacks_words(sandbox, body, reason):
    answer = httpx.post(sandbox.slack_webhook_url, content=body)
    assert (answer.status_code, answer.text) == (400, reason)
    assert sandbox.journal.entries()[0].reason == reason


def test_another_webhook_is_not_there(sandbox):
    assert httpx.post(f"{sandbox.slack_webhook_url}x", json={"text": "x"}).status_code == 404
