"""The logo of a workspace: the public name of a picture"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0199"
down_revision = "0192"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tenants", sa.Column("logo", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("tenants", "logo")
