"""Blocks that are kept for other mails"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.security import TENANT, protect

revision = "0144"
down_revision = "0133"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tenant = sa.ForeignKey("tenants.id", name=op.f("fk_saved_blocks_tenant_id"), ondelete="CASCADE")
    op.create_table(
        "saved_blocks",
        sa.Column("tenant_id", sa.BigInteger(), tenant, server_default=sa.text(TENANT), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("block", JSONB(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_saved_blocks")),
    )
    protect("saved_blocks")


def downgrade() -> None:
    op.drop_table("saved_blocks")
