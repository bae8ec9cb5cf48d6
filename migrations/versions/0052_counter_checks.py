"""The nightly checks of counters and what they found"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.security import protect

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "counter_checks",
        sa.Column(
            "tenant_id",
            sa.BigInteger(),
            sa.ForeignKey("tenants.id", name=op.f("fk_counter_checks_tenant_id"), ondelete="CASCADE"),
            server_default=sa.text("nullif(current_setting('app.tenant_id', true), '')::bigint"),
            nullable=False,
        ),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("mailings", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("differences", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "day", name=op.f("pk_counter_checks")),
    )
    protect("counter_checks")


def downgrade() -> None:
    op.drop_table("counter_checks")
