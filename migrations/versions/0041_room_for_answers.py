"""Room on the ledger's pages for the answers, so that writing them touches no index"""

from __future__ import annotations

from alembic import op

revision = "0041"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE deliveries SET (fillfactor = 40)")


def downgrade() -> None:
    op.execute("ALTER TABLE deliveries SET (fillfactor = 80)")
