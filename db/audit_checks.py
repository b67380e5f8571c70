"""What an auditor asks of the ledger, as SQL: each statement finds the rows that are not as they were written.

Every statement gives the same columns: what is wrong, the invoice, where, what was found and what was expected.
Hashes are computed by the functions that the triggers use. Nothing from a row that may have been tampered with
is cast, so that no such row can stop the others from being looked at.
"""

from sqlalchemy import text

# The window, and OFFSET 0 below, keep a hash from being computed twice; only odd rows are looked at further.
_EVENTS = """
WITH walked AS (
    SELECT e.invoice_id, e.sequence, e.hash, e.previous_hash, audit_hash(e) AS computed,
           coalesce(lag(e.sequence) OVER chain, 0) + 1 AS due, lag(e.hash) OVER chain AS hash_before,
           lead(e.previous_hash) OVER chain AS hash_known_after
    FROM audit_event e WINDOW chain AS (PARTITION BY e.invoice_id ORDER BY e.sequence)
), odd AS MATERIALIZED (
    SELECT w.*, coalesce(w.hash_known_after, h.hash) AS rightful
    FROM walked w LEFT JOIN sealed_head h USING (invoice_id, sequence)
    WHERE w.computed <> w.hash OR w.sequence <> w.due OR w.previous_hash IS DISTINCT FROM w.hash_before
)
SELECT p.kind, o.invoice_id, 'event ' || o.sequence AS place, p.found, p.expected
FROM odd o
LEFT JOIN (SELECT DISTINCT ON (rightful) * FROM odd) AS owner
    ON owner.rightful = o.hash AND (owner.invoice_id, owner.sequence) <> (o.invoice_id, o.sequence)
LEFT JOIN (SELECT DISTINCT ON (hash) * FROM odd) AS away
    ON away.hash = o.rightful AND (away.invoice_id, away.sequence) <> (o.invoice_id, o.sequence)
CROSS JOIN LATERAL (SELECT coalesce(owner.sequence, away.sequence) AS sequence,
                           coalesce(owner.invoice_id, away.invoice_id) AS invoice_id) AS other
CROSS JOIN LATERAL (VALUES
    ('event_swapped', 'the content of event ' || other.sequence || ' of invoice ' || other.invoice_id, o.rightful,
     o.computed <> o.hash AND other.sequence IS NOT NULL),
    ('event_changed', o.computed, o.hash, o.computed <> o.hash AND other.sequence IS NULL),
    ('event_missing', 'event ' || o.sequence, 'event ' || o.due, o.sequence <> o.due),
    ('chain_broken', o.previous_hash, o.hash_before,
     o.sequence = o.due AND o.previous_hash IS DISTINCT FROM o.hash_before)
) AS p (kind, found, expected, is_so)
WHERE p.is_so
"""

_SEALS = """
WITH walked AS (
    SELECT s.*, seal_hash(s) AS computed, coalesce(lag(s.number) OVER chain, 0) + 1 AS due,
           lag(s.hash) OVER chain AS hash_before, lead(s.previous_hash) OVER chain AS rightful
    FROM seal s WINDOW chain AS (ORDER BY s.number)
)
SELECT p.kind, NULL::uuid AS invoice_id, 'seal ' || w.number AS place, p.found, p.expected
FROM walked w
LEFT JOIN walked owner ON owner.rightful = w.hash AND owner.number <> w.number AND w.computed <> w.hash
LEFT JOIN walked away ON away.hash = w.rightful AND away.number <> w.number AND w.computed <> w.hash
CROSS JOIN LATERAL (SELECT coalesce(owner.number, away.number) AS number) AS other
CROSS JOIN LATERAL (VALUES
    ('seal_swapped', 'the content of seal ' || other.number, w.rightful,
     w.computed <> w.hash AND other.number IS NOT NULL),
    ('seal_changed', w.computed, w.hash, w.computed <> w.hash AND other.number IS NULL),
    ('seal_missing', 'seal ' || w.number, 'seal ' || w.due, w.number <> w.due),
    ('seal_chain_broken', w.previous_hash, w.hash_before,
     w.number = w.due AND w.previous_hash IS DISTINCT FROM w.hash_before)
) AS p (kind, found, expected, is_so)
WHERE p.is_so
UNION ALL
SELECT 'seal_missing', NULL, 'a seal over ' || count(*) || ' events', NULL, 'the seal of id ' || h.seal_id
FROM sealed_head h LEFT JOIN seal s ON s.id = h.seal_id WHERE s.id IS NULL GROUP BY h.seal_id
"""

