"""Freeing: what was kept back by something that is gone may go on."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import Connection, text

from db.parts import in_part, values
from db.routes import Routes
from invoices.parts import WHOLE, Part
from invoices.source import Direction
from invoices.why import SENTENCES, Why

_FREE_BLOCKED = text(f"""
UPDATE invoice SET state = 'ready', why = :why, reason = :reason, blocked_by = NULL
WHERE id IN (
    SELECT d.id FROM invoice d JOIN invoice b ON b.id = d.blocked_by
    WHERE b.state IN ('failed', 'invalid', 'superseded', 'dismissed')
      AND ((d.state = 'duplicate' AND d.why <> 'repeats_previous_version')
           OR (d.state = 'held' AND d.why IN ('other_content', 'delivered_as_other_version')))
      AND NOT EXISTS (SELECT FROM document WHERE document.id = d.document_id AND document.erased_at IS NOT NULL)
      AND {in_part("d.company_number")}
    ORDER BY d.arrival
    FOR NO KEY UPDATE OF d SKIP LOCKED
)
RETURNING id
""")

_FREE_LISTED = text(f"""
UPDATE invoice SET state = 'ready', why = :why, reason = :reason
WHERE id IN (
    SELECT id FROM invoice
    WHERE state = 'held' AND why = 'company_not_listed' AND company_number = ANY(:listed)
      AND {in_part("company_number")}
    ORDER BY arrival
    FOR NO KEY UPDATE SKIP LOCKED
)
RETURNING id
""")

_HELD_BY_ROUTE = text("""
SELECT DISTINCT company_number, direction FROM invoice
WHERE state = 'held' AND why = 'route_off' AND company_number IS NOT NULL AND direction IS NOT NULL
""")

_FREE_ROUTED = text(f"""
UPDATE invoice SET state = 'ready', why = :why, reason = :reason
WHERE id IN (
    SELECT i.id FROM invoice i
    JOIN unnest(CAST(:companies AS text[]), CAST(:directions AS text[]), CAST(:deliver_from AS date[]))
        AS route (company_number, direction, deliver_from) USING (company_number, direction)
    WHERE i.state = 'held' AND i.why = 'route_off'
      AND (i.issue_date IS NULL OR i.issue_date >= route.deliver_from)
      AND {in_part("i.company_number")}
    ORDER BY i.arrival
    FOR NO KEY UPDATE OF i SKIP LOCKED
)
RETURNING id
""")


def free(
    connection: Connection, listed: Collection[str] | None, routes: Routes, part: Part = WHOLE
) -> list[UUID]:
    """Make ready what of a part was kept back by something that is gone; dedupe looks at it again before any claim.

    That is a duplicate or held invoice whose blocker failed or was closed, one whose company is listed now, and
    one that was ready when its route was switched off, and is on it again.
    """
    because = {
        "why": Why.NO_LONGER_BLOCKED,
        "reason": SENTENCES[Why.NO_LONGER_BLOCKED],
        **values(part),
    }
    freed = list(connection.execute(_FREE_BLOCKED, because).scalars())
    if listed:
        freed += connection.execute(_FREE_LISTED, {**because, "listed": list(listed)}).scalars()
    return freed + _free_routed(connection, routes, because)


def _free_routed(connection: Connection, routes: Routes, because: Mapping[str, object]) -> list[UUID]:
    held = connection.execute(_HELD_BY_ROUTE).all()
    on = [
        (row, route)
        for row in held
        if (route := routes.route(row.company_number, Direction(row.direction))).enabled
    ]
    if not on:
        return []
    arrays = {
        "companies": [row.company_number for row, _ in on],
        "directions": [row.direction for row, _ in on],
        "deliver_from": [route.deliver_from for _, route in on],
    }
    return list(connection.execute(_FREE_ROUTED, {**because, **arrays}).scalars())
