"""Tables of the pipeline: documents, invoices and their verdicts, jobs, attempts, and where each neighbour stands."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR

from db.models.metadata import METADATA, required, table

LEDGER = table("ledger", required("single", Boolean, server_default=text("true")))

PAYLOAD = table(
    "payload",
    Column("content", LargeBinary),
    required("media_type", Text),
    required("size", BigInteger),
    required("sha256", Text),
    Column("erased_at", DateTime(timezone=True)),
    Column("key_id", Text),
)

DOCUMENT = table(
    "document",
    required("sha256", Text),
    required("size", BigInteger),
    required("payload_id", Uuid),
    Column("facts", JSONB),
    Column("erased_at", DateTime(timezone=True)),
)

VERDICT = table(
    "verdict",
    required("document_id", Uuid),
    required("rule_sets_key", Text),
    required("rule_sets", JSONB),
    required("verdict", Text),
    required("findings", JSONB, server_default=text("'[]'")),
    Column("findings_sha256", Text),
)

TRANSITION = Table(
    "transition",
    METADATA,
    Column("from_state", Text, primary_key=True),
    Column("to_state", Text, primary_key=True),
)

INVOICE = table(
    "invoice",
    required("arrival", BigInteger),
    required("destination", Text),
    required("source", Text),
    required("source_id", Text),
    required("version", Integer),
    required("document_id", Uuid),
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
    required("state", Text, server_default=text("'received'")),
    required("why", Text),
    Column("reason", Text),
    Column("blocked_by", Uuid),
    required("findings", JSONB, server_default=text("'[]'")),
    required("checks", SmallInteger, server_default=text("0")),
    required("tries", SmallInteger, server_default=text("0")),
    Column("next_attempt_at", DateTime(timezone=True)),
    Column("release_id", Uuid),
    Column("override_id", Uuid),
    Column("receipt", Text),
    Column("receipt_verified", Boolean),
    Column("acknowledged", Text),
    Column("supplier_name", Text),
    Column("supplier_number", Text),
    required("by_number", Text),
    required("by_issue_date", Date),
    required("by_amount", Double),
)

INVOICE_WORDS = Table(
    "invoice_words",
    METADATA,
    Column("invoice_id", Uuid, primary_key=True),
    required("words", TSVECTOR),
)

DECISION = table(
    "decision",
    required("invoice_id", Uuid),
    required("decision", Text),
    required("saw_state", Text),
    required("actor", Text),
    required("reason_id", Uuid),
)

JOB = table(
    "job",
    required("flow_run_id", Uuid),
    required("run_count", Integer),
    required("flow", Text),
    required("requested_by", Text),
    required("parameters", JSONB),
    required("state", Text, server_default=text("'running'")),
    Column("counts", JSONB),
    Column("waiting", BigInteger),
    Column("error", Text),
    Column("ended_at", DateTime(timezone=True)),
    Column("worker", Integer),
    Column("outcomes", JSONB),
    required("died", Boolean, server_default=text("false")),
    Column("noticed_at", DateTime(timezone=True)),
    Column("trouble_id", Uuid),
)

RUN_REQUEST = table(
    "run_request",
    required("position", BigInteger),
    Column("asked_by", Uuid),
    required("requested_by", Text),
    Column("reason", Text),
    required("correlation_id", Text),
    Column("invoice_ids", ARRAY(Uuid)),
    Column("source_ids", ARRAY(Text)),
    required("force", Boolean, server_default=text("false")),
    required("dry_run", Boolean, server_default=text("false")),
    Column("idempotency_key", Text),
    Column("body_sha256", Text),
    Column("flow_run_id", Uuid),
    Column("asked_for_at", DateTime(timezone=True)),
    required("times_asked_for", SmallInteger, server_default=text("0")),
    required("not_before", DateTime(timezone=True), server_default=text("now()")),
    required("tries", SmallInteger, server_default=text("0")),
    Column("job_id", Uuid),
    Column("done_at", DateTime(timezone=True)),
)

JOB_INVOICE = Table(
    "job_invoice",
    METADATA,
    Column("job_id", Uuid, primary_key=True),
    Column("invoice_id", Uuid, primary_key=True),
)

ATTEMPT = table(
    "attempt",
    required("invoice_id", Uuid),
    Column("job_id", Uuid),
    required("worker", Integer),
    required("document_sha256", Text),
    required("company_number", Text),
    required("direction", Text),
    required("claimed_at", DateTime(timezone=True), server_default=text("clock_timestamp()")),
    required("budget_ends_at", DateTime(timezone=True)),
    Column("settled_at", DateTime(timezone=True)),
    Column("outcome", Text),
    Column("code", Text),
    Column("message", Text),
    Column("http_status", Integer),
    Column("receipt", Text),
    Column("answer_id", Uuid),
    Column("hash", Text),
)

REJECTED_RECORD = table(
    "rejected_record",
    required("source", Text),
    Column("source_id", Text),
    Column("version", Integer),
    required("raw_id", Uuid),
    required("raw_sha256", Text),
    required("finding", JSONB),
    required("retryable", Boolean),
    required("seen", Integer, server_default=text("1")),
    Column("next_try_at", DateTime(timezone=True)),
    Column("resolved_at", DateTime(timezone=True)),
    Column("job_id", Uuid),
)

SOURCE_POSITION = table("source_position", required("source", Text), Column("cursor", Text))

ROUTE = table(
    "route",
    Column("company_number", Text),
    Column("direction", Text),
    Column("enabled", Boolean),
    Column("deliver_from", Date),
    Column("preset", Text),
)

PACE = table(
    "pace",
    required("destination", Text),
    required("next_at", DateTime(timezone=True)),
    Column("paused_until", DateTime(timezone=True)),
)

BREAKER = table(
    "breaker",
    required("neighbour", Text),
    required("state", Text, server_default=text("'closed'")),
    required("failures", Integer, server_default=text("0")),
    Column("last_error", Text),
    Column("last_failed_at", DateTime(timezone=True)),
    Column("opened_at", DateTime(timezone=True)),
    Column("open_seconds", Double),
    Column("try_again_at", DateTime(timezone=True)),
    Column("probe_id", Uuid),
    Column("probe_worker", Integer),
    Column("probe_ends_at", DateTime(timezone=True)),
)

RECONCILIATION = table(
    "reconciliation",
    required("job_id", Uuid),
    required("since", DateTime(timezone=True)),
    required("until", DateTime(timezone=True)),
    required("receipts", Integer),
    required("confirmed", Integer),
    required("different", Integer),
    required("not_checked", Integer),
    required("unverified", Integer),
    Column("statistics", JSONB),
    required("findings", JSONB),
    required("findings_left_out", Integer),
    required("notes", JSONB),
)

TIMING = Table(
    "timing",
    METADATA,
    Column("system", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("result", Text, primary_key=True),
    required("count", BigInteger),
    required("seconds", Double),
    required("items", BigInteger),
    required("buckets", ARRAY(BigInteger)),
    required("last_at", DateTime(timezone=True)),
)
