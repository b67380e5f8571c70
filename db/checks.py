"""What the ledger knows of checks: documents without a verdict, verdicts, and what they make of records."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, RowMapping, text

from db.batches import by_size
from db.ledger import Ledger
from db.locking import lock_invoices
from db.vault import CannotDecrypt, Vault
from invoices.check import CheckedDocument
from invoices.facts import Facts
from invoices.findings import Checked, Finding, RuleSetVersion, Verdict
from invoices.identity import identity_key
from invoices.judgement import Judgement, Owner
from invoices.lifecycle import State
from invoices.source import Direction
from invoices.why import SENTENCES, Why
from invoices.words import supplier_number, words_of_invoice

_CONTENT_AT_ONCE = 16 * 1024 * 1024
"""Bytes of documents held in memory at a time."""


@dataclass(frozen=True, slots=True)
class Unchecked:
    """An invoice that waits for its check, with its document's verdict where there is one already.

    One that was held before any check, and may be released since, is checked too but stays where it is.
    """

    id: UUID
    state: State
    document_id: UUID
    document_sha256: str
    size: int
    company_number: str | None
    direction: Direction | None
    source_id: str
    stated_number: str | None
    failed_checks: int
    checked: Checked | None
    facts: Facts | None


_WAITS_FOR_ITS_CHECK = """
(i.state IN ('received', 'could_not_check') OR (i.state IN ('held', 'ready') AND i.verdict_id IS NULL))
"""

_UNCHECKED = text(f"""
SELECT i.id, i.state, i.document_id, d.sha256, d.size, i.company_number, i.direction, i.source_id, i.stated_number,
       i.checks, d.facts, v.verdict, v.rule_sets, v.findings
FROM invoice i
JOIN document d ON d.id = i.document_id
LEFT JOIN verdict v ON v.document_id = d.id AND v.rule_sets_key = :key AND v.verdict <> 'could_not_check'
    AND v.findings_sha256 IS NULL
WHERE i.id = ANY(:ids) AND {_WAITS_FOR_ITS_CHECK}
ORDER BY i.arrival
""")


def unchecked(connection: Connection, ids: Sequence[UUID], rules_key: str) -> list[Unchecked]:
    """Those of `ids` that wait for their check, in order of arrival; with what these rules said before."""
    rows = connection.execute(_UNCHECKED, {"ids": list(ids), "key": rules_key}).mappings()
    return [_unchecked(row) for row in rows]


def _unchecked(row: RowMapping) -> Unchecked:
    return Unchecked(
        id=row["id"],
        state=State(row["state"]),
        document_id=row["document_id"],
        document_sha256=row["sha256"],
        size=row["size"],
        company_number=row["company_number"],
        direction=Direction(row["direction"]) if row["direction"] else None,
        source_id=row["source_id"],
        stated_number=row["stated_number"],
        failed_checks=row["checks"],
        checked=_checked(row) if row["verdict"] else None,
        facts=Facts.from_json(row["facts"]) if row["facts"] else None,
    )


def _checked(row: RowMapping) -> Checked:
    return Checked(
        Verdict(row["verdict"]),
        tuple(RuleSetVersion(**rule_set) for rule_set in row["rule_sets"]),
        tuple(Finding.from_json(finding) for finding in row["findings"]),
    )


def contents(ledger: Ledger, documents: Mapping[UUID, int]) -> Iterator[dict[UUID, bytes | CannotDecrypt]]:
    """The bytes of documents (by id, with their sizes), or why they cannot be had; in batches that fit in memory."""
    for batch in by_size(documents.items(), lambda item: item[1], _CONTENT_AT_ONCE):
        with ledger.reading() as connection:
            rows = connection.execute(
                text(
                    "SELECT d.id, p.content, p.key_id FROM document d JOIN payload p ON p.id = d.payload_id"
                    " WHERE d.id = ANY(:ids) AND p.content IS NOT NULL"
                ),
                {"ids": [document_id for document_id, _ in batch]},
            ).all()
        yield {row.id: _plain(ledger.vault, row.content, row.key_id) for row in rows}


def _plain(vault: Vault, content: bytes, key_id: str | None) -> bytes | CannotDecrypt:
    try:
        return vault.plain(content, key_id)
    except CannotDecrypt as cause:
        return cause


_STORE_VERDICTS = text("""
WITH given AS (
    SELECT * FROM unnest(CAST(:document_ids AS uuid[]), CAST(:verdicts AS text[]), CAST(:rule_sets AS text[]),
                         CAST(:findings AS text[]))
        AS t (document_id, verdict, rule_sets, findings)
)
INSERT INTO verdict (document_id, rule_sets_key, rule_sets, verdict, findings)
SELECT document_id, :key, rule_sets::jsonb, verdict, findings::jsonb FROM given ORDER BY document_id
ON CONFLICT (document_id, rule_sets_key) DO UPDATE
    SET verdict = excluded.verdict, findings = excluded.findings, rule_sets = excluded.rule_sets
    WHERE verdict.verdict = 'could_not_check'
