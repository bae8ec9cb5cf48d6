"""How workspaces behave: what was sent and answered in a day, and brakes"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.audit import watch
from migrations.security import TENANT, protect

revision = "0113"
down_revision = "0090"
branch_labels = None
depends_on = None


def upgrade() -> None:
    numbers = ("taken", "accepted", "hard_bounces", "complaints")
    op.create_table(
        "conduct_days",
        _tenant("conduct_days"),
        sa.Column("day", sa.Date(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), server_default="0", nullable=False) for name in numbers),
        sa.PrimaryKeyConstraint("tenant_id", "day", name=op.f("pk_conduct_days")),
    )
    protect("conduct_days")
    op.create_table(
        "brakes",
        _tenant("brakes"),
        sa.Column("braked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("share", sa.Float(), server_default="0", nullable=False),
        sa.Column("words", sa.Text(), server_default="", nullable=False),
        sa.Column("appealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counted_from", sa.Date(), nullable=True),
        sa.Column("trusted", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("decided_by", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_brakes")),
    )
    protect("brakes")
    watch("brakes")


def downgrade() -> None:
    op.drop_table("brakes")
    op.drop_table("conduct_days")


def _tenant(table: str) -> sa.Column[object]:
    key = sa.ForeignKey("tenants.id", name=op.f(f"fk_{table}_tenant_id"), ondelete="CASCADE")
    return sa.Column("tenant_id", sa.BigInteger(), key, server_default=sa.text(TENANT), nullable=False)
