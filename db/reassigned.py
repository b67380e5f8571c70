"""Reassigned records: the source gives an invoice that is here to another company, without a new version."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, text

from invoices.findings import Finding, PolicyClass, Severity
from invoices.why import SENTENCES, Why

CODE = "WB-REASSIGNED"

_REASSIGNED = text("""
SELECT i.id, i.company_number || ' ' || i.direction AS before, came.company_number || ' ' || came.direction AS after
FROM unnest(CAST(:source_ids AS text[]), CAST(:versions AS int[]), CAST(:sha256s AS text[]),
            CAST(:company_numbers AS text[]), CAST(:directions AS text[]))
         AS came (source_id, version, sha256, company_number, direction)
JOIN document d USING (sha256)
JOIN invoice i ON i.source = :source AND i.source_id = came.source_id AND i.version = came.version
    AND i.document_id = d.id
WHERE (i.company_number, i.direction) <> (came.company_number, came.direction)
  AND i.state NOT IN ('superseded', 'dismissed')
  AND NOT EXISTS (SELECT FROM jsonb_array_elements(i.findings) AS finding WHERE finding ->> 'code' = :code)
""")

_NOTE = text("""
UPDATE invoice i SET findings = i.findings || given.finding::jsonb,
    state = CASE WHEN waits THEN 'held' ELSE state END,
    why = CASE WHEN waits THEN :why ELSE why END,
    reason = CASE WHEN waits THEN :reason ELSE reason END
FROM unnest(CAST(:ids AS uuid[]), CAST(:findings AS text[])) AS given (id, finding)
JOIN (SELECT id, state IN ('received', 'could_not_check', 'ready') AS waits FROM invoice) AS now USING (id)
WHERE i.id = given.id
""")


def hold_reassigned(connection: Connection, source: str, came: Mapping[str, object]) -> None:
    """Hold, or note on what has gone further, invoices that now come for another company or direction.

    `came` has the arrays source_ids, versions, sha256s, company_numbers and directions of the records that came;
    their invoices are locked. Whose invoice it is decides where it goes, so a person says which is right.
    """
    rows = connection.execute(_REASSIGNED, {"source": source, "code": CODE, **came}).all()
    if rows:
        connection.execute(
            _NOTE,
            {
                "ids": [row.id for row in rows],
                "findings": [json.dumps([_finding(row).as_json()]) for row in rows],
                "why": Why.REASSIGNED,
                "reason": SENTENCES[Why.REASSIGNED],
            },
        )


def _finding(row: Row[Any]) -> Finding:
    return Finding(
        code=CODE,
        severity=Severity.WARNING,
        policy_class=PolicyClass.WARNING,
        message=f"The source now gives this invoice to {row.after}, without a new version; it came for {row.before}.",
        found=row.after,
        expected=row.before,
        fix="If the source is right now, have it send a new version and dismiss this one; if not, release it.",
    )
