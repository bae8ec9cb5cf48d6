"""Which later reports a workspace wants by mail"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.security import protect

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "report_choices",
        sa.Column(
            "tenant_id",
            sa.BigInteger(),
            sa.ForeignKey("tenants.id", name=op.f("fk_report_choices_tenant_id"), ondelete="CASCADE"),
            server_default=sa.text("nullif(current_setting('app.tenant_id', true), '')::bigint"),
            nullable=False,
        ),
        sa.Column("after_day", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("after_week", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_report_choices")),
    )
    protect("report_choices")


def downgrade() -> None:
    op.drop_table("report_choices")
