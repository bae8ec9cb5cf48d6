"""Who or what moved a subscription last, and the way to a list's people by state"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subscriptions", sa.Column("changed_by", sa.Text(), server_default="", nullable=False))
    op.create_index("ix_subscriptions_state", "subscriptions", ["tenant_id", "list_id", "state", "contact_id"])


def downgrade() -> None:
    op.drop_index("ix_subscriptions_state", table_name="subscriptions")
    op.drop_column("subscriptions", "changed_by")
