"""Tables of what others are told: webhooks, notices to people, and events."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    Integer,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from db.models.metadata import METADATA, required, table

RECEIVED_WEBHOOK = table(
    "received_webhook",
    required("webhook_id", Text),
    required("body_sha256", Text),
    required("request_id", Uuid),
)

WEBHOOK_ENDPOINT = table(
    "webhook_endpoint",
    required("single", Boolean, server_default=text("true")),
    Column("url_sha256", Text),
    Column("gone_at", DateTime(timezone=True)),
    Column("paused_until", DateTime(timezone=True)),
)

WEBHOOK_MESSAGE = table(
    "webhook_message",
    required("position", BigInteger),
    required("invoice_id", Uuid),
    required("sequence", Integer),
    required("type", Text),
    Column("company_number", Text),
    required("at", DateTime(timezone=True)),
    required("state", Text),
    required("status", Text),
    Column("number", Text),
    Column("reason", Text),
    Column("receipt", Text),
    Column("body", Text),
    required("tries", SmallInteger, server_default=text("0")),
    required("next_attempt_at", DateTime(timezone=True), server_default=text("now()")),
    Column("delivered_at", DateTime(timezone=True)),
    Column("given_up_at", DateTime(timezone=True)),
)

WEBHOOK_ATTEMPT = table(
    "webhook_attempt",
    required("message_id", Uuid),
    required("number", SmallInteger),
    required("at", DateTime(timezone=True)),
    Column("seconds", Double),
    Column("http_status", Integer),
    Column("error", Text),
)

TROUBLE = table(
    "trouble",
    required("kind", Text),
    required("subject", Text),
    required("problem", Text, server_default=text("''")),
    required("since", DateTime(timezone=True)),
    required("last_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    required("times", Integer),
    Column("untold_since", DateTime(timezone=True)),
    required("told", Text, server_default=text("'nothing'")),
    Column("told_at", DateTime(timezone=True)),
    Column("said", Text),
    Column("job_id", Uuid),
    Column("flow_run_id", Uuid),
)

NOTICE = table(
    "notice",
    required("position", BigInteger),
    Column("trouble_id", Uuid),
    required("says", Text),
    required("title", Text),
    required("body", JSONB),
)

NOTICE_DELIVERY = table(
    "notice_delivery",
    required("notice_id", Uuid),
    required("channel", Text),
    required("tries", Integer, server_default=text("0")),
    required("next_attempt_at", DateTime(timezone=True), server_default=text("now()")),
    Column("delivered_at", DateTime(timezone=True)),
    Column("given_up_at", DateTime(timezone=True)),
    Column("error", Text),
)

OUTBOX_CHANNEL = Table(
    "outbox_channel",
    METADATA,
    Column("name", Text, primary_key=True),
    required("states", ARRAY(Text), server_default=text("'{}'")),
    required("failures", Integer, server_default=text("0")),
    Column("error", Text),
    Column("paused_until", DateTime(timezone=True)),
    Column("published_at", DateTime(timezone=True)),
    required("created_at", DateTime(timezone=True), server_default=text("now()")),
    required("updated_at", DateTime(timezone=True), server_default=text("now()")),
)

OUTBOX = Table(
    "outbox",
    METADATA,
    Column("channel", Text, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    required("event_id", Uuid),
    required("invoice_id", Uuid),
    required("sequence", Integer),
    required("type", Text),
    required("at", DateTime(timezone=True)),
    required("body", JSON),
    required("tries", SmallInteger, server_default=text("0")),
    Column("next_attempt_at", DateTime(timezone=True)),
    Column("error", Text),
)
