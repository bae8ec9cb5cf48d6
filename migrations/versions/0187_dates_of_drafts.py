"""The day and hour for which a draft is meant"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0187"
down_revision = "0186"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mailings", sa.Column("wished_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_mailings_wished_at", "mailings", ["tenant_id", "wished_at"],
        postgresql_where=sa.text("wished_at IS NOT NULL"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_column("mailings", "wished_at")
