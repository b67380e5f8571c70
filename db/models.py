"""The ledger's tables as SQLAlchemy sees them; constraints, indexes and triggers stand in `migrations/`."""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def _required(name: str, kind: Any, **options: Any) -> Column[Any]:
    return Column(name, kind, nullable=False, **options)


def _table(name: str, *columns: Column[Any]) -> Table:
    return Table(
        name,
        METADATA,
        Column("id", Uuid, primary_key=True, server_default=text("gen_random_uuid()")),
        *columns,
        _required("created_at", DateTime(timezone=True), server_default=text("now()")),
        _required("updated_at", DateTime(timezone=True), server_default=text("now()")),
    )


LEDGER = _table("ledger", _required("single", Boolean, server_default=text("true")))

PAYLOAD = _table(
    "payload",
    Column("content", LargeBinary),
    _required("media_type", Text),
    _required("size", BigInteger),
    _required("sha256", Text),
    Column("erased_at", DateTime(timezone=True)),
    Column("key_id", Text),
)

DOCUMENT = _table(
    "document",
    _required("sha256", Text),
    _required("size", BigInteger),
    _required("payload_id", Uuid),
    Column("facts", JSONB),
    Column("erased_at", DateTime(timezone=True)),
)

VERDICT = _table(
    "verdict",
    _required("document_id", Uuid),
    _required("rule_sets_key", Text),
    _required("rule_sets", JSONB),
    _required("verdict", Text),
    _required("findings", JSONB, server_default=text("'[]'")),
    Column("findings_sha256", Text),
)

TRANSITION = Table(
    "transition",
    METADATA,
    Column("from_state", Text, primary_key=True),
    Column("to_state", Text, primary_key=True),
)

INVOICE = _table(
    "invoice",
    _required("arrival", BigInteger),
    _required("destination", Text),
    _required("source", Text),
    _required("source_id", Text),
    _required("version", Integer),
    _required("document_id", Uuid),
    Column("company_number", Text),
    Column("direction", Text),
    Column("stated_number", Text),
    Column("source_updated_at", DateTime(timezone=True)),
    Column("number", Text),
    Column("issue_date", Date),
    Column("type_code", Text),
    Column("currency", Text),
    Column("payable_amount", Numeric),
    Column("issuer_key", Text),
    Column("identity_key", Text),
    Column("fingerprint", Text),
    Column("verdict_id", Uuid),
    Column("disposition", Text),
    _required("state", Text, server_default=text("'received'")),
    _required("why", Text),
    Column("reason", Text),
    Column("blocked_by", Uuid),
    _required("findings", JSONB, server_default=text("'[]'")),
    _required("checks", SmallInteger, server_default=text("0")),
    _required("tries", SmallInteger, server_default=text("0")),
    Column("next_attempt_at", DateTime(timezone=True)),
    Column("release_id", Uuid),
    Column("override_id", Uuid),
    Column("receipt", Text),
    Column("receipt_verified", Boolean),
    Column("acknowledged", Text),
    Column("supplier_name", Text),
    Column("supplier_number", Text),
    _required("by_number", Text),
    _required("by_issue_date", Date),
    _required("by_amount", Double),
)

INVOICE_WORDS = Table(
    "invoice_words",
    METADATA,
    Column("invoice_id", Uuid, primary_key=True),
    _required("words", TSVECTOR),
)

DECISION = _table(
    "decision",
    _required("invoice_id", Uuid),
    _required("decision", Text),
    _required("saw_state", Text),
    _required("actor", Text),
    _required("reason_id", Uuid),
)

JOB = _table(
    "job",
    _required("flow_run_id", Uuid),
    _required("run_count", Integer),
    _required("flow", Text),
    _required("requested_by", Text),
    _required("parameters", JSONB),
    _required("state", Text, server_default=text("'running'")),
    Column("counts", JSONB),
    Column("waiting", BigInteger),
    Column("error", Text),
    Column("ended_at", DateTime(timezone=True)),
    Column("worker", Integer),
    Column("outcomes", JSONB),
    _required("died", Boolean, server_default=text("false")),
    Column("noticed_at", DateTime(timezone=True)),
    Column("trouble_id", Uuid),
)

