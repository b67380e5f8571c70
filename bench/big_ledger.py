"""A big ledger: as many invoices as wanted, of many companies, in all states; made by a few statements."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy import Connection, Engine, text

COMPANIES = 1_000
"""Of which the first has the most invoices by far, and the last few."""

_AT_ONCE = 100_000
_TABLES = (
    "payload", "document", "verdict", "job", "invoice", "invoice_words", "job_invoice", "attempt", "audit_event",
)  # fmt: skip

# What becomes of one invoice in a thousand; the rest were forwarded.
_STATES = """
CASE WHEN chance < 5 THEN 'ready' WHEN chance < 8 THEN 'received' WHEN chance < 9 THEN 'could_not_check'
     WHEN chance < 17 THEN 'held' WHEN chance < 25 THEN 'invalid' WHEN chance < 30 THEN 'failed'
     WHEN chance < 31 THEN 'outcome_unknown' WHEN chance < 40 THEN 'dismissed' WHEN chance < 60 THEN 'superseded'
     WHEN chance < 80 THEN 'out_of_scope' WHEN chance < 120 THEN 'duplicate' ELSE 'sent' END
"""

_DRAW = f"""
CREATE TEMPORARY TABLE drawn AS
SELECT n, gen_random_uuid() AS id, gen_random_uuid() AS document_id, gen_random_uuid() AS payload_id,
       gen_random_uuid() AS verdict_id, encode(sha256(n::text::bytea), 'hex') AS sha256,
       '0' || lpad((100000000 + floor(power(random(), 3) * {COMPANIES})::int)::text, 9, '0') AS company,
       CASE WHEN random() < 0.3 THEN 'SALE' ELSE 'PURCHASE' END AS direction,
       lpad(floor(random() * 20000)::int::text, 5, '0') AS supplier, {_STATES} AS state,
       date '2024-01-01' + (n::bigint * 1000 / CAST(:all AS int))::int - floor(random() * 20)::int AS issued,
       round((power(random(), 4) * 20000 + 5)::numeric, 2) AS amount, chance,
       timestamptz '2024-01-01' + make_interval(secs => n::bigint * 86400000 / CAST(:all AS int)) AS at
FROM (SELECT n, floor(random() * 1000)::int AS chance
      FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS n) AS numbers
"""

_FROM_DRAWN = """
ANALYZE drawn;
INSERT INTO payload (id, content, media_type, size, sha256)
SELECT payload_id, convert_to(repeat('<Invoice/>', 20), 'UTF8'), 'application/xml', 200, sha256 FROM drawn;
INSERT INTO document (id, sha256, size, payload_id, facts)
SELECT document_id, sha256, 200, payload_id, jsonb_build_object('number', '2024-' || n, 'currency', 'EUR',
    'issue_date', issued, 'payable_amount', amount::text, 'seller', jsonb_build_object('name', 'Supplier ' || supplier))
FROM drawn;
INSERT INTO verdict (id, document_id, rule_sets_key, rule_sets, verdict, findings)
SELECT verdict_id, document_id, 'Rules 1', CAST('[{{"name": "EN 16931", "version": "1.3.16"}}]' AS jsonb),
       CASE WHEN state = 'invalid' THEN 'invalid' ELSE 'valid' END,
       CASE WHEN mod(chance, 3) = 0 THEN jsonb_build_array(jsonb_build_object('code', 'BR-CO-15', 'severity', 'warning',
           'policy_class', 'warning', 'message', 'The sum is not the total.', 'location', '/Invoice', 'line', 12,
           'term', 'BT-112', 'found', '1.00', 'expected', '2.00', 'fix', 'Mend the total.')) ELSE '[]' END
FROM drawn WHERE state <> 'received';
INSERT INTO invoice (id, destination, source, source_id, version, document_id, company_number, direction,
    stated_number, number, issue_date, type_code, currency, payable_amount, issuer_key, identity_key, fingerprint,
    verdict_id, disposition, state, why, reason, receipt, receipt_verified, acknowledged, supplier_name,
    supplier_number, created_at, updated_at)
SELECT id, 'clearfacts', 'java-backend', 'r' || n, 1, document_id, company, direction, '2024-' || n, '2024-' || n,
       issued, '380', CASE WHEN mod(chance, 200) = 7 THEN 'USD' ELSE 'EUR' END, amount, 'enterprise ' || supplier,
       sha256, sha256, CASE WHEN state <> 'received' THEN verdict_id END, 'deliver', state, 'checked',
       'What became of it, in a sentence.', CASE WHEN state = 'sent' THEN gen_random_uuid()::text END, state = 'sent',
       state, 'Supplier ' || supplier, '04' || lpad(supplier, 8, '0'), at, at + interval '1 hour' * (mod(chance, 20))
