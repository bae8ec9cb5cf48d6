"""Which mailing of whom took how much of a month"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.security import TENANT, protect

revision = "0111"
down_revision = "0150"
branch_labels = None
depends_on = None

# What was launched before is known from the launches themselves.
BACKFILL = """
INSERT INTO usage_entries (tenant_id, mailing_id, month, title, member_id, reserved, sent, at, settled_at)
SELECT tenant_id, mailing_id, quota_month, subject, author_id, total,
       CASE WHEN finished_at IS NULL THEN 0 ELSE accepted END, coalesce(started_at, requested_at), finished_at
FROM launches WHERE quota_month IS NOT NULL
"""


def upgrade() -> None:
    tenant = sa.ForeignKey("tenants.id", name=op.f("fk_usage_entries_tenant_id"), ondelete="CASCADE")
    op.create_table(
        "usage_entries",
        sa.Column("tenant_id", sa.BigInteger(), tenant, server_default=sa.text(TENANT), nullable=False),
        sa.Column("mailing_id", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=True),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.Column("sent", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "mailing_id", name=op.f("pk_usage_entries")),
    )
    op.create_index(op.f("ix_usage_entries_tenant_id_month"), "usage_entries", ["tenant_id", "month"])
    op.execute(BACKFILL)
    protect("usage_entries")


def downgrade() -> None:
    op.drop_table("usage_entries")