RUN_REQUEST = _table(
    "run_request",
    _required("position", BigInteger),
    Column("asked_by", Uuid),
    _required("requested_by", Text),
    Column("reason", Text),
    _required("correlation_id", Text),
    Column("invoice_ids", ARRAY(Uuid)),
    Column("source_ids", ARRAY(Text)),
    _required("force", Boolean, server_default=text("false")),
    _required("dry_run", Boolean, server_default=text("false")),
    Column("idempotency_key", Text),
    Column("body_sha256", Text),
    Column("flow_run_id", Uuid),
    Column("asked_for_at", DateTime(timezone=True)),
    _required("times_asked_for", SmallInteger, server_default=text("0")),
    _required("not_before", DateTime(timezone=True), server_default=text("now()")),
    _required("tries", SmallInteger, server_default=text("0")),
    Column("job_id", Uuid),
    Column("done_at", DateTime(timezone=True)),
)

JOB_INVOICE = Table(
    "job_invoice",
    METADATA,
    Column("job_id", Uuid, primary_key=True),
    Column("invoice_id", Uuid, primary_key=True),
)

ATTEMPT = _table(
    "attempt",
    _required("invoice_id", Uuid),
    Column("job_id", Uuid),
    _required("worker", Integer),
    _required("document_sha256", Text),
    _required("company_number", Text),
    _required("direction", Text),
    _required("claimed_at", DateTime(timezone=True), server_default=text("clock_timestamp()")),
    _required("budget_ends_at", DateTime(timezone=True)),
    Column("settled_at", DateTime(timezone=True)),
    Column("outcome", Text),
    Column("code", Text),
    Column("message", Text),
    Column("http_status", Integer),
    Column("receipt", Text),
    Column("answer_id", Uuid),
    Column("hash", Text),
)

AUDIT_EVENT = _table(
    "audit_event",
    _required("invoice_id", Uuid),
    _required("sequence", Integer),
    _required("at", DateTime(timezone=True)),
    _required("actor", Text),
    Column("job_id", Uuid),
    Column("from_state", Text),
    _required("to_state", Text),
    _required("why", Text),
    Column("blocked_by", Uuid),
    Column("decision_id", Uuid),
    Column("evidence", JSONB),
    Column("previous_hash", Text),
    _required("hash", Text),
)

SEAL = _table(
    "seal",
    _required("number", BigInteger),
    Column("previous_hash", Text),
    _required("hash", Text),
    _required("heads", Integer),
    _required("sealed_at", DateTime(timezone=True)),
)

SEALED_HEAD = Table(
    "sealed_head",
    METADATA,
    Column("seal_id", Uuid, primary_key=True),
    Column("invoice_id", Uuid, primary_key=True),
    _required("sequence", Integer),
    _required("hash", Text),
)

UNSEALED = Table(
    "unsealed",
    METADATA,
    Column("arrival", BigInteger, primary_key=True, autoincrement=False),
    _required("invoice_id", Uuid),
)

REJECTED_RECORD = _table(
    "rejected_record",
    _required("source", Text),
    Column("source_id", Text),
    Column("version", Integer),
    _required("raw_id", Uuid),
    _required("raw_sha256", Text),
    _required("finding", JSONB),
    _required("retryable", Boolean),
    _required("seen", Integer, server_default=text("1")),
    Column("next_try_at", DateTime(timezone=True)),
    Column("resolved_at", DateTime(timezone=True)),
    Column("job_id", Uuid),
)

SOURCE_POSITION = _table("source_position", _required("source", Text), Column("cursor", Text))

ROUTE = _table(
    "route",
    Column("company_number", Text),
    Column("direction", Text),
    Column("enabled", Boolean),
    Column("deliver_from", Date),
    Column("preset", Text),
)

PACE = _table(
    "pace",
    _required("destination", Text),
    _required("next_at", DateTime(timezone=True)),
    Column("paused_until", DateTime(timezone=True)),
)

