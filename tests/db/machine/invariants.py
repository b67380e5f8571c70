"""What holds of the ledger at any moment, whatever happened before: each a set of rows that must be empty."""

from collections.abc import Collection

from sqlalchemy import Engine, text

from invoices.lifecycle import ENTRY_STATES, LIVE, TRANSITIONS

FORCED = "who forces"
"""The actor by whose name the machine forces."""

_FREED_BY_ITSELF = ("other_content", "delivered_as_other_version", "company_not_listed", "route_off")

_CHAIN = """
chain AS (
    SELECT e.*, d.decision, d.saw_state, row_number() OVER w AS expected, lag(e.to_state) OVER w AS before_state,
           lag(e.why) OVER w AS before_why, lag(e.hash) OVER w AS before_hash,
           lead(e.sequence) OVER w IS NULL AS is_last
    FROM audit_event e LEFT JOIN decision d ON d.id = e.decision_id
    WINDOW w AS (PARTITION BY e.invoice_id ORDER BY e.sequence)
)
"""

_ARRIVED = """
SELECT NULL::uuid FROM unnest(CAST(:source_ids AS text[]), CAST(:versions AS int[]), CAST(:sha256s AS text[]))
    AS came (source_id, version, sha256)
WHERE NOT EXISTS (SELECT FROM invoice i JOIN document d ON d.id = i.document_id
                  WHERE (i.source_id, i.version, d.sha256) = (came.source_id, came.version, came.sha256))
"""

_REJECTED = """
SELECT NULL::uuid FROM unnest(CAST(:rejected AS text[])) AS came (source_id)
WHERE NOT EXISTS (SELECT FROM rejected_record r WHERE r.source_id = came.source_id)
"""

_BROKEN = {
    "the audit trail has a gap": """
        SELECT invoice_id FROM chain
        WHERE sequence <> expected OR from_state IS DISTINCT FROM before_state
           OR previous_hash IS DISTINCT FROM before_hash
    """,
    "it made a move that no table allows": """
        SELECT invoice_id FROM chain
        WHERE CASE WHEN from_state IS NULL THEN to_state <> ALL(CAST(:entries AS text[]))
              ELSE from_state || ' ' || to_state <> ALL(CAST(:moves AS text[])) END
    """,
    "the audit trail ends in another state": """
        SELECT i.id FROM invoice i LEFT JOIN chain c ON c.invoice_id = i.id AND c.is_last
        WHERE c.to_state IS DISTINCT FROM i.state
    """,
    "nobody is named for what was done": """
        SELECT invoice_id FROM chain WHERE actor <> ALL(CAST(:actors AS text[]))
    """,
    "a move was made for no reason that is documented": """
        SELECT invoice_id FROM chain WHERE NOT CASE
            WHEN to_state = 'dismissed' THEN decision = 'dismiss'
            WHEN from_state = 'outcome_unknown' AND to_state = 'ready' THEN decision = 'send_again'
            WHEN from_state = 'outcome_unknown' THEN decision = 'arrived' OR why = 'late_answer'
            WHEN from_state = 'failed' AND to_state = 'ready' THEN decision = 'release' OR actor = :forced
            WHEN from_state = 'invalid' AND to_state = 'received' THEN actor = :forced
            WHEN from_state IN ('invalid', 'out_of_scope') AND to_state = 'ready' THEN decision = 'release'
            WHEN from_state = 'held' AND to_state = 'duplicate' THEN decision = 'already_booked'
            WHEN from_state = 'held' AND to_state = 'ready' THEN decision = 'release'
                OR (why = 'no_longer_blocked' AND before_why = ANY(CAST(:freed AS text[])))
            WHEN from_state = 'duplicate' AND to_state = 'ready' THEN why = 'no_longer_blocked'
                AND before_why NOT IN ('repeats_previous_version', 'already_booked')
            ELSE true END IS TRUE
    """,
    "a decision was made in view of another state": """
        SELECT d.invoice_id FROM decision d LEFT JOIN chain c ON c.decision_id = d.id
        GROUP BY d.id, d.invoice_id, d.saw_state
        HAVING count(c.id) <> 1 OR min(c.from_state) IS DISTINCT FROM d.saw_state
            OR min(c.invoice_id::text) IS DISTINCT FROM d.invoice_id::text
    """,
    "it is sending without an open attempt, or has one and is not": """
        SELECT i.id FROM invoice i
        WHERE (SELECT count(*) FROM attempt a WHERE a.invoice_id = i.id AND a.settled_at IS NULL)
              <> CASE WHEN i.state = 'sending' THEN 1 ELSE 0 END
    """,
    "two of one identity are live": """
        SELECT min(id::text)::uuid FROM invoice WHERE state = ANY(CAST(:live AS text[]))
        GROUP BY destination, identity_key, override_id HAVING count(*) > 1
    """,
    "two of one record are live": """
        SELECT min(id::text)::uuid FROM invoice WHERE state = ANY(CAST(:live AS text[]))
        GROUP BY destination, source, source_id, override_id HAVING count(*) > 1
    """,
    "it is superseded by nothing newer": """
        SELECT id FROM invoice o WHERE state = 'superseded' AND NOT EXISTS (
            SELECT FROM invoice n
            WHERE n.source = o.source AND n.source_id = o.source_id AND n.version > o.version)
    """,
    "a newer version waits, and it may still go out": """
        SELECT o.id FROM invoice o JOIN invoice n USING (source, source_id)
        WHERE o.state = 'ready' AND n.version > o.version
          AND n.state IN ('received', 'could_not_check', 'ready', 'invalid', 'failed', 'out_of_scope')
    """,
    "its bytes are not those that arrived": """
        SELECT d.id FROM document d LEFT JOIN payload p ON p.id = d.payload_id
        WHERE encode(sha256(p.content), 'hex') IS DISTINCT FROM d.sha256 OR length(p.content) <> d.size
    """,
    "it stands in its own way": """
        SELECT start FROM walk WHERE start = at
    """,
    "it is sent without a receipt and nobody saw it": """
        SELECT i.id FROM invoice i JOIN chain c ON c.invoice_id = i.id AND c.is_last
        WHERE i.state = 'sent' AND i.receipt IS NULL AND c.decision IS DISTINCT FROM 'arrived'
    """,
    "a record that arrived is nowhere": _ARRIVED,
    "a record that was rejected is nowhere": _REJECTED,
}

