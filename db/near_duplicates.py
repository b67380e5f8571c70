"""Near-duplicates: invoices that look like another one are badged with the evidence, and never held for it."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, text

from db.checks import findings_json
from invoices.facts import Facts
from invoices.findings import Finding, PolicyClass, Severity
from invoices.identity import near_duplicate

_NEAR = text("""
SELECT i.id, mine.facts AS mine, near.id AS near_id, near.facts AS theirs
FROM invoice i
JOIN document mine ON mine.id = i.document_id
CROSS JOIN LATERAL (
    SELECT o.id, d.facts FROM invoice o JOIN document d ON d.id = o.document_id
    WHERE o.issuer_key = i.issuer_key AND o.payable_amount = i.payable_amount AND o.currency = i.currency
      AND o.company_number = i.company_number AND o.direction = i.direction AND o.id <> i.id
      AND o.identity_key <> i.identity_key AND o.arrival < i.arrival
      AND o.state NOT IN ('superseded', 'dismissed') AND d.facts IS NOT NULL
    ORDER BY abs(o.issue_date - i.issue_date), o.arrival
    LIMIT 3
) AS near
WHERE i.id = ANY(:ids) AND mine.facts IS NOT NULL
  AND NOT EXISTS (SELECT FROM jsonb_array_elements(i.findings) AS finding
                  WHERE finding ->> 'code' = 'WB-NEAR-DUPLICATE')
""")


def badge_near_duplicates(connection: Connection, ids: Sequence[UUID]) -> None:
    """Note on those of `ids` that look like another invoice which one, and by what evidence."""
    badges: dict[UUID, list[Finding]] = defaultdict(list)
    for row in connection.execute(_NEAR, {"ids": list(ids)}):
        evidence = near_duplicate(Facts.from_json(row.mine), Facts.from_json(row.theirs))
        if evidence is not None:
            badges[row.id].append(_near(evidence, row.near_id))
    for invoice_id, findings in badges.items():
        connection.execute(
            text("UPDATE invoice SET findings = findings || CAST(:findings AS jsonb) WHERE id = :id"),
            {"id": invoice_id, "findings": findings_json(findings)},
        )


def _near(evidence: str, other: UUID) -> Finding:
    return Finding(
        code="WB-NEAR-DUPLICATE",
        severity=Severity.WARNING,
        policy_class=PolicyClass.WARNING,
        message=evidence,
        found=str(other),
        fix="Look whether both are really due; if not, ask for a credit note.",
    )