BREAKER = _table(
    "breaker",
    _required("neighbour", Text),
    _required("state", Text, server_default=text("'closed'")),
    _required("failures", Integer, server_default=text("0")),
    Column("last_error", Text),
    Column("last_failed_at", DateTime(timezone=True)),
    Column("opened_at", DateTime(timezone=True)),
    Column("open_seconds", Double),
    Column("try_again_at", DateTime(timezone=True)),
    Column("probe_id", Uuid),
    Column("probe_worker", Integer),
    Column("probe_ends_at", DateTime(timezone=True)),
)

RECONCILIATION = _table(
    "reconciliation",
    _required("job_id", Uuid),
    _required("since", DateTime(timezone=True)),
    _required("until", DateTime(timezone=True)),
    _required("receipts", Integer),
    _required("confirmed", Integer),
    _required("different", Integer),
    _required("not_checked", Integer),
    _required("unverified", Integer),
    Column("statistics", JSONB),
    _required("findings", JSONB),
    _required("findings_left_out", Integer),
    _required("notes", JSONB),
)

_TEXTS = ARRAY(Text)

ACCOUNT = _table(
    "account",
    _required("name", Text),
    _required("password_hash", Text),
    _required("role", Text),
    Column("companies", _TEXTS),
    Column("disabled_at", DateTime(timezone=True)),
)

API_KEY = _table(
    "api_key",
    _required("name", Text),
    _required("prefix", Text),
    _required("hash", Text),
    _required("scopes", _TEXTS),
    Column("companies", _TEXTS),
    Column("expires_at", DateTime(timezone=True)),
    Column("revoked_at", DateTime(timezone=True)),
    Column("last_used_at", DateTime(timezone=True)),
)

SIGN_IN = _table(
    "sign_in",
    _required("account_id", Uuid),
    Column("address", Text),
    Column("ended_at", DateTime(timezone=True)),
    Column("ended_why", Text),
)

REFRESH_TOKEN = _table(
    "refresh_token",
    _required("sign_in_id", Uuid),
    _required("hash", Text),
    _required("expires_at", DateTime(timezone=True)),
    Column("used_at", DateTime(timezone=True)),
)

SIGN_IN_THROTTLE = Table(
    "sign_in_throttle",
    METADATA,
    Column("subject", Text, primary_key=True),
    _required("failures", Integer),
    _required("last_failed_at", DateTime(timezone=True)),
    Column("blocked_until", DateTime(timezone=True)),
)

SECURITY_EVENT = _table(
    "security_event",
    _required("position", BigInteger),
    _required("at", DateTime(timezone=True), server_default=text("clock_timestamp()")),
    _required("kind", Text),
    Column("actor", Text),
    Column("account_id", Uuid),
    Column("api_key_id", Uuid),
    Column("address", Text),
    Column("correlation_id", Text),
    _required("details", JSONB, server_default=text("'{}'")),
)

CALLER_SEAL = Table(
    "caller_seal",
    METADATA,
    Column("single", Boolean, primary_key=True, server_default=text("true")),
    _required("secret", LargeBinary),
)

RECEIVED_WEBHOOK = _table(
    "received_webhook",
    _required("webhook_id", Text),
    _required("body_sha256", Text),
    _required("request_id", Uuid),
)

WEBHOOK_ENDPOINT = _table(
    "webhook_endpoint",
    _required("single", Boolean, server_default=text("true")),
    Column("url_sha256", Text),
    Column("gone_at", DateTime(timezone=True)),
    Column("paused_until", DateTime(timezone=True)),
)

WEBHOOK_MESSAGE = _table(
    "webhook_message",
    _required("position", BigInteger),
    _required("invoice_id", Uuid),
    _required("sequence", Integer),
    _required("type", Text),
    Column("company_number", Text),
    _required("at", DateTime(timezone=True)),
    _required("state", Text),
    _required("status", Text),
    Column("number", Text),
    Column("reason", Text),
    Column("receipt", Text),
    Column("body", Text),
    _required("tries", SmallInteger, server_default=text("0")),
    _required("next_attempt_at", DateTime(timezone=True), server_default=text("now()")),
    Column("delivered_at", DateTime(timezone=True)),
    Column("given_up_at", DateTime(timezone=True)),
)