_WALK = """
walk (start, at) AS (
    SELECT id, blocked_by FROM invoice WHERE state IN ('duplicate', 'held') AND blocked_by IS NOT NULL
    UNION
    SELECT walk.start, i.blocked_by FROM walk JOIN invoice i ON i.id = walk.at
    WHERE i.state IN ('duplicate', 'held') AND i.blocked_by IS NOT NULL
)
"""

_ALL = text(
    f"WITH RECURSIVE {_CHAIN}, {_WALK} "
    + " UNION ALL ".join(
        f"SELECT '{name}' AS broken, found.* FROM ({query}) AS found (id)" for name, query in _BROKEN.items()
    )
)

ALL_NAMES = tuple(_BROKEN)
"""The sentences that `broken` may say."""

_CONSTANT = {
    "entries": sorted(ENTRY_STATES),
    "moves": [f"{before} {after}" for before, onward in TRANSITIONS.items() for after in onward],
    "forced": FORCED,
    "freed": list(_FREED_BY_ITSELF),
    "live": sorted(LIVE),
}


def broken(
    owner: Engine,
    actors: Collection[str],
    arrived: Collection[tuple[str, int, str]],
    rejected: Collection[str],
) -> list[str]:
    """Each sentence above that does not hold, with the invoice concerned.

    `actors` are all who may have changed the ledger; `arrived` and `rejected` what the source gave.
    """
    given = {
        "actors": list(actors),
        "source_ids": [source_id for source_id, _, _ in arrived],
        "versions": [version for _, version, _ in arrived],
        "sha256s": [digest for _, _, digest in arrived],
        "rejected": list(rejected),
    }
    with owner.connect() as connection:
        return [f"{row.broken}: {row.id}" for row in connection.execute(_ALL, {**_CONSTANT, **given})]