_SEALED_EVENTS = """
SELECT CASE WHEN e.hash IS NULL THEN 'sealed_event_missing' ELSE 'sealed_event_changed' END AS kind,
       h.invoice_id, 'event ' || h.sequence AS place, e.hash AS found, h.hash AS expected
FROM sealed_head h LEFT JOIN audit_event e USING (invoice_id, sequence)
WHERE e.hash IS DISTINCT FROM h.hash
"""

_LAST_EVENTS = """
SELECT DISTINCT ON (invoice_id) invoice_id, sequence, to_state, evidence
FROM audit_event ORDER BY invoice_id DESC, sequence DESC
"""

_INVOICES = f"""
SELECT p.kind, coalesce(i.id, last.invoice_id) AS invoice_id, 'the invoice' AS place, p.found, p.expected
FROM ({_LAST_EVENTS}) AS last FULL JOIN invoice i ON i.id = last.invoice_id
CROSS JOIN LATERAL (VALUES
    ('invoice_missing', NULL, last.to_state, i.id IS NULL),
    ('history_missing', NULL, i.state, last.invoice_id IS NULL),
    ('state_differs', i.state, last.to_state, i.state <> last.to_state),
    ('receipt_differs', concat_ws(' verified ', coalesce(i.receipt, 'none'), i.receipt_verified::text),
     concat_ws(' verified ', coalesce(last.evidence ->> 'receipt', 'none'), last.evidence ->> 'receipt_verified'),
     (last.to_state <> 'sent' OR last.evidence IS NOT NULL)
     AND (i.receipt IS DISTINCT FROM last.evidence ->> 'receipt' OR last.to_state = 'sent'
          AND i.receipt_verified::text IS DISTINCT FROM last.evidence ->> 'receipt_verified'))
) AS p (kind, found, expected, is_so)
WHERE p.is_so AND (p.kind IN ('invoice_missing', 'history_missing') OR i.id = last.invoice_id)
UNION ALL
SELECT 'invoice_missing', u.invoice_id, 'the invoice', NULL, 'an invoice that waits for its seal'
FROM unsealed u LEFT JOIN invoice i ON i.id = u.invoice_id
WHERE i.id IS NULL AND NOT EXISTS (SELECT FROM audit_event e WHERE e.invoice_id = u.invoice_id)
"""

_NOT_QUEUED = f"""
SELECT 'not_queued' AS kind, last.invoice_id, 'event ' || last.sequence AS place, NULL AS found,
       'a seal, or a place among what waits for one' AS expected
FROM ({_LAST_EVENTS}) AS last
LEFT JOIN (SELECT invoice_id, max(sequence) AS sequence FROM sealed_head GROUP BY invoice_id) AS sealed
    USING (invoice_id)
WHERE coalesce(sealed.sequence, 0) < last.sequence
  AND NOT EXISTS (SELECT FROM unsealed u WHERE u.invoice_id = last.invoice_id)
"""

_RECORDS = """
SELECT 'record_differs' AS kind, i.id AS invoice_id, 'the invoice' AS place, now.record::text AS found,
       was.record::text AS expected
FROM audit_event e JOIN invoice i ON i.id = e.invoice_id LEFT JOIN document d ON d.id = i.document_id
CROSS JOIN LATERAL (SELECT jsonb_build_object('document_sha256', d.sha256, 'source', i.source,
    'source_id', i.source_id, 'version', i.version) AS record) AS now
CROSS JOIN LATERAL (SELECT (e.evidence -> 'record') - 'company_number' - 'direction' AS record) AS was
WHERE e.sequence = 1 AND e.evidence IS NOT NULL AND now.record IS DISTINCT FROM was.record
"""

