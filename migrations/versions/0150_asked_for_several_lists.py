"""One question by mail for several lists"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0150"
down_revision = "0080"
branch_labels = None
depends_on = None


def upgrade() -> None:
    lists = sa.Column("also_lists", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False)
    op.add_column("signups", lists)


def downgrade() -> None:
    op.drop_column("signups", "also_lists")
