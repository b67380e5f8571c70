"""Details: one invoice with its history, as far as the caller may see what it names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from db.contested import DIFFERS
from db.invoice_items import ITEM, OTHER
from db.reassigned import CODE as REASSIGNED
from invoices.findings import Finding

NEAR_DUPLICATE = "WB-NEAR-DUPLICATE"
TELLS_OF_OTHERS = frozenset({NEAR_DUPLICATE, DIFFERS, REASSIGNED})
"""Findings that say something of an invoice, or a company, that not everybody may see."""
_MOST_EACH = 1_000


@dataclass(frozen=True, slots=True)
class Detail:
    """What the ledger knows of an invoice.

    Attributes:
        item: As in a list.
        findings: Of the document and of the record, without those that tell of invoices that the caller does not see.
        others: The invoices that it names and that the caller sees, in brief, by their ids.
        attempts, events, decisions: Oldest first, in the shapes that callers get.
    """

    item: Mapping[str, Any]
    why: str
    disposition: str | None
    rule_sets: Sequence[Mapping[str, str]]
    findings: Sequence[Finding]
    others: Mapping[str, Mapping[str, Any]]
    attempts: Sequence[Mapping[str, Any]]
    events: Sequence[Mapping[str, Any]]
    decisions: Sequence[Mapping[str, Any]]


_DETAIL = text(f"""
SELECT (SELECT row_to_json(item) FROM (SELECT {ITEM}) AS item) AS item,
i.why, i.disposition, v.rule_sets, v.findings AS found, i.findings AS noted,
(SELECT json_object_agg(o.id, ({OTHER.format("o")})) FROM invoice o
 WHERE o.id = ANY(ARRAY(
    SELECT i.blocked_by
    UNION SELECT e.blocked_by FROM audit_event e WHERE e.invoice_id = i.id
    UNION SELECT CAST(f ->> 'found' AS uuid) FROM jsonb_array_elements(i.findings) AS f
    WHERE f ->> 'code' = '{NEAR_DUPLICATE}'))) AS others,
(SELECT json_agg(a) FROM (
    SELECT id, job_id, claimed_at, settled_at, outcome, code, message, http_status, receipt
    FROM attempt WHERE invoice_id = i.id ORDER BY claimed_at LIMIT {_MOST_EACH}) AS a) AS attempts,
(SELECT json_agg(e) FROM (
    SELECT sequence, at, actor, job_id, from_state, to_state, why, blocked_by, decision_id
    FROM audit_event WHERE invoice_id = i.id ORDER BY sequence LIMIT {_MOST_EACH}) AS e) AS events,
(SELECT json_agg(d) FROM (
    SELECT d.id, d.decision, d.saw_state, d.actor, convert_from(p.content, 'UTF8') AS reason, d.created_at AS at
    FROM decision d JOIN payload p ON p.id = d.reason_id
    WHERE d.invoice_id = i.id ORDER BY d.created_at LIMIT {_MOST_EACH}) AS d) AS decisions
FROM invoice i JOIN document d ON d.id = i.document_id LEFT JOIN verdict v ON v.id = i.verdict_id
WHERE i.id = :id
""")


def invoice_detail(connection: Connection, invoice_id: UUID) -> Detail | None:
    """All that the caller may know of an invoice; None where they see none of that id."""
    row = connection.execute(_DETAIL, {"id": invoice_id}).one_or_none()
    if row is None:
        return None
    others = row.others or {}
    events = [{**each, "blocked_by": _if_seen(each["blocked_by"], others)} for each in row.events or ()]
    all_seen = all(each["blocked_by"] in {None, *others} for each in row.events or ())
    findings = [Finding.from_json(each) for each in (row.found or []) + row.noted]
    return Detail(
        item=row.item,
        why=row.why,
        disposition=row.disposition,
        rule_sets=row.rule_sets or (),
        findings=[each for each in findings if _may_be_told(each, others, all_seen=all_seen)],
        others=others,
        attempts=row.attempts or (),
        events=events,
        decisions=row.decisions or (),
    )


def _if_seen(other: str | None, others: Mapping[str, Any]) -> str | None:
    return other if other in others else None


def _may_be_told(finding: Finding, others: Mapping[str, Any], *, all_seen: bool) -> bool:
    """Not what was found by comparing with an invoice of a company that is not the caller's."""
    if finding.code == NEAR_DUPLICATE:
        return finding.found in others
    return all_seen or finding.code != DIFFERS
