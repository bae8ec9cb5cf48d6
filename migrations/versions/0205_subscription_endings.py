"""What the payment service is to be told of the subscriptions of workspaces that leave"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0205"
down_revision = "0195"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "subscription_endings",
        sa.Column("subscription", sa.Text(), nullable=False),
        sa.Column("ending", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("subscription", name=op.f("pk_subscription_endings")),
    )


def downgrade() -> None:
    op.drop_table("subscription_endings")
