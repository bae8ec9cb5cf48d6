"""A launch remembers when the first was accepted, half of them, and the last"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0032"
branch_labels = None
depends_on = None

MOMENTS = ("first_accepted_at", "half_at", "last_accepted_at")


def upgrade() -> None:
    for name in MOMENTS:
        op.add_column("launches", sa.Column(name, sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for name in MOMENTS:
        op.drop_column("launches", name)
