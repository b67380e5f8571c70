"""The overview: how the ledger, its neighbours, its workers and its jobs stand at this moment."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text

from db.living import LIVING_WORKERS, worker_is_alive

# All invoices are counted from an index that holds their states; those that are ready are read from the table.
_INVOICES = text("""
WITH ready AS MATERIALIZED (
    SELECT next_attempt_at, next_attempt_at IS NULL OR next_attempt_at <= now() AS due
    FROM invoice WHERE state = 'ready'
)
SELECT
    coalesce((SELECT jsonb_object_agg(state, invoices)
              FROM (SELECT state, count(*) AS invoices FROM invoice GROUP BY state) AS counted), '{}') AS states,
    (SELECT jsonb_build_object(
        'due', count(*) FILTER (WHERE due), 'later', count(*) FILTER (WHERE NOT due),
        'next_due_at', min(next_attempt_at) FILTER (WHERE NOT due)) FROM ready) AS ready,
    (SELECT jsonb_build_object('id', id, 'number', coalesce(number, stated_number), 'since', created_at)
     FROM invoice WHERE state = 'ready' ORDER BY arrival LIMIT 1) AS oldest
""")

_AROUND = text(f"""
WITH open_claims AS (
    SELECT worker, count(*) AS claims, min(claimed_at) AS since FROM attempt WHERE settled_at IS NULL GROUP BY worker
), living AS ({LIVING_WORKERS}), each_worker AS (
    SELECT worker, living.worker IS NOT NULL AS alive, coalesce(claims, 0) AS open_claims, since AS oldest_claim_at
    FROM living FULL JOIN open_claims USING (worker)
), each_neighbour AS (
    SELECT neighbour, coalesce(state, 'closed') AS breaker, coalesce(failures, 0) AS failures,
           opened_at, try_again_at, probe_worker, last_error, last_failed_at,
           CASE WHEN paused_until > now() THEN paused_until END AS paused_until
    FROM (SELECT unnest(CAST(:neighbours AS text[])) UNION SELECT neighbour FROM breaker) AS known (neighbour)
    LEFT JOIN breaker USING (neighbour) LEFT JOIN pace ON destination = neighbour
), ended AS (
    SELECT id AS job_id, flow, state, counts, error, created_at AS started_at, ended_at FROM job
    WHERE ended_at IS NOT NULL ORDER BY ended_at DESC LIMIT 1
), running AS (
    SELECT id AS job_id, flow, requested_by, created_at AS started_at, {worker_is_alive("job.worker")} AS alive
    FROM job WHERE state = 'running'
    ORDER BY created_at DESC LIMIT 20
)
SELECT
    (SELECT count(*) FROM rejected_record WHERE resolved_at IS NULL) AS rejected_records,
    coalesce((SELECT jsonb_agg(to_jsonb(n) ORDER BY neighbour) FROM each_neighbour n), '[]') AS neighbours,
    coalesce((SELECT jsonb_agg(to_jsonb(w) ORDER BY worker) FROM each_worker w), '[]') AS workers,
    coalesce((SELECT jsonb_agg(to_jsonb(r) ORDER BY started_at) FROM running r), '[]') AS jobs_running,
    (SELECT to_jsonb(e) FROM ended e) AS last_job,
    (SELECT count(*) FROM unsealed) AS unsealed
""")

_BESIDE = text("""
WITH each_flow AS (
    SELECT DISTINCT ON (flow) id AS job_id, flow, state, requested_by, created_at AS started_at, ended_at
    FROM job WHERE ended_at IS NOT NULL ORDER BY flow, ended_at DESC
), reconciled AS (
    SELECT r.job_id, j.state, r.until, r.receipts, r.confirmed, r.different, r.not_checked, r.unverified
    FROM reconciliation r JOIN job j ON j.id = r.job_id ORDER BY r.created_at DESC LIMIT 1
), undelivered AS (
    SELECT jsonb_build_object('announces', announces, 'undelivered', undelivered, 'oldest_at', oldest_at,
                              'given_up', given_up, 'gone_at', gone_at, 'paused_until', paused_until) AS told
    FROM announcing()
)
SELECT
    (SELECT jsonb_build_object('open', count(*), 'oldest_at', min(created_at))
     FROM run_request WHERE done_at IS NULL) AS run_requests,
    (SELECT told FROM undelivered) AS webhooks,
    coalesce((SELECT jsonb_agg(to_jsonb(f) ORDER BY flow) FROM each_flow f), '[]') AS last_jobs,
    (SELECT to_jsonb(r) FROM reconciled r) AS last_reconciliation,
    (SELECT jsonb_build_object('copied_at', min(copied_at), 'restored_at', max(restored_at), 'held',
                               (SELECT count(*) FROM invoice WHERE state = 'held' AND why = 'restored'))
     FROM restoration WHERE settled_at IS NULL HAVING count(*) > 0) AS restored,
    (SELECT to_jsonb(n) FROM notices_standing() n) AS notices,
    coalesce((SELECT jsonb_agg(to_jsonb(b) ORDER BY b.channel) FROM outbox_backlog() b), '[]') AS outbox
""")


def overview(connection: Connection, neighbours: Sequence[str]) -> dict[str, Any]:
    """All of it in the shape that programs read, times as ISO 8601 in UTC.

    `neighbours` are those to speak of although they may never have failed. Of the jobs that run it names the
    newest twenty.
    """
    invoices = connection.execute(_INVOICES).one()
    around = connection.execute(_AROUND, {"neighbours": list(neighbours)}).mappings().one()
    beside = connection.execute(_BESIDE).mappings().one()
    ready = invoices.ready | {"oldest": invoices.oldest}
    return {"states": invoices.states, "ready": ready, **around, **beside}
