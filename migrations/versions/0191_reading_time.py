"""How long mails were read, where a workspace wants to know: off, until it says so

The longest reading of each recipient is kept in tenths of a second, and people are counted by it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0191"
down_revision = "0172"
branch_labels = None
depends_on = None

SWITCHED = ("tenants", "launches")
COUNTS = ("glanced", "skimmed", "studied")


def upgrade() -> None:
    for table in SWITCHED:
        column = sa.Column("track_reading", sa.Boolean(), server_default=sa.false(), nullable=False)
        op.add_column(table, column)
    op.add_column("reactions", sa.Column("read_for", sa.Integer()))
    for name in COUNTS:
        column = sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)
        op.add_column("mailing_reactions", column)


def downgrade() -> None:
    for name in reversed(COUNTS):
        op.drop_column("mailing_reactions", name)
    op.drop_column("reactions", "read_for")
    for table in reversed(SWITCHED):
        op.drop_column(table, "track_reading")
