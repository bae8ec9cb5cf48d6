"""How far an import is taken back"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0070"
down_revision = "0038"
branch_labels = None
depends_on = None

COLUMNS = ("undone_through", "undone", "left_again")


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column("imports", sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))


def downgrade() -> None:
    for name in COLUMNS:
        op.drop_column("imports", name)
