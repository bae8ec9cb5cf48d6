"""Orders that readers made after a click"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.security import protect

revision = "0082"
down_revision = "0152"
branch_labels = None
depends_on = None

TENANT_ID = sa.text("nullif(current_setting('app.tenant_id', true), '')::bigint")


def upgrade() -> None:
    op.add_column("tenants", sa.Column("shop_hosts", sa.Text(), server_default="", nullable=False))
    op.add_column("tenants", sa.Column("conversion_days", sa.SmallInteger(), server_default="7", nullable=False))
    op.add_column("tenants", sa.Column("conversion_key", sa.Integer(), server_default="1", nullable=False))
    op.create_table(
        "conversions",
        sa.Column("tenant_id", sa.BigInteger(), server_default=TENANT_ID, nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(16, 2), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mailing_id", sa.BigInteger(), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("link", sa.Integer(), nullable=True),
        sa.Column("clicked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_conversions_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "order_id", name=op.f("pk_conversions")),
    )
    op.create_index("ix_conversions_mailing", "conversions", ["tenant_id", "mailing_id", "at"])
    protect("conversions")
    op.create_table(
        "conversion_counts",
        sa.Column("tenant_id", sa.BigInteger(), server_default=TENANT_ID, nullable=False),
        sa.Column("mailing_id", sa.BigInteger(), nullable=False),
        sa.Column("orders", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("revenue", sa.Numeric(18, 2), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_conversion_counts_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "mailing_id", name=op.f("pk_conversion_counts")),
    )
    protect("conversion_counts")


def downgrade() -> None:
    op.drop_table("conversion_counts")
    op.drop_table("conversions")
    for name in ("conversion_key", "conversion_days", "shop_hosts"):
        op.drop_column("tenants", name)