_ATTEMPTS = """
WITH recorded AS (
    SELECT invoice_id, evidence -> 'attempt' AS evidence FROM audit_event
    WHERE from_state = 'sending' AND evidence ->> 'attempt' IS NOT NULL
)
SELECT p.kind, coalesce(a.invoice_id, r.invoice_id) AS invoice_id,
       'attempt ' || coalesce(a.id::text, r.evidence ->> 'id') AS place, p.found, p.expected
FROM recorded r FULL JOIN attempt a ON a.id::text = r.evidence ->> 'id'
LEFT JOIN audit_event entry ON entry.invoice_id = a.invoice_id AND entry.sequence = 1
CROSS JOIN LATERAL (SELECT attempt_hash(a) AS computed, attempt_evidence(a) AS evidence OFFSET 0) AS now
CROSS JOIN LATERAL (VALUES
    ('attempt_missing', NULL, r.evidence ->> 'hash', a.id IS NULL),
    ('attempt_changed', now.computed, coalesce(r.evidence ->> 'hash', a.hash),
     a.id IS NOT NULL AND (now.computed <> a.hash OR a.hash IS DISTINCT FROM coalesce(r.evidence ->> 'hash', a.hash))),
    ('answer_changed', now.evidence ->> 'answer_sha256', r.evidence ->> 'answer_sha256',
     a.id IS NOT NULL AND r.evidence IS NOT NULL
     AND now.evidence ->> 'answer_sha256' IS DISTINCT FROM r.evidence ->> 'answer_sha256'),
    ('attempt_unrecorded', a.hash, NULL,
     r.evidence IS NULL AND a.settled_at IS NOT NULL AND entry.evidence IS NOT NULL)
) AS p (kind, found, expected, is_so)
WHERE p.is_so
"""

_DECISIONS = """
SELECT p.kind, coalesce(d.invoice_id, e.invoice_id) AS invoice_id,
       'decision ' || coalesce(d.id, e.decision_id) AS place, p.found, p.expected
FROM (SELECT invoice_id, decision_id, evidence -> 'decision' AS evidence FROM audit_event
      WHERE decision_id IS NOT NULL) AS e
FULL JOIN decision d ON d.id = e.decision_id
LEFT JOIN payload reason ON reason.id = d.reason_id
CROSS JOIN LATERAL (SELECT decision_evidence(d) AS evidence,
    encode(sha256(reason.content), 'hex') AS reason_sha256) AS now
CROSS JOIN LATERAL (VALUES
    ('decision_missing', NULL, e.evidence::text, d.id IS NULL),
    ('decision_changed', now.evidence::text, e.evidence::text, d.id IS NOT NULL AND now.evidence <> e.evidence),
    ('reason_changed', now.reason_sha256, reason.sha256, now.reason_sha256 <> reason.sha256),
    ('decision_unrecorded', d.decision, NULL, e.invoice_id IS NULL)
) AS p (kind, found, expected, is_so)
WHERE p.is_so
"""

# A check that failed is made again and its verdict replaced, and so is one that a person has made again by
# force: until it was acted upon, an invoice of the document waits.
_VERDICTS = """
WITH recorded AS (
    SELECT DISTINCT invoice_id, evidence -> 'verdict' AS evidence FROM audit_event
    WHERE evidence ->> 'verdict' IS NOT NULL
), acted_upon AS (
    SELECT evidence ->> 'id' AS id, min(invoice_id::text)::uuid AS invoice_id, array_agg(evidence) AS evidence,
           bool_or(evidence ->> 'verdict' IS DISTINCT FROM 'could_not_check') AS definite
    FROM recorded GROUP BY evidence ->> 'id'
)
SELECT CASE WHEN v.id IS NULL THEN 'verdict_missing' ELSE 'verdict_changed' END AS kind, r.invoice_id,
       'verdict ' || r.id AS place, verdict_evidence(v)::text AS found, r.evidence[1]::text AS expected
FROM acted_upon r LEFT JOIN verdict v ON v.id::text = r.id
WHERE v.id IS NULL OR r.definite AND verdict_evidence(v) <> ALL (r.evidence) AND NOT EXISTS (
    SELECT FROM invoice i WHERE i.document_id = v.document_id AND (
        i.state IN ('received', 'could_not_check') OR i.state IN ('held', 'ready') AND i.verdict_id IS NULL))
"""

