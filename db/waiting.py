"""What waits in the ledger: invoices for the next stage, and acknowledgements for the source."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlalchemy import Connection, text

from db.ledger import Ledger
from db.locking import lock_invoices
from db.parts import in_part, values
from invoices.findings import Finding
from invoices.lifecycle import ACKNOWLEDGED, State
from invoices.parts import WHOLE, Part
from invoices.source import Acknowledgement

_DUE = "state = 'ready' AND (next_attempt_at IS NULL OR next_attempt_at <= now())"
# The first condition is that of the index ix_invoice_unfinished, word for word.
_UNFINISHED = """
    state IN ('received', 'could_not_check', 'ready')
    AND (state <> 'ready' OR next_attempt_at IS NULL OR next_attempt_at <= now())
"""


def unfinished(ledger: Ledger, chunk_size: int, ids: Sequence[UUID] | None = None) -> Iterator[list[UUID]]:
    """Invoices that were here before and may go on: to be checked, or ready and due; in chunks, each once."""
    return _in_chunks(ledger, _UNFINISHED, chunk_size, ids)


def due(
    ledger: Ledger, chunk_size: int, ids: Sequence[UUID] | None = None, part: Part = WHOLE
) -> Iterator[list[UUID]]:
    """Invoices of a part that are ready and due; in chunks, each once."""
    return _in_chunks(ledger, _DUE, chunk_size, ids, part)


def unfinished_as_they_come(ledger: Ledger, chunk_size: int, part: Part) -> Iterator[list[UUID]]:
    """Invoices of a part that may go on, each once, for ever; an empty chunk where none waits at the moment."""
    query = text(
        f"SELECT id, arrival FROM invoice WHERE arrival > :after AND {_UNFINISHED} AND {in_part('company_number')}"
        " ORDER BY arrival LIMIT :limit"
    )
    # Records of a source are committed in the order of their arrival, so none comes in behind the last one.
    after = 0
    while True:
        with ledger.reading() as connection:
            rows = connection.execute(query, {"after": after, "limit": chunk_size, **values(part)}).all()
        after = rows[-1].arrival if rows else after
        yield [row.id for row in rows]


def _in_chunks(
    ledger: Ledger, condition: str, chunk_size: int, ids: Sequence[UUID] | None, part: Part = WHOLE
) -> Iterator[list[UUID]]:
    query = text(
        "SELECT id, arrival FROM invoice WHERE arrival > :after AND arrival <= :until"
        f" AND (CAST(:ids AS uuid[]) IS NULL OR id = ANY(:ids)) AND {condition} AND {in_part('company_number')}"
        " ORDER BY arrival LIMIT :limit"
    )
    wanted = {"ids": None if ids is None else list(ids), "limit": chunk_size, **values(part)}
    with ledger.reading() as connection:
        until: int = connection.execute(text("SELECT coalesce(max(arrival), 0) FROM invoice")).scalar_one()
    after = 0
    while True:
        with ledger.reading() as connection:
            rows = connection.execute(query, {**wanted, "after": after, "until": until}).all()
        if not rows:
            return
        after = rows[-1].arrival
        yield [row.id for row in rows]


def make_due(connection: Connection, ids: Sequence[UUID]) -> None:
    """Let ready invoices go at once that would otherwise wait for their next attempt."""
    lock_invoices(connection, ids)
    connection.execute(
        text("UPDATE invoice SET next_attempt_at = NULL WHERE id = ANY(:ids) AND state = 'ready'"),
        {"ids": list(ids)},
    )


def due_again(connection: Connection, job_id: UUID, within_seconds: float) -> tuple[list[UUID], float]:
    """What a job touched that is ready now or within the time given, and the seconds until the last is due."""
    rows = connection.execute(
        text("""
            SELECT i.id, greatest(0, extract(epoch FROM coalesce(next_attempt_at, now()) - now()))::float8 AS wait
            FROM job_invoice j JOIN invoice i ON i.id = j.invoice_id
            WHERE j.job_id = :job_id AND i.state = 'ready'
              AND (next_attempt_at IS NULL OR next_attempt_at <= now() + make_interval(secs => :within))
            ORDER BY i.arrival
        """),
        {"job_id": job_id, "within": within_seconds},
    ).all()
    return [row.id for row in rows], max((row.wait for row in rows), default=0.0)


_UNACKNOWLEDGED = text(f"""
SELECT i.id, i.source_id, i.version, i.state, i.receipt, i.findings || coalesce(v.findings, '[]') AS findings
FROM invoice i LEFT JOIN verdict v ON v.id = i.verdict_id
WHERE i.source = :source AND i.acknowledged IS DISTINCT FROM i.state AND i.state IN (
    'sent', 'failed', 'invalid', 'duplicate', 'held', 'outcome_unknown', 'superseded', 'out_of_scope')
  AND (CAST(:ids AS uuid[]) IS NULL OR i.id = ANY(:ids)) AND {in_part("i.company_number")}
ORDER BY i.arrival
LIMIT :limit
""")


def unacknowledged(
    connection: Connection, source: str, limit: int, ids: Sequence[UUID] | None = None, part: Part = WHOLE
) -> list[tuple[UUID, State, Acknowledgement]]:
    """Invoices of a part whose state the source has not been told, with what to tell it."""
    rows = connection.execute(
        _UNACKNOWLEDGED,
        {
            "source": source,
            "ids": None if ids is None else list(ids),
            "limit": limit,
            **values(part),
        },
    ).all()
    return [
        (
            row.id,
            State(row.state),
            Acknowledgement(
                row.source_id,
                row.version,
                ACKNOWLEDGED[State(row.state)],
                row.receipt,
                tuple(Finding.from_json(finding) for finding in row.findings),
            ),
        )
        for row in rows
    ]


def mark_acknowledged(connection: Connection, told: Sequence[tuple[UUID, State]]) -> None:
    """Remember what the source was told."""
    lock_invoices(connection, [each for each, _ in told])
    connection.execute(
        text(
            "UPDATE invoice SET acknowledged = given.state"
            " FROM unnest(CAST(:ids AS uuid[]), CAST(:states AS text[])) AS given (id, state)"
            " WHERE invoice.id = given.id"
        ),
        {"ids": [each for each, _ in told], "states": [state for _, state in told]},
    )
