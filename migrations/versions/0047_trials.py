"""A mailing may try variants of itself, and may replace the rest of another"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0047"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mailings", sa.Column("trial", JSONB(), nullable=True))
    op.add_column("mailings", sa.Column("replaces_id", sa.BigInteger(), nullable=True))
    op.add_column("launches", sa.Column("undo_until", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("launches", "undo_until")
    op.drop_column("mailings", "replaces_id")
    op.drop_column("mailings", "trial")
