"""Templates that are made of blocks"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0032"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("templates", sa.Column("document", JSONB(), nullable=True))


def downgrade() -> None:
    op.drop_column("templates", "document")
