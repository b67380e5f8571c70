"""Dedupe in the ledger: candidates with their twins, what was decided, and what is free to go on again."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from db.checks import findings_json
from db.routes import Routes
from invoices.facts import Facts
from invoices.findings import Finding, PolicyClass, Severity
from invoices.identity import near_duplicate
from invoices.judgement import out_of_scope
from invoices.lifecycle import State
from invoices.policy import Disposition
from invoices.source import Direction
from invoices.twins import Candidate, Outcome, Twin, decide
from invoices.why import SENTENCES, Why

_TWIN_COLUMNS = "id, arrival, state, document_id, identity_key, fingerprint, source, source_id, version"

_CANDIDATES = text(f"""
SELECT {_TWIN_COLUMNS}, disposition, company_number, direction, issue_date,
       release_id IS NOT NULL AS released, override_id IS NOT NULL AS overridden
FROM invoice
WHERE id = ANY(:ids) AND identity_key IS NOT NULL
  AND (state = 'ready' OR (state IN ('received', 'could_not_check') AND disposition IS NOT NULL))
ORDER BY arrival
FOR UPDATE
""")

_TWINS = text(f"""
SELECT twin.* FROM unnest(CAST(:keys AS text[])) AS wanted (identity_key)
CROSS JOIN LATERAL (
    SELECT {_TWIN_COLUMNS} FROM invoice o
    WHERE o.identity_key = wanted.identity_key
      AND o.state IN ('sending', 'sent', 'outcome_unknown', 'ready', 'held')
    ORDER BY o.state IN ('ready', 'held'), o.state = 'held', o.arrival
    LIMIT 50
) AS twin
UNION
SELECT {_TWIN_COLUMNS} FROM invoice
WHERE state IN ('sending', 'sent', 'outcome_unknown') AND identity_key IS NOT NULL
  AND (source, source_id) IN (SELECT * FROM unnest(CAST(:sources AS text[]), CAST(:source_ids AS text[])))
""")

_APPLY = text("""
UPDATE invoice i SET state = g.state, why = g.why, reason = g.reason, blocked_by = g.blocked_by
FROM unnest(CAST(:ids AS uuid[]), CAST(:states AS text[]), CAST(:whys AS text[]), CAST(:reasons AS text[]),
            CAST(:blocked_bys AS uuid[])) AS g (id, state, why, reason, blocked_by)
