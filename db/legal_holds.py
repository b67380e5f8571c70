"""Legal holds: companies of which nothing is erased, however old, with who said so and why."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Connection, text

from db.vault import sha256_of


class HoldRefused(Exception):
    """A hold cannot be placed or lifted like that; the message says why."""


@dataclass(frozen=True, slots=True)
class LegalHold:
    """A hold on a company; reasons are None where they were erased, years after it was lifted."""

    id: UUID
    company_number: str
    placed_at: datetime
    placed_by: str
    reason: str | None
    lifted_at: datetime | None
    lifted_by: str | None
    lifted_reason: str | None


def place_hold(connection: Connection, company_number: str, actor: str, reason: str) -> UUID:
    """Keep all of a company from being erased; what is just being erased ends first.

    Raises:
        HoldRefused: There is no reason.
    """
    hold_id = uuid4()
    connection.execute(
        text(
            "INSERT INTO legal_hold (id, company_number, reason_id, placed_by)"
            " VALUES (:id, :company, :reason, :actor)"
        ),
        {
            "id": hold_id,
            "company": company_number,
            "reason": store_reason(connection, reason),
            "actor": actor,
        },
    )
    return hold_id


def lift_hold(connection: Connection, hold_id: UUID, actor: str, reason: str) -> None:
    """End a hold; others on the same company stay.

    Raises:
        HoldRefused: There is no such hold, it was lifted before, or there is no reason.
    """
    lifted = connection.execute(
        text(
            "UPDATE legal_hold SET lifted_at = now(), lifted_by = :actor, lifted_reason_id = :reason"
            " WHERE id = :id AND lifted_at IS NULL"
        ),
        {"id": hold_id, "actor": actor, "reason": store_reason(connection, reason)},
    )
    if lifted.rowcount == 0:
        raise HoldRefused(f"No hold {hold_id} is in force; `waybill holds list --all` shows all.")


def store_reason(connection: Connection, reason: str) -> UUID:
    """Keep what a person wrote where it can be erased; returns its id.

    Raises:
        HoldRefused: It says nothing.
    """
    if not reason.strip():
        raise HoldRefused("It needs a reason: say why, so that others can follow it later.")
    content, reason_id = reason.encode(), uuid4()
    connection.execute(
        text(
            "INSERT INTO payload (id, content, media_type, size, sha256)"
            " VALUES (:id, :content, 'text/plain', :size, :sha256)"
        ),
        {"id": reason_id, "content": content, "size": len(content), "sha256": sha256_of(content)},
    )
    return reason_id


_HOLDS = text("""
SELECT h.id, h.company_number, h.created_at AS placed_at, h.placed_by, convert_from(why.content, 'UTF8') AS reason,
       h.lifted_at, h.lifted_by, convert_from(why_not.content, 'UTF8') AS lifted_reason
FROM legal_hold h JOIN payload why ON why.id = h.reason_id LEFT JOIN payload why_not ON why_not.id = h.lifted_reason_id
WHERE h.lifted_at IS NULL OR :lifted
ORDER BY h.created_at, h.id
""")


def holds(connection: Connection, *, lifted: bool = False) -> list[LegalHold]:
    """The holds in force, oldest first; with `lifted` also those that were."""
    return [LegalHold(*row) for row in connection.execute(_HOLDS, {"lifted": lifted})]
