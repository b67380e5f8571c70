"""Channels: a message arrives whole and harmless, or it is said in bounded time that it did not."""

import logging
import socket

import pytest
from prefect.blocks.core import Block
from prefect.blocks.notifications import CustomWebhookNotificationBlock
from prefect.blocks.system import Secret
from prefect_slack import SlackWebhook

from clients.notification_blocks import Letter, NotTold, defused, notification_block, slack_webhook
from sandbox.faults import Fault, FaultKind
from sandbox.journal import Call
from sandbox.serve import Sandbox

LETTER = Letter("A title", ("It said <!channel> & more.",), (("Job", "https://waybill.example/1"),))
PATIENCE_SECONDS = 60
AS_SLACK = "*A title*\nIt said &lt;!channel&gt; &amp; more.\n<https://waybill.example/1|Job>"


@pytest.fixture
def slack():
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def heard(slack):
    return lambda: [each.text for each in slack.journal.entries(Call.MESSAGE)]


def fails(slack, kind, **details):
    slack.faults.add(Fault(call=Call.MESSAGE, fault=kind, times=None, **details))


class TestSlackWebhook:
    def test_it_gets_the_message_in_its_own_markup(self, slack, heard):
        slack_webhook(slack.slack_webhook_url).send(LETTER)
        assert heard() == [AS_SLACK]

    def test_one_that_refuses_is_quoted(self, slack):
        url = slack.slack_webhook_url.replace("waybill", "nobody")
        with pytest.raises(NotTold, match="It answered: "):
            slack_webhook(url).send(LETTER)

    def test_one_that_does_not_answer_is_not_waited_for(self, slack):
        fails(slack, FaultKind.SLOW, seconds=30)
        with pytest.raises(NotTold, match=r"No answer within 0\.2 s\."):
            slack_webhook(slack.slack_webhook_url).send(LETTER, within_seconds=0.2)

    def test_where_nobody_listens_that_is_said_without_the_address(self, caplog):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{closed.getsockname()[1]}/services/hush"
        with caplog.at_level(logging.DEBUG), pytest.raises(NotTold) as refusal:
            slack_webhook(url).send(LETTER)
        assert str(refusal.value) == "It could not be told: ClientConnectorError."
        assert "hush" not in caplog.text


@pytest.mark.usefixtures("prefect_api")
class TestBlocks:
    def save(self, block):
        block.save("test", overwrite=True)
        return notification_block(f"{block.get_block_type_slug()}/test")

    def webhook(self, url):
        return CustomWebhookNotificationBlock(
            name="test", url=url, json_data={"text": "{{subject}}: {{body}}"}
        )

    def test_a_webhook_gets_plain_text(self, slack, heard):
        self.save(self.webhook(slack.slack_webhook_url)).send(LETTER, within_seconds=PATIENCE_SECONDS)
        (message,) = heard()
        assert message == (
            "A title: It said <\N{WORD JOINER}!channel> & more.\nJob: https://waybill.example/1"
        )

    def test_slack_gets_its_own_markup(self, slack, heard):
        self.save(SlackWebhook(url=slack.slack_webhook_url)).send(LETTER, within_seconds=PATIENCE_SECONDS)
        assert heard() == [AS_SLACK]

    def test_one_that_refuses_is_said_by_its_status(self, slack):
        fails(slack, FaultKind.UNAVAILABLE)
        with pytest.raises(NotTold, match=r"It answered 503\."):
            self.save(self.webhook(slack.slack_webhook_url)).send(LETTER, within_seconds=PATIENCE_SECONDS)

    @pytest.mark.parametrize(
        ("slug", "fields"),
        [
            ("mattermost-webhook", {"hostname": "127.0.0.1:1", "token": "hushhushhushhushhushhushhu"}),
            ("discord-webhook", {"webhook_id": "hush", "webhook_token": "hush"}),
            (
                "sendgrid-email",
                {"api_key": "hush", "sender_email": "a@b.example", "to_emails": ["c@d.example"]},
            ),
        ],
    )
    def test_any_type_that_prefect_ships_can_be_named(self, slug, fields, monkeypatch):
        # Whatever it would call is out of reach.
        monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
        block = Block.get_block_class_from_key(slug)(**fields)
        with pytest.raises(NotTold) as refusal:
            self.save(block).send(LETTER, within_seconds=PATIENCE_SECONDS)
        assert "hush" not in str(refusal.value)

    def test_one_that_there_is_not_is_said(self):
        with pytest.raises(NotTold, match="The Prefect server has no such block"):
            notification_block("custom-webhook/nowhere").send(LETTER, within_seconds=PATIENCE_SECONDS)

    def test_one_that_sends_nothing_is_said(self):
        with pytest.raises(NotTold, match="of a type that sends no messages"):
            self.save(Secret(value="hush")).send(LETTER)


@pytest.mark.parametrize(
    "hostile",
    [
        "<!everyone>",
        "@everyone",
        "http://evil.example",
        "[pay](http://evil.example)",
        "www.evil.example",
        "a@b.example",
    ],
)
def test_nothing_that_is_quoted_is_a_mention_or_a_link_for_any_channel(hostile):
    shown = defused(hostile)
    assert shown.replace("\N{WORD JOINER}", "") == hostile
    assert not any(each in shown for each in ("<!", "@e", "@b", "://", "](", "www.e"))
