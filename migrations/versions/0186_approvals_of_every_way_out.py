"""Approvals of what comes again and of corrections, and series that are bound to what was approved"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0186"
down_revision = "0185"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("approvals", sa.Column("act", sa.Text(), server_default="launch", nullable=False))
    op.add_column("series", sa.Column("digest", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("series", "digest")
    op.drop_column("approvals", "act")
