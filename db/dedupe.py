"""Dedupe in the ledger: candidates with their twins, and what was decided about them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from db.near_duplicates import badge_near_duplicates
from db.routes import Routes
from invoices.judgement import out_of_scope
from invoices.lifecycle import State
from invoices.policy import Disposition
from invoices.source import Direction
from invoices.twins import Candidate, Outcome, Twin, decide
from invoices.why import SENTENCES

_TWIN_COLUMNS = "id, arrival, state, document_id, identity_key, fingerprint, source, source_id, version"

_CANDIDATES = text(f"""
SELECT {_TWIN_COLUMNS}, disposition, company_number, direction, issue_date,
       release_id IS NOT NULL AS released, override_id IS NOT NULL AS overridden
FROM invoice
WHERE id = ANY(:ids) AND identity_key IS NOT NULL
  AND (state = 'ready' OR (state IN ('received', 'could_not_check') AND disposition IS NOT NULL))
ORDER BY arrival
FOR NO KEY UPDATE
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

_WAITING = text("""
WITH RECURSIVE waiting (id, blocked_by) AS (
    SELECT id, blocked_by FROM invoice WHERE blocked_by = ANY(:ids) AND state IN ('held', 'duplicate')
    UNION
    SELECT i.id, i.blocked_by FROM waiting w JOIN invoice i ON i.blocked_by = w.id
    WHERE i.state IN ('held', 'duplicate')
)
SELECT id, blocked_by FROM waiting
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
    badge_near_duplicates(connection, ready)
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


def _twins(connection: Connection, rows: Sequence[Row[Any]]) -> "_Gathering":
    found = connection.execute(
        _TWINS,
        {
            "keys": list({row.identity_key for row in rows}),
            "sources": [row.source for row in rows],
            "source_ids": [row.source_id for row in rows],
        },
    )
    waiting = connection.execute(_WAITING, {"ids": [row.id for row in rows]})
    return _Gathering(map(_twin, found), {row.id: row.blocked_by for row in waiting})


class _Gathering:
    """Twins by identity and by record, kept current while candidates are decided one after another.

    `waits_for` says which invoice waits for which other one, for all that wait in the end for a candidate.
    """

    def __init__(self, twins: Iterable[Twin], waits_for: dict[UUID, UUID]) -> None:
        self._by_key: dict[object, dict[UUID, Twin]] = defaultdict(dict)
        self._waits_for = waits_for
        for twin in twins:
            self.put(twin)

    def put(self, twin: Twin, blocked_by: UUID | None = None) -> None:
        for key in (twin.identity_key, twin.source_record):
            self._by_key[key][twin.id] = twin
        if blocked_by is not None:
            self._waits_for[twin.id] = blocked_by

    def of(self, twin: Twin) -> Iterable[Twin]:
        """Without those that wait for `twin` themselves: else neither would ever go."""
        found = {**self._by_key[twin.identity_key], **self._by_key[twin.source_record]}.values()
        return (each for each in found if not self._waits(each.id, twin.id))

    def _waits(self, one: UUID, other: UUID) -> bool:
        passed: set[UUID] = set()
        while one in self._waits_for and one not in passed:
            passed.add(one)
            one = self._waits_for[one]
        return one == other or other in passed


def _decide_in_order(candidates: Sequence[Candidate], gathering: _Gathering) -> dict[UUID, Outcome]:
    outcomes = {}
    for candidate in candidates:
        twin = candidate.twin
        outcome = decide(candidate, gathering.of(twin))
        outcomes[twin.id] = outcome
        gathering.put(replace(twin, state=outcome.state), outcome.blocked_by)
    return outcomes


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
