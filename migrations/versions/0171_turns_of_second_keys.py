"""The keys of the second signature take turns"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0171"
down_revision = "0170"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sending_domains", sa.Column("active_ed25519", sa.Text(), server_default="mpe", nullable=False))
    op.add_column(
        "sending_domains",
        sa.Column("ed25519_rotated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("sending_domains", "ed25519_rotated_at")
    op.drop_column("sending_domains", "active_ed25519")
