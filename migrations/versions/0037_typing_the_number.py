"""A workspace may ask for the number of recipients to be typed above a limit"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tenants", sa.Column("typed_over", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("tenants", "typed_over")
