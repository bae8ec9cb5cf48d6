"""How the connection of a recipient's last answer was encrypted"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A constant default is not written into the rows, however many there are.
    op.add_column("deliveries", sa.Column("tls", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("deliveries", "tls")
