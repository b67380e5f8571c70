"""Tables of what must last: the audit trail and its seals, what was erased and what may not be, and restored copies."""

from sqlalchemy import BigInteger, Column, Date, DateTime, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from db.models.metadata import METADATA, required, table

AUDIT_EVENT = table(
    "audit_event",
    required("invoice_id", Uuid),
    required("sequence", Integer),
    required("at", DateTime(timezone=True)),
    required("actor", Text),
    Column("job_id", Uuid),
    Column("from_state", Text),
    required("to_state", Text),
    required("why", Text),
    Column("blocked_by", Uuid),
    Column("decision_id", Uuid),
    Column("evidence", JSONB),
    Column("previous_hash", Text),
    required("hash", Text),
)

SEAL = table(
    "seal",
    required("number", BigInteger),
    Column("previous_hash", Text),
    required("hash", Text),
    required("heads", Integer),
    required("sealed_at", DateTime(timezone=True)),
)

SEALED_HEAD = Table(
    "sealed_head",
    METADATA,
    Column("seal_id", Uuid, primary_key=True),
    Column("invoice_id", Uuid, primary_key=True),
    required("sequence", Integer),
    required("hash", Text),
)

UNSEALED = Table(
    "unsealed",
    METADATA,
    Column("arrival", BigInteger, primary_key=True, autoincrement=False),
    required("invoice_id", Uuid),
)

LEGAL_HOLD = table(
    "legal_hold",
    required("company_number", Text),
    required("reason_id", Uuid),
    required("placed_by", Text),
    Column("lifted_at", DateTime(timezone=True)),
    Column("lifted_by", Text),
    Column("lifted_reason_id", Uuid),
)

ERASURE = table(
    "erasure",
    required("document_id", Uuid),
    required("rule", Text),
    required("counted_from", Date),
    required("retention_years", Integer),
    required("actor", Text),
    Column("job_id", Uuid),
    required("payloads", Integer),
    required("erased_at", DateTime(timezone=True)),
)

RESTORATION = table(
    "restoration",
    required("copied_at", DateTime(timezone=True)),
    required("restored_at", DateTime(timezone=True), server_default=text("now()")),
    required("restored_by", Text),
    Column("settled_at", DateTime(timezone=True)),
    Column("settled_by", Text),
    Column("settled_reason_id", Uuid),
)
