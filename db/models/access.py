"""Tables of who may call the facade, and what they did there."""

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Integer, LargeBinary, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from db.models.metadata import METADATA, required, table

ACCOUNT = table(
    "account",
    required("name", Text),
    required("password_hash", Text),
    required("role", Text),
    Column("companies", ARRAY(Text)),
    Column("disabled_at", DateTime(timezone=True)),
)

API_KEY = table(
    "api_key",
    required("name", Text),
    required("prefix", Text),
    required("hash", Text),
    required("scopes", ARRAY(Text)),
    Column("companies", ARRAY(Text)),
    Column("expires_at", DateTime(timezone=True)),
    Column("revoked_at", DateTime(timezone=True)),
    Column("last_used_at", DateTime(timezone=True)),
)

SIGN_IN = table(
    "sign_in",
    required("account_id", Uuid),
    Column("address", Text),
    Column("ended_at", DateTime(timezone=True)),
    Column("ended_why", Text),
)

REFRESH_TOKEN = table(
    "refresh_token",
    required("sign_in_id", Uuid),
    required("hash", Text),
    required("expires_at", DateTime(timezone=True)),
    Column("used_at", DateTime(timezone=True)),
)

SIGN_IN_THROTTLE = Table(
    "sign_in_throttle",
    METADATA,
    Column("subject", Text, primary_key=True),
    required("failures", Integer),
    required("last_failed_at", DateTime(timezone=True)),
    Column("blocked_until", DateTime(timezone=True)),
)

SECURITY_EVENT = table(
    "security_event",
    required("position", BigInteger),
    required("at", DateTime(timezone=True), server_default=text("clock_timestamp()")),
    required("kind", Text),
    Column("actor", Text),
    Column("account_id", Uuid),
    Column("api_key_id", Uuid),
    Column("address", Text),
    Column("correlation_id", Text),
    required("details", JSONB, server_default=text("'{}'")),
)

CALLER_SEAL = Table(
    "caller_seal",
    METADATA,
    Column("single", Boolean, primary_key=True, server_default=text("true")),
    required("secret", LargeBinary),
)
