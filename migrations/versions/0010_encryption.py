"""Encryption: by which key a payload's content is encrypted.

Revision ID: 0010
Revises: 0009
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# How the bytes lie may change, never what they are: where they become plain, their SHA-256 proves it here; where
# they stay encrypted, only who has the keys can tell (`waybill audit verify --documents`).
UP = """
ALTER TABLE payload ADD COLUMN key_id text
    CONSTRAINT ck_payload_key_id CHECK (key_id IS NULL OR key_id ~ '^[0-9a-f]{16}$' AND media_type <> 'text/plain');
COMMENT ON COLUMN payload.key_id IS 'The key that content is encrypted by; null where it is plain.';
COMMENT ON COLUMN payload.sha256 IS 'Of the plain bytes, as is size.';
DROP TRIGGER payload_is_erased_or_kept ON payload;
CREATE TRIGGER payload_is_erased_or_kept BEFORE UPDATE ON payload
    FOR EACH ROW WHEN ((OLD.sha256, OLD.size) IS DISTINCT FROM (NEW.sha256, NEW.size)
        OR NEW.content IS NOT NULL AND (
            OLD.content IS NULL
            OR (NEW.content IS DISTINCT FROM OLD.content) <> (NEW.key_id IS DISTINCT FROM OLD.key_id)
            OR OLD.key_id IS NOT NULL AND NEW.key_id IS NULL AND encode(sha256(NEW.content), 'hex') <> NEW.sha256))
    EXECUTE FUNCTION refuse_change();
"""

DOWN = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM payload WHERE key_id IS NOT NULL AND content IS NOT NULL) THEN
        RAISE EXCEPTION 'the ledger holds encrypted documents: run `waybill keys rotate --decrypt` first';
    END IF;
END $$;
DROP TRIGGER payload_is_erased_or_kept ON payload;
CREATE TRIGGER payload_is_erased_or_kept BEFORE UPDATE ON payload
    FOR EACH ROW WHEN (NEW.content IS NOT NULL AND NEW.content IS DISTINCT FROM OLD.content
        OR (OLD.sha256, OLD.size) IS DISTINCT FROM (NEW.sha256, NEW.size))
    EXECUTE FUNCTION refuse_change();
ALTER TABLE payload DROP COLUMN key_id;
COMMENT ON COLUMN payload.sha256 IS NULL;
"""


def upgrade() -> None:
    """Add the column, and let the content change together with it."""
    op.execute(UP)


def downgrade() -> None:
    """Take both back; refused while anything is encrypted."""
    op.execute(DOWN)