FROM drawn ORDER BY n;
INSERT INTO invoice_words (invoice_id, words)
SELECT id, array_to_tsvector(ARRAY['2024', n::text, '2024' || n, 'r' || n, 'supplier', supplier, 's:supplier',
    's:' || supplier, '04' || lpad(supplier, 8, '0'), 's:04' || lpad(supplier, 8, '0'), 'c:' || company])
FROM drawn;
INSERT INTO job (id, flow_run_id, run_count, flow, requested_by, parameters, state, counts, waiting, ended_at,
    created_at)
SELECT md5('job ' || number)::uuid, md5('job ' || number)::uuid, 1, 'process-invoices', 'a schedule', '{{}}',
       'completed', '{{"sent": 1}}', 0, max(at) + interval '1 minute', min(at)
FROM (SELECT n / {job_size} AS number, at FROM drawn) AS each GROUP BY number ON CONFLICT DO NOTHING;
INSERT INTO job_invoice (job_id, invoice_id) SELECT md5('job ' || n / {job_size})::uuid, id FROM drawn;
INSERT INTO attempt (invoice_id, job_id, worker, document_sha256, company_number, direction, claimed_at,
    budget_ends_at, settled_at, outcome, code, message, http_status, receipt, hash)
SELECT id, md5('job ' || n / {job_size})::uuid, 1, sha256, company, direction, at, at, at,
       CASE state WHEN 'sent' THEN 'accepted' WHEN 'failed' THEN 'refused' ELSE 'unknown' END, 'a_code',
       'What was said.', 200, CASE WHEN state = 'sent' THEN id::text END, sha256
FROM drawn WHERE state IN ('sent', 'failed', 'outcome_unknown');
INSERT INTO audit_event (invoice_id, sequence, at, actor, from_state, to_state, why, hash)
SELECT id, step.sequence, at, 'a run', step.before, step.after, 'checked', sha256
FROM drawn CROSS JOIN (VALUES (1, NULL, 'received'), (2, 'received', 'ready'), (3, 'ready', 'sending'),
    (4, 'sending', 'sent')) AS step (sequence, before, after)
WHERE step.sequence = 1 OR state = 'sent';
DROP TABLE drawn
"""


def fill(owner: Engine, invoices: int, job_size: int = 1_000) -> None:
    """Put that many invoices into an empty ledger, each touched by one job of `job_size`, and tell the planner."""
    with owner.begin() as connection, _without_triggers_and_indexes(connection):
        connection.execute(text("SELECT setseed(0.5)"))
        for first in range(1, invoices + 1, _AT_ONCE):
            last = min(invoices, first + _AT_ONCE - 1)
            connection.execute(text(_DRAW), {"first": first, "last": last, "all": invoices})
            for statement in _FROM_DRAWN.format(job_size=job_size).split(";\n"):
                connection.exec_driver_sql(statement)
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"VACUUM ANALYZE {', '.join(_TABLES)}"))


@contextmanager
def _without_triggers_and_indexes(connection: Connection) -> Iterator[None]:
    """Built at the end indexes take a fraction of the time; the history of made-up invoices needs no guard."""
    indexes = connection.execute(
        text(
            "SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index i"
            " WHERE indrelid = ANY(CAST(:tables AS regclass[]))"
            " AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)"
        ),
        {"tables": list(_TABLES)},
    ).all()
    for index in indexes:
        connection.execute(text(f"DROP INDEX {index.name}"))
    for table in _TABLES:
        connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
    yield
    for table in _TABLES:
        connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER ALL"))
    for index in indexes:
        connection.exec_driver_sql(index.definition)


def companies_of(connection: Connection, most: int) -> list[str]:
    """Companies of the ledger, those with the most invoices first."""
    query = "SELECT company_number FROM invoice GROUP BY 1 ORDER BY count(*) DESC LIMIT :most"
    return list(connection.execute(text(query), {"most": most}).scalars())


def some_invoices(connection: Connection, most: int, companies: Sequence[str] | None = None) -> list[UUID]:
    """Ids of invoices from all over the ledger, or of some companies."""
    query = (
        "SELECT id FROM invoice WHERE CAST(:companies AS text[]) IS NULL OR company_number = ANY(:companies)"
        " ORDER BY identity_key LIMIT :most"
    )
    given = None if companies is None else list(companies)
    return list(connection.execute(text(query), {"most": most, "companies": given}).scalars())