""")

_STORE_FACTS = text("""
UPDATE document SET facts = given.facts::jsonb
FROM unnest(CAST(:document_ids AS uuid[]), CAST(:facts AS text[])) AS given (document_id, facts)
WHERE document.id = given.document_id AND document.facts IS NULL
""")


def store_verdicts(connection: Connection, results: Mapping[UUID, CheckedDocument], rules_key: str) -> None:
    """Keep verdicts with the rule sets that gave them, and what was read of the documents."""
    connection.execute(
        _STORE_VERDICTS,
        {
            "key": rules_key,
            "document_ids": list(results),
            "verdicts": [result.checked.verdict for result in results.values()],
            "rule_sets": [_rule_sets_json(result.checked) for result in results.values()],
            "findings": [findings_json(result.checked.findings) for result in results.values()],
        },
    )
    facts = {document_id: result.facts for document_id, result in results.items() if result.facts}
    connection.execute(
        _STORE_FACTS,
        {"document_ids": list(facts), "facts": [json.dumps(fact.as_json()) for fact in facts.values()]},
    )


def _rule_sets_json(checked: Checked) -> str:
    return json.dumps([{"name": each.name, "version": each.version} for each in checked.rule_sets])


def findings_json(findings: Iterable[Finding]) -> str:
    """Findings as the ledger keeps them."""
    return json.dumps([finding.as_json() for finding in findings])


@dataclass(frozen=True, slots=True)
class Judged:
    """A record with its judgement, and whose it is (which a drop folder's file may not have said)."""

    invoice: Unchecked
    facts: Facts | None
    owner: Owner | None
    judgement: Judgement


_APPLY = text(f"""
WITH judged AS (
    UPDATE invoice i SET
        state = coalesce(g.state, i.state), why = CASE WHEN g.state IS NULL THEN i.why ELSE g.why END,
        reason = CASE WHEN g.state IS NULL THEN i.reason ELSE g.reason END,
        company_number = g.company_number, direction = g.direction, disposition = g.disposition,
        findings = g.findings::jsonb, number = g.number, issue_date = g.issue_date::date, type_code = g.type_code,
        currency = g.currency, payable_amount = g.payable_amount::numeric, issuer_key = g.issuer_key,
        identity_key = g.identity_key, fingerprint = g.fingerprint, checks = g.checks,
        supplier_name = g.supplier_name, supplier_number = g.supplier_number,
        verdict_id = (SELECT v.id FROM verdict v WHERE v.document_id = i.document_id AND v.rule_sets_key = :key)
    FROM unnest(CAST(:ids AS uuid[]), CAST(:states AS text[]), CAST(:whys AS text[]), CAST(:reasons AS text[]),
                CAST(:company_numbers AS text[]), CAST(:directions AS text[]), CAST(:dispositions AS text[]),
                CAST(:findings AS text[]), CAST(:numbers AS text[]), CAST(:issue_dates AS text[]),
                CAST(:type_codes AS text[]), CAST(:currencies AS text[]), CAST(:payable_amounts AS text[]),
                CAST(:issuer_keys AS text[]), CAST(:identity_keys AS text[]), CAST(:fingerprints AS text[]),
                CAST(:checks AS int[]), CAST(:supplier_names AS text[]), CAST(:supplier_numbers AS text[]),
                CAST(:words AS text[]))
        AS g (id, state, why, reason, company_number, direction, disposition, findings, number, issue_date, type_code,
              currency, payable_amount, issuer_key, identity_key, fingerprint, checks, supplier_name, supplier_number,
              words)
    WHERE i.id = g.id AND {_WAITS_FOR_ITS_CHECK}
    RETURNING i.id, g.words
)
INSERT INTO invoice_words (invoice_id, words)
SELECT id, array_to_tsvector(string_to_array(words, ' ')) FROM judged
ON CONFLICT (invoice_id) DO UPDATE SET words = excluded.words WHERE invoice_words.words <> excluded.words
""")


def apply_judgements(connection: Connection, judged: Sequence[Judged], rules_key: str) -> None:
    """Write what was judged on the invoices that still wait for it, and move those that it decides on."""
    ids = [each.invoice.id for each in judged]
    lock_invoices(connection, ids)
    rows = [_columns(each) for each in judged]
    columns = {name: [row[name] for row in rows] for name in rows[0]} if rows else {}
    if columns:
        connection.execute(_APPLY, {"key": rules_key, **columns})


def _columns(each: Judged) -> dict[str, object]:
    judgement, facts = each.judgement, each.facts
    amount = facts.payable_amount if facts and facts.currency else None
    failed = judgement.why is Why.CHECK_FAILED
    company_number = each.owner.company_number if each.owner else each.invoice.company_number
    words = words_of_invoice(
        (facts.number if facts else None, each.invoice.stated_number, each.invoice.source_id),
        facts.seller if facts else None,
        company_number,
    )
    return {
        "ids": each.invoice.id,
        "states": _moves_to(each),
        "whys": judgement.why,
        "reasons": SENTENCES[judgement.why],
        "company_numbers": company_number,
        "directions": each.owner.direction if each.owner else each.invoice.direction,
        "dispositions": judgement.disposition,
        "findings": findings_json(judgement.findings),
        "numbers": facts and facts.number,
        "issue_dates": facts and facts.issue_date and facts.issue_date.isoformat(),
        "type_codes": facts and facts.type_code,
        "currencies": facts and facts.currency,
        "payable_amounts": None if amount is None else str(amount),
        "issuer_keys": facts and facts.issuer_key,
        "identity_keys": _identity(each),
        "fingerprints": facts and facts.fingerprint,
        "checks": each.invoice.failed_checks + failed,
        "supplier_names": facts and facts.seller.name,
        "supplier_numbers": facts and supplier_number(facts.seller),
        "words": words,
    }


def _moves_to(each: Judged) -> State | None:
    """Where the judgement moves it; None for its own state again, and where a person decides."""
    decided_by_person = each.invoice.state in {State.HELD, State.READY}
    moves = each.judgement.state is not each.invoice.state and not decided_by_person
    return each.judgement.state if moves else None


def _identity(each: Judged) -> str | None:
    if each.owner is None:
        return None
    return identity_key(
        each.facts, each.owner.company_number, each.owner.direction, each.invoice.document_sha256
    )
