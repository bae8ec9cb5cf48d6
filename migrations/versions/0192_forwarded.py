"""Mails that readers sent on to a friend, whose address is forgotten when the mail has left"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0192"
down_revision = "0180"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("reactions", sa.Column("forwards", sa.Integer(), server_default="0", nullable=False))
    op.add_column("mailing_reactions", sa.Column("forwarders", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("notices", sa.Column("passing", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column("notices", "passing")
    op.drop_column("mailing_reactions", "forwarders")
    op.drop_column("reactions", "forwards")
