"""What only some recipients of a launch see, and a text part that its author wrote"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0030"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("launches", sa.Column("text_part", sa.Text(), server_default="", nullable=False))
    op.add_column("launches", sa.Column("conditions", JSONB(), server_default="[]", nullable=False))


def downgrade() -> None:
    op.drop_column("launches", "conditions")
    op.drop_column("launches", "text_part")
