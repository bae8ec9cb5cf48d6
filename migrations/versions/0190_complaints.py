"""Who reported a mail as spam, and how many did

Reactions and their sums are written all the time: columns with no value or a constant default rewrite nothing.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0190"
down_revision = "0200"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("reactions", sa.Column("complained_at", sa.DateTime(timezone=True)))
    op.add_column("mailing_reactions", sa.Column("complainers", sa.BigInteger(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("mailing_reactions", "complainers")
    op.drop_column("reactions", "complained_at")
