"""Versions: what an arrival means for the other versions of its record."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from invoices.findings import Finding, PolicyClass, Severity
from invoices.lifecycle import LIVE, SUPERSEDABLE
from invoices.why import SENTENCES, Why

_HOLD_CHANGED_WITHOUT_VERSION = text("""
UPDATE invoice n SET state = 'held', why = :why, reason = :reason, blocked_by = first.id
FROM invoice o
CROSS JOIN LATERAL (
    SELECT f.id FROM invoice f
    WHERE f.source = o.source AND f.source_id = o.source_id AND f.version = o.version
    ORDER BY f.arrival LIMIT 1
) AS first
WHERE n.id = ANY(:new) AND n.state = 'received' AND o.id = n.id AND first.id <> n.id
RETURNING first.id
""")

_NOTE_ON_LIVE_FIRST = text("""
UPDATE invoice SET findings = findings || CAST(:finding AS jsonb)
WHERE id = ANY(:firsts) AND state = ANY(:live)
""")

_MARK_REPEATS = text("""
UPDATE invoice n SET state = 'duplicate', why = :why, reason = :reason,
    blocked_by = CASE WHEN previous.why = :why THEN previous.blocked_by ELSE previous.id END
FROM invoice o
CROSS JOIN LATERAL (
    SELECT p.* FROM invoice p
    WHERE p.source = o.source AND p.source_id = o.source_id AND p.version < o.version
    ORDER BY p.version DESC, p.arrival LIMIT 1
) AS previous
WHERE n.id = ANY(:new) AND n.state = 'received' AND o.id = n.id
  AND (previous.document_id, previous.company_number, previous.direction)
      IS NOT DISTINCT FROM (n.document_id, n.company_number, n.direction)
""")

_SUPERSEDE_OLDER = text("""
UPDATE invoice o SET state = 'superseded', why = :why, reason = :reason, blocked_by = NULL
WHERE o.state = ANY(:supersedable) AND EXISTS (
    SELECT FROM invoice n
    WHERE n.id = ANY(:new) AND n.source = o.source AND n.source_id = o.source_id
      AND n.version > o.version AND n.why NOT IN (:repeats, :late)
)
RETURNING o.id
""")


def settle_versions(connection: Connection, arrived: Sequence[Row[Any]]) -> list[UUID]:
    """Hold, mark as duplicate or let supersede what has just arrived; returns the ids that it superseded.

    `arrived` has the columns id, arrival, source_id and version of one source's new invoices.
    """
    new = [row.id for row in arrived]
    _hold_changed_without_version(connection, new)
    _mark_repeats(connection, arrived)
    return _supersede_older(connection, new)


def _hold_changed_without_version(connection: Connection, new: list[UUID]) -> None:
    firsts = connection.execute(
        _HOLD_CHANGED_WITHOUT_VERSION, {"new": new, **_because(Why.CHANGED_WITHOUT_VERSION)}
    ).scalars()
    connection.execute(
        _NOTE_ON_LIVE_FIRST,
        {"firsts": list(firsts), "live": sorted(LIVE), "finding": json.dumps([_CHANGED_LATER.as_json()])},
    )


def _mark_repeats(connection: Connection, rows: Sequence[Row[Any]]) -> None:
    # The oldest first, so that the repeat of a repeat names the version that both repeat.
    for rank in _by_age(rows):
        connection.execute(_MARK_REPEATS, {"new": rank, **_because(Why.REPEATS_PREVIOUS_VERSION)})


def _by_age(rows: Sequence[Row[Any]]) -> Iterable[list[UUID]]:
    """The oldest version of each record, then the second oldest of each, and so on."""
    ranks: dict[int, list[UUID]] = defaultdict(list)
    ordered = sorted(rows, key=lambda row: (row.source_id, row.version, row.arrival))
    for _, versions in groupby(ordered, key=lambda row: row.source_id):
        for rank, row in enumerate(versions):
            ranks[rank].append(row.id)
    return ranks.values()


def _supersede_older(connection: Connection, new: list[UUID]) -> list[UUID]:
    superseded = connection.execute(
        _SUPERSEDE_OLDER,
        {
            "new": new,
            "supersedable": sorted(SUPERSEDABLE),
            "repeats": Why.REPEATS_PREVIOUS_VERSION,
            "late": Why.ARRIVED_LATE,
            **_because(Why.NEWER_VERSION),
        },
    )
    return list(superseded.scalars())


_CHANGED_LATER = Finding(
    code="WB-CHANGED-WITHOUT-VERSION",
    severity=Severity.WARNING,
    policy_class=PolicyClass.WARNING,
    message="The source changed this document later without giving it a new version; this one was forwarded.",
    fix="Compare both; if the later one is right, mend it in Clearfacts and dismiss or release the held one.",
)


def _because(why: Why) -> dict[str, str]:
    return {"why": why, "reason": SENTENCES[why]}
