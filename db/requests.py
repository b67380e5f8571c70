"""Requests: runs that somebody asked for, each open in the ledger until a run has done what it asks.

Any run of the main job takes what is open, so that a burst of requests becomes one run and none is lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, text


class IdempotencyKeyReused(Exception):
    """The caller used this idempotency key for another request before."""


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What a run is asked to do, and by whom; without ids of either kind: everything there is to do.

    Attributes:
        requested_by: The name that the audit trail and the job show.
        correlation_id: The X-Request-ID under which it was asked.
        asked_by: The account or API key; None for a signed webhook.
        reason: Why, where a person gave one.
        invoice_ids: Ledger ids.
        source_ids: Ids that the source gave, each to be fetched.
        force: Check the named invoices again where invalid, and release them where failed.
        dry_run: Say what would happen; change nothing.
        idempotency_key: The same key of the same caller is the same request.
        body_sha256: Of what came with the key.
    """

    requested_by: str
    correlation_id: str
    asked_by: UUID | None = None
    reason: str | None = None
    invoice_ids: Sequence[UUID] | None = None
    source_ids: Sequence[str] | None = None
    force: bool = False
    dry_run: bool = False
    idempotency_key: str | None = None
    body_sha256: str | None = None


_ASK = text("""
INSERT INTO run_request (asked_by, requested_by, reason, correlation_id, invoice_ids, source_ids, force, dry_run,
                         idempotency_key, body_sha256)
VALUES (:asked_by, :requested_by, :reason, :correlation_id, :invoice_ids, :source_ids, :force, :dry_run,
        :idempotency_key, :body_sha256)
ON CONFLICT (asked_by, idempotency_key) DO NOTHING
RETURNING id
""")


def ask_for_run(connection: Connection, request: RunRequest) -> UUID:
    """Record a request; the id by which it, and later its job, is known. The same key gives the same id.

    Raises:
        IdempotencyKeyReused: The key stands for another request.
    """
    values = {name: getattr(request, name) for name in request.__slots__}
    for name in ("invoice_ids", "source_ids"):
        values[name] = None if values[name] is None else list(values[name])
    asked: UUID | None = connection.execute(_ASK, values).scalar_one_or_none()
    return asked or _asked_before(connection, request)


def _asked_before(connection: Connection, request: RunRequest) -> UUID:
    earlier = connection.execute(
        text("SELECT id, body_sha256 FROM run_request WHERE asked_by = :asked_by AND idempotency_key = :key"),
        {"asked_by": request.asked_by, "key": request.idempotency_key},
    ).one()
    if earlier.body_sha256 != request.body_sha256:
        raise IdempotencyKeyReused
    request_id: UUID = earlier.id
    return request_id


@dataclass(frozen=True, slots=True)
class Taken:
    """A request that a run has taken."""

    id: UUID
    invoice_ids: tuple[UUID, ...] | None
    source_ids: tuple[str, ...] | None
    force: bool

    @property
    def asks_for_everything(self) -> bool:
        """Whether it names nothing."""
        return self.invoice_ids is None and self.source_ids is None


# Whoever takes it may die: then it is open again after a while, longer each time, at most an hour.
_TAKE = text("""
UPDATE run_request SET job_id = :job_id, tries = tries + 1,
    not_before = now() + least(interval '1 hour', interval '30 seconds' * power(2, least(tries, 7)))
WHERE id IN (
    SELECT id FROM run_request WHERE request_is_open(run_request) AND done_at IS NULL AND dry_run = :dry_run
    ORDER BY position
    FOR UPDATE SKIP LOCKED
)
RETURNING id, position, invoice_ids, source_ids, force
""")


def take_requests(connection: Connection, job_id: UUID, *, dry_run: bool) -> list[Taken]:
    """Take what is open for a job, in the order in which it was asked."""
    rows = connection.execute(_TAKE, {"job_id": job_id, "dry_run": dry_run}).all()
    return [
        Taken(
            row.id,
            None if row.invoice_ids is None else tuple(row.invoice_ids),
            None if row.source_ids is None else tuple(row.source_ids),
            row.force,
        )
        for row in sorted(rows, key=lambda row: row.position)
    ]


def requests_done(connection: Connection, request_ids: Sequence[UUID]) -> None:
    """Close requests whose run did what they ask."""
    connection.execute(
        text("UPDATE run_request SET done_at = now() WHERE id = ANY(:ids) AND done_at IS NULL"),
        {"ids": list(request_ids)},
    )


@dataclass(frozen=True, slots=True)
class Unasked:
    """Open requests for which no run was asked for yet, or in vain; together they need one.

    Attributes:
        ids: The requests.
        key: The same for the same first request and the same number of tries.
        requested_by: Who asked first, and how many others.
        correlation_id: That of the first; the run goes on under it.
        joins: A flow run that was asked for a moment ago and has not begun: it will take these as well.
    """

    ids: tuple[UUID, ...]
    key: str
    requested_by: str
    correlation_id: str
    dry_run: bool
    joins: UUID | None


def unasked(connection: Connection) -> list[Unasked]:
    """What waits for a run to be asked for: at most one for real runs, and one for dry runs."""
    rows = connection.execute(text("SELECT * FROM unasked_requests()")).all()
    return [
        Unasked(
            ids=tuple(row.ids),
            key=row.key,
            requested_by=_first_and_others(row.requested_by, len(row.ids)),
            correlation_id=row.correlation_id,
            dry_run=row.dry_run,
            joins=row.joins,
        )
        for row in rows
    ]


def _first_and_others(first: str, requests: int) -> str:
    return first if requests == 1 else f"{first}, and {requests - 1} more requests"


def run_asked_for(connection: Connection, request_ids: Sequence[UUID], flow_run_id: UUID) -> None:
    """Note the flow run that is to take these requests, unless another took them in the meantime."""
    connection.execute(
        text("SELECT run_asked_for(:ids, :flow_run_id)"),
        {"ids": list(request_ids), "flow_run_id": flow_run_id},
    )
