"""Parts: the companies split by their number, so that runs can share the work.

Revision ID: 0016
Revises: 0015
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# MD5, and not a hash of PostgreSQL's own, which another version or another machine may compute otherwise.
COMPANY_PART = """
CREATE FUNCTION company_part(company_number text, parts integer) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT (('x' || right(md5(coalesce(company_number, '')), 8))::bit(32)::bigint % parts)::integer + 1
$$;
COMMENT ON FUNCTION company_part(text, integer) IS
    'In which of so many parts a company is, from 1; invoices without a company number are in one of them as well.';
"""

# What waits is read in the order of its arrival, a chunk at a time, however much waits and whoever it is for.
UNFINISHED = """
CREATE INDEX ix_invoice_unfinished ON invoice (arrival) WHERE state IN ('received', 'could_not_check', 'ready')
"""


def upgrade() -> None:
    """Add the function that says in which part a company is, and an index of what waits."""
    op.execute(COMPANY_PART)
    op.execute(UNFINISHED)


def downgrade() -> None:
    """Drop both."""
    op.execute("DROP INDEX ix_invoice_unfinished")
    op.execute("DROP FUNCTION company_part(text, integer)")
