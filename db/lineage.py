"""The life of one invoice: where it came from, what it is, and all that happened to it, up to any moment."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, RowMapping, text

from db.retention import erasure_of
from invoices.facts import Facts
from invoices.why import SENTENCES

_INVOICE = text("""
SELECT i.*, d.sha256, d.size, d.facts, p.erased_at
FROM invoice i JOIN document d ON d.id = i.document_id JOIN payload p ON p.id = d.payload_id
WHERE i.id = :id
""")

_EVENTS = text("""
SELECT e.*, b.number AS blocker_number, b.source AS blocker_source, b.source_id AS blocker_source_id,
       b.version AS blocker_version, job.flow, job.requested_by, seal.number AS seal,
       verdict_evidence(v) = e.evidence -> 'verdict' AS verdict_stands, v.findings,
       reason.content AS decision_reason, decision.id IS NOT NULL AS decision_stands
FROM audit_event e
LEFT JOIN invoice b ON b.id = e.blocked_by
LEFT JOIN job ON job.id = e.job_id
LEFT JOIN verdict v ON v.id::text = e.evidence -> 'verdict' ->> 'id'
LEFT JOIN decision ON decision.id = e.decision_id
LEFT JOIN payload reason ON reason.id = decision.reason_id
LEFT JOIN LATERAL (
    SELECT min(s.number) AS number FROM sealed_head h JOIN seal s ON s.id = h.seal_id
    WHERE h.invoice_id = e.invoice_id AND h.sequence >= e.sequence AND s.sealed_at <= :until
) AS seal ON true
WHERE e.invoice_id = :id AND e.at <= :until
ORDER BY e.sequence
""")

_ATTEMPTS = text("""
SELECT a.*, job.requested_by FROM attempt a LEFT JOIN job ON job.id = a.job_id
WHERE a.invoice_id = :id AND a.claimed_at <= :until
ORDER BY a.claimed_at
""")

_VERSIONS = text("""
SELECT o.id, o.version, e.at AS arrived_at FROM invoice o
JOIN audit_event e ON e.invoice_id = o.id AND e.sequence = 1
WHERE o.source = :source AND o.source_id = :source_id AND o.id <> :id AND e.at <= :until
ORDER BY o.version, o.arrival
""")

_JOBS = text("""
SELECT job.id, job.flow, job.requested_by, job.created_at FROM job_invoice j JOIN job ON job.id = j.job_id
WHERE j.invoice_id = :id AND job.created_at <= :until
ORDER BY job.created_at
""")

_SENTENCES = {str(why): sentence for why, sentence in SENTENCES.items()}
_ALWAYS = datetime.max.replace(tzinfo=UTC)


def life(connection: Connection, invoice_id: UUID, as_of: datetime | None = None) -> dict[str, Any]:
    """All that the ledger tells of an invoice up to `as_of` (UTC, inclusive; None: until now), as JSON.

    `state` is None where the invoice was not in the ledger yet; then there are no events either. What the
    document says (`invoice`) and what was noted on the record (`findings`) are told as they stand today.
    """
    about = {"id": invoice_id, "until": as_of or _ALWAYS}
    row = connection.execute(_INVOICE, about).mappings().one()
    events = connection.execute(_EVENTS, about).mappings().all()
    attempts = connection.execute(_ATTEMPTS, about).mappings().all()
    versions = connection.execute(_VERSIONS, {**row, **about}).mappings()
    jobs = connection.execute(_JOBS, about).mappings()
    return {
        "id": str(invoice_id),
        "as_of": _plain(as_of),
        "state": events[-1]["to_state"] if events else None,
        "record": _record(row, events, [_of(each, "id", "version", "arrived_at") for each in versions]),
        "document": {**_document(row), "erased_because": _erased(connection, invoice_id)},
        "invoice": _invoice(row),
        "receipt": _receipt(events),
        "findings": row["findings"],
        "events": [_event(each) for each in events],
        "attempts": [_attempt(each, as_of or _ALWAYS) for each in attempts],
        "jobs": [
            {
                "job_id": str(each["id"]),
                **_of(each, "flow", "requested_by"),
                "started_at": _plain(each["created_at"]),
            }
            for each in jobs
        ],
    }


def _record(row: RowMapping, events: Sequence[RowMapping], versions: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        **_of(row, "source", "source_id", "version"),
        "arrived_at": _plain(events[0]["at"]) if events else None,
        "changed_in_source_at": _plain(row["source_updated_at"]),
        "stated_number": row["stated_number"],
        "other_versions": versions,
    }


def _document(row: RowMapping) -> dict[str, Any]:
    return {"sha256": row["sha256"], "size": row["size"], "erased_at": _plain(row["erased_at"])}


def _erased(connection: Connection, invoice_id: UUID) -> dict[str, Any] | None:
    erasure = erasure_of(connection, invoice_id)
    if erasure is None:
        return None
    return {
        "rule": erasure.rule,
        "retention_years": erasure.retention_years,
        "kept_until": erasure.kept_until,
        "actor": erasure.actor,
    }


def _invoice(row: RowMapping) -> dict[str, Any]:
    facts = Facts.from_json(row["facts"]) if row["facts"] else None
    issuer = (facts.buyer if facts.self_billed else facts.seller) if facts else None
    return {
        "number": (facts and facts.number) or row["number"] or row["stated_number"],
        "kind": facts.kind.value if facts else None,
        "type": (facts and facts.type_code) or row["type_code"],
        "issuer": issuer.name if issuer else None,
        "issue_date": _plain(facts.issue_date) if facts else None,
        "payable_amount": str(facts.payable_amount) if facts and facts.payable_amount is not None else None,
        "currency": facts.currency if facts else None,
        **_of(row, "company_number", "direction"),
    }


def _receipt(events: Sequence[RowMapping]) -> dict[str, Any] | None:
    evidence = events[-1]["evidence"] if events else None
    if not evidence or "receipt" not in evidence:
        return None
    return {"receipt": evidence["receipt"], "verified": evidence["receipt_verified"]}


def _event(row: RowMapping) -> dict[str, Any]:
    evidence = row["evidence"] or {}
    return {
        "sequence": row["sequence"],
        "at": _plain(row["at"]),
        "from": row["from_state"],
        "to": row["to_state"],
        "why": row["why"],
        "sentence": _SENTENCES.get(row["why"], row["why"]),
        "actor": row["actor"],
        "job": _job(row),
        "blocked_by": _blocker(row),
        "record": evidence.get("record"),
        "disposition": evidence.get("disposition"),
        "verdict": _verdict(row, evidence.get("verdict")),
        "attempt_id": (evidence.get("attempt") or {}).get("id"),
        "receipt": evidence.get("receipt"),
        "decision": _decision(row, evidence.get("decision")),
        "hash": row["hash"],
        "seal": row["seal"],
    }


def _job(row: RowMapping) -> dict[str, Any] | None:
    if row["job_id"] is None:
        return None
    return {"job_id": str(row["job_id"]), **_of(row, "flow", "requested_by")}


def _blocker(row: RowMapping) -> dict[str, Any] | None:
    if row["blocked_by"] is None:
        return None
    return {
        "id": str(row["blocked_by"]),
        "number": row["blocker_number"],
        "source": row["blocker_source"],
        "source_id": row["blocker_source_id"],
        "version": row["blocker_version"],
    }


def _verdict(row: RowMapping, evidence: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The verdict that was acted upon; without its findings where a later check took its place."""
    if not evidence:
        return None
    findings = row["findings"] if row["verdict_stands"] else None
    return {**evidence, "findings": findings}


def _decision(row: RowMapping, evidence: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What a person decided; `reason` is None where it was erased."""
    if row["decision_id"] is None:
        return None
    shown = {name: (evidence or {}).get(name) for name in ("decision", "saw_state", "actor", "reason_sha256")}
    content = row["decision_reason"]
    reason = None if content is None else bytes(content).decode(errors="replace")
    erased = row["decision_stands"] and content is None
    return {"id": str(row["decision_id"]), **shown, "reason": reason, "reason_erased": erased}


_CLAIMED = ("id", "job_id", "requested_by", "worker", "document_sha256", "claimed_at", "budget_ends_at")
_SETTLED = ("settled_at", "outcome", "code", "message", "http_status", "receipt", "hash")


def _attempt(row: RowMapping, until: datetime) -> dict[str, Any]:
    """An attempt as it stood at that moment: open, where its end was not known yet."""
    settled = row["settled_at"] is not None and row["settled_at"] <= until
    return {**_of(row, *_CLAIMED), **(_of(row, *_SETTLED) if settled else dict.fromkeys(_SETTLED))}


def _of(row: RowMapping, *names: str) -> dict[str, Any]:
    return {name: _plain(row[name]) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat() if hasattr(value, "isoformat") else value