WHERE i.id = g.id AND i.state <> g.state
""")


def dedupe(
    connection: Connection, ids: Sequence[UUID], listed: Collection[str] | None, routes: Routes
) -> list[UUID]:
    """Decide about those of `ids` that are checked or ready; returns the ones that may be delivered.

    `listed` is None where the destination's list of companies is not known: then nothing is held for it.
    """
    rows = connection.execute(_CANDIDATES, {"ids": list(ids)}).all()
    if not rows:
        return []
    candidates = [_candidate(row, listed, routes) for row in rows]
    outcomes = _decide_in_order(candidates, _twins(connection, rows))
    _apply(connection, outcomes)
    ready = [each.twin.id for each in candidates if outcomes[each.twin.id].state is State.READY]
    _badge_near_duplicates(connection, ready)
    return ready


def _candidate(row: Row[Any], listed: Collection[str] | None, routes: Routes) -> Candidate:
    route = routes.route(row.company_number, Direction(row.direction))
    return Candidate(
        _twin(row),
        Disposition(row.disposition or Disposition.BLOCK),
        listed=listed is None or row.company_number in listed,
        routed=out_of_scope(route, row.issue_date) is None,
        released=row.released,
        overridden=row.overridden,
    )


def _twin(row: Row[Any]) -> Twin:
    return Twin(
        id=row.id,
        arrival=row.arrival,
        state=State(row.state),
        document_id=row.document_id,
        identity_key=row.identity_key,
        fingerprint=row.fingerprint,
        source_record=(row.source, row.source_id),
        version=row.version,
    )


def _twins(connection: Connection, rows: Sequence[Row[Any]]) -> list[Twin]:
    found = connection.execute(
        _TWINS,
        {
            "keys": list({row.identity_key for row in rows}),
            "sources": [row.source for row in rows],
            "source_ids": [row.source_id for row in rows],
        },
    )
    return [_twin(row) for row in found]


class _Gathering:
    """Twins by identity and by record, kept current while candidates are decided one after another."""

    def __init__(self, twins: Iterable[Twin]) -> None:
        self._by_key: dict[object, dict[UUID, Twin]] = defaultdict(dict)
        for twin in twins:
            self.put(twin)

    def put(self, twin: Twin) -> None:
        for key in (twin.identity_key, twin.source_record):
            self._by_key[key][twin.id] = twin

    def of(self, twin: Twin) -> Iterable[Twin]:
        return {**self._by_key[twin.identity_key], **self._by_key[twin.source_record]}.values()


def _decide_in_order(candidates: Sequence[Candidate], twins: Iterable[Twin]) -> dict[UUID, Outcome]:
    gathering = _Gathering(twins)
    outcomes = {}
    for candidate in candidates:
        twin = candidate.twin
        outcome = decide(candidate, gathering.of(twin))
        outcomes[twin.id] = outcome
        gathering.put(_moved(twin, outcome.state))
    return outcomes


def _moved(twin: Twin, state: State) -> Twin:
    return Twin(
        twin.id,
        twin.arrival,
        state,
        twin.document_id,
        twin.identity_key,
        twin.fingerprint,
        twin.source_record,
        twin.version,
    )


def _apply(connection: Connection, outcomes: Mapping[UUID, Outcome]) -> None:
    connection.execute(
        _APPLY,
        {
            "ids": list(outcomes),
            "states": [outcome.state for outcome in outcomes.values()],
            "whys": [outcome.why for outcome in outcomes.values()],
            "reasons": [SENTENCES[outcome.why] for outcome in outcomes.values()],
            "blocked_bys": [outcome.blocked_by for outcome in outcomes.values()],
        },
    )


_FREE_BLOCKED = text("""
UPDATE invoice SET state = 'ready', why = :why, reason = :reason, blocked_by = NULL
WHERE id IN (
    SELECT d.id FROM invoice d JOIN invoice b ON b.id = d.blocked_by
    WHERE b.state IN ('failed', 'invalid', 'superseded', 'dismissed')
      AND ((d.state = 'duplicate' AND d.why <> 'repeats_previous_version')
           OR (d.state = 'held' AND d.why IN ('other_content', 'delivered_as_other_version')))
    ORDER BY d.arrival
    FOR UPDATE OF d SKIP LOCKED
)
RETURNING id
""")

_FREE_LISTED = text("""
UPDATE invoice SET state = 'ready', why = :why, reason = :reason
WHERE id IN (
    SELECT id FROM invoice
    WHERE state = 'held' AND why = 'company_not_listed' AND company_number = ANY(:listed)
    ORDER BY arrival
    FOR UPDATE SKIP LOCKED
)
RETURNING id
""")


def free(connection: Connection, listed: Collection[str] | None) -> list[UUID]:
    """Make ready what was kept back by something that is gone; dedupe looks at it again before any claim.

    That is a duplicate or held invoice whose blocker failed or was closed, and one whose company is listed now.
    """
    because = {"why": Why.NO_LONGER_BLOCKED, "reason": SENTENCES[Why.NO_LONGER_BLOCKED]}
    freed = list(connection.execute(_FREE_BLOCKED, because).scalars())
    if listed:
        freed += connection.execute(_FREE_LISTED, {**because, "listed": list(listed)}).scalars()
    return freed


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


def _badge_near_duplicates(connection: Connection, ids: Sequence[UUID]) -> None:
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