_FIRST_OF_DOCUMENT = """
LEFT JOIN LATERAL (SELECT id FROM invoice WHERE document_id = d.id ORDER BY arrival LIMIT 1) AS i ON true
"""

_DOCUMENTS = f"""
SELECT 'document_changed' AS kind, i.id AS invoice_id, 'document ' || d.id AS place,
       p.sha256 || ', ' || p.size || ' bytes' AS found, d.sha256 || ', ' || d.size || ' bytes' AS expected
FROM document d LEFT JOIN payload p ON p.id = d.payload_id {_FIRST_OF_DOCUMENT}
WHERE p.id IS NULL OR (p.sha256, p.size) <> (d.sha256, d.size)
"""

_BYTES = f"""
SELECT 'bytes_changed' AS kind, i.id AS invoice_id, 'document ' || d.id AS place,
       encode(sha256(p.content), 'hex') AS found, d.sha256 AS expected
FROM document d JOIN payload p ON p.id = d.payload_id {_FIRST_OF_DOCUMENT}
WHERE p.key_id IS NULL AND encode(sha256(p.content), 'hex') <> d.sha256
UNION ALL
SELECT 'bytes_changed', a.invoice_id, 'the answer to attempt ' || a.id, encode(sha256(p.content), 'hex'), p.sha256
FROM attempt a JOIN payload p ON p.id = a.answer_id
WHERE p.key_id IS NULL AND encode(sha256(p.content), 'hex') <> p.sha256
"""

_ENCRYPTED = f"""
SELECT p.id, octet_length(p.content) AS size, i.id AS invoice_id, 'document ' || d.id AS place, d.sha256 AS expected
FROM document d JOIN payload p ON p.id = d.payload_id {_FIRST_OF_DOCUMENT}
WHERE p.key_id IS NOT NULL AND p.content IS NOT NULL
UNION ALL
SELECT p.id, octet_length(p.content), a.invoice_id, 'the answer to attempt ' || a.id, p.sha256
FROM attempt a JOIN payload p ON p.id = a.answer_id
WHERE p.key_id IS NOT NULL AND p.content IS NOT NULL
"""

HISTORY = tuple(
    text(query)
    for query in (
        _EVENTS, _SEALS, _SEALED_EVENTS, _INVOICES, _NOT_QUEUED, _RECORDS, _ATTEMPTS, _DECISIONS, _VERDICTS,
        _DOCUMENTS,
    )
)  # fmt: skip
"""All but the bytes of documents and answers."""

BYTES = text(_BYTES)
"""Reads all bytes that are plain and computes their SHA-256."""

ENCRYPTED = text(_ENCRYPTED)
"""Finds all bytes that are encrypted, which only who has the keys can look at."""

TOTALS = text("""
SELECT (SELECT count(*) FROM invoice) AS invoices, (SELECT count(*) FROM audit_event) AS events,
       (SELECT count(*) FROM seal) AS seals,
       (SELECT count(*) FROM audit_event e
        LEFT JOIN (SELECT invoice_id, max(sequence) AS sequence FROM sealed_head GROUP BY invoice_id) AS sealed
            USING (invoice_id)
        WHERE e.sequence > coalesce(sealed.sequence, 0)) AS unsealed_events
""")

ANCHOR = text("""
SELECT CASE WHEN s.hash IS NULL THEN 'anchor_missing' ELSE 'anchor_differs' END AS kind, NULL::uuid AS invoice_id,
       'seal ' || CAST(:number AS bigint) AS place, s.hash AS found, CAST(:hash AS text) AS expected
FROM (SELECT) AS one LEFT JOIN seal s ON s.number = :number
WHERE s.hash IS DISTINCT FROM :hash
""")
