"""Pictures that are a part of another one"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0182"
down_revision = "0181"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("pictures", sa.Column("whole_id", sa.BigInteger(), nullable=True))
    op.add_column("pictures", sa.Column("frame", JSONB(), nullable=True))


def downgrade() -> None:
    op.drop_column("pictures", "frame")
    op.drop_column("pictures", "whole_id")
