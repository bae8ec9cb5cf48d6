"""Resets of a second factor that was lost"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.audit import watch
from migrations.security import TENANT, protect

revision = "0197"
down_revision = "0196"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tenant = sa.ForeignKey("tenants.id", name=op.f("fk_factor_resets_tenant_id"), ondelete="CASCADE")
    account = sa.ForeignKey("accounts.id", name=op.f("fk_factor_resets_account_id"), ondelete="CASCADE")
    op.create_table(
        "factor_resets",
        sa.Column("tenant_id", sa.BigInteger(), tenant, server_default=sa.text(TENANT), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), account, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_factor_resets")),
    )
    op.create_index(op.f("ix_factor_resets_account_id"), "factor_resets", ["account_id"])
    protect("factor_resets")
    watch("factor_resets", ignored="account_id")


def downgrade() -> None:
    op.drop_table("factor_resets")