WEBHOOK_ATTEMPT = _table(
    "webhook_attempt",
    _required("message_id", Uuid),
    _required("number", SmallInteger),
    _required("at", DateTime(timezone=True)),
    Column("seconds", Double),
    Column("http_status", Integer),
    Column("error", Text),
)

TROUBLE = _table(
    "trouble",
    _required("kind", Text),
    _required("subject", Text),
    _required("problem", Text, server_default=text("''")),
    _required("since", DateTime(timezone=True)),
    _required("last_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    _required("times", Integer),
    Column("untold_since", DateTime(timezone=True)),
    _required("told", Text, server_default=text("'nothing'")),
    Column("told_at", DateTime(timezone=True)),
    Column("said", Text),
    Column("job_id", Uuid),
    Column("flow_run_id", Uuid),
)

NOTICE = _table(
    "notice",
    _required("position", BigInteger),
    Column("trouble_id", Uuid),
    _required("says", Text),
    _required("title", Text),
    _required("body", JSONB),
)

NOTICE_DELIVERY = _table(
    "notice_delivery",
    _required("notice_id", Uuid),
    _required("channel", Text),
    _required("tries", Integer, server_default=text("0")),
    _required("next_attempt_at", DateTime(timezone=True), server_default=text("now()")),
    Column("delivered_at", DateTime(timezone=True)),
    Column("given_up_at", DateTime(timezone=True)),
    Column("error", Text),
)

OUTBOX_CHANNEL = Table(
    "outbox_channel",
    METADATA,
    Column("name", Text, primary_key=True),
    _required("states", ARRAY(Text), server_default=text("'{}'")),
    _required("failures", Integer, server_default=text("0")),
    Column("error", Text),
    Column("paused_until", DateTime(timezone=True)),
    Column("published_at", DateTime(timezone=True)),
    _required("created_at", DateTime(timezone=True), server_default=text("now()")),
    _required("updated_at", DateTime(timezone=True), server_default=text("now()")),
)

OUTBOX = Table(
    "outbox",
    METADATA,
    Column("channel", Text, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    _required("event_id", Uuid),
    _required("invoice_id", Uuid),
    _required("sequence", Integer),
    _required("type", Text),
    _required("at", DateTime(timezone=True)),
    _required("body", JSON),
    _required("tries", SmallInteger, server_default=text("0")),
    Column("next_attempt_at", DateTime(timezone=True)),
    Column("error", Text),
)

TIMING = Table(
    "timing",
    METADATA,
    Column("system", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("result", Text, primary_key=True),
    _required("count", BigInteger),
    _required("seconds", Double),
    _required("items", BigInteger),
    _required("buckets", ARRAY(BigInteger)),
    _required("last_at", DateTime(timezone=True)),
)

LEGAL_HOLD = _table(
    "legal_hold",
    _required("company_number", Text),
    _required("reason_id", Uuid),
    _required("placed_by", Text),
    Column("lifted_at", DateTime(timezone=True)),
    Column("lifted_by", Text),
    Column("lifted_reason_id", Uuid),
)

ERASURE = _table(
    "erasure",
    _required("document_id", Uuid),
    _required("rule", Text),
    _required("counted_from", Date),
    _required("retention_years", Integer),
    _required("actor", Text),
    Column("job_id", Uuid),
    _required("payloads", Integer),
    _required("erased_at", DateTime(timezone=True)),
)

RESTORATION = _table(
    "restoration",
    _required("copied_at", DateTime(timezone=True)),
    _required("restored_at", DateTime(timezone=True), server_default=text("now()")),
    _required("restored_by", Text),
    Column("settled_at", DateTime(timezone=True)),
    Column("settled_by", Text),
    Column("settled_reason_id", Uuid),
)
