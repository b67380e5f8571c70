"""The worker of a job, by whose lock others see whether its run still lives.

Revision ID: 0006
Revises: 0005
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it; the jobs that there are have none, so those that still run count as dead."""
    op.execute("ALTER TABLE job ADD COLUMN worker integer")


def downgrade() -> None:
    """Take it away."""
    op.execute("ALTER TABLE job DROP COLUMN worker")
