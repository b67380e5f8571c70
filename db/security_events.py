"""Security events: who signed in, who was refused, who changed what may be done; never a secret."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from logs.correlation import correlation_id


class SecurityEvent(StrEnum):
    """What happened; the first eight are noted by functions of the ledger itself."""

    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGN_IN_THROTTLED = "sign_in_throttled"
    SIGNED_OUT = "signed_out"
    REFRESH_TOKEN_REUSED = "refresh_token_reused"  # noqa: S105 - no secret
    TOKEN_REFUSED = "token_refused"  # noqa: S105 - no secret
    KEY_REFUSED = "key_refused"
    ACCOUNT_MADE = "account_made"
    ACCOUNT_CHANGED = "account_changed"
    ACCOUNT_DISABLED = "account_disabled"
    ACCOUNT_ENABLED = "account_enabled"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - no secret
    KEY_MADE = "key_made"
    KEY_REVOKED = "key_revoked"


@dataclass(frozen=True, slots=True)
class Noted:
    """One event as it was noted; `position` orders them."""

    position: int
    at: datetime
    kind: str
    actor: str | None
    account_id: UUID | None
    api_key_id: UUID | None
    address: str | None
    correlation_id: str | None
    details: Mapping[str, Any]


def record(
    connection: Connection,
    kind: str,
    *,
    actor: str | None = None,
    account_id: UUID | None = None,
    api_key_id: UUID | None = None,
    address: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Note that something happened, under the correlation id of what is being done.

    `actor` did it, where that is known; it is about the account or the key. `kind` is a SecurityEvent, or a word of the
    same shape. No secret may be in `details`.
    """
    connection.execute(
        text(
            "INSERT INTO security_event (kind, actor, account_id, api_key_id, address, correlation_id, details)"
            " VALUES (:kind, :actor, :account_id, :api_key_id, :address, :correlation_id, CAST(:details AS jsonb))"
        ),
        {
            "kind": str(kind),
            "actor": actor,
            "account_id": account_id,
            "api_key_id": api_key_id,
            "address": address,
            "correlation_id": correlation_id(),
            "details": json.dumps(dict(details or {}), default=str),
        },
    )


def events(connection: Connection, before: int | None, limit: int) -> list[Noted]:
    """The newest events first; those before the position `before`, where it is given."""
    rows = connection.execute(
        text(
            "SELECT position, at, kind, actor, account_id, api_key_id, address, correlation_id, details"
            " FROM security_event WHERE position < coalesce(:before, 9223372036854775807)"
            " ORDER BY position DESC LIMIT :limit"
        ),
        {"before": before, "limit": limit},
    )
    return [Noted(**row) for row in rows.mappings()]
