"""Saved blocks stand in the log of changes"""

from __future__ import annotations

from migrations.audit import forget, watch

revision = "0122"
down_revision = "0144"
branch_labels = None
depends_on = None


def upgrade() -> None:
    watch("saved_blocks", sitting=True)


def downgrade() -> None:
    forget("saved_blocks")
