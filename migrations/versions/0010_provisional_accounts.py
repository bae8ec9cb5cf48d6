"""Provisional accounts: an address is unique among verified accounts only"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0001"
branch_labels = None
depends_on = None

VERIFIED = sa.text("verified_at IS NOT NULL")


def upgrade() -> None:
    op.drop_constraint(op.f("uq_accounts_email"), "accounts")
    op.create_index(op.f("ix_accounts_email"), "accounts", ["email"])
    op.create_index("uq_accounts_verified_email", "accounts", ["email"], unique=True, postgresql_where=VERIFIED)


def downgrade() -> None:
    """Provisional accounts that share an address with another one go, and with them their places in workspaces."""
    op.execute(
        "DELETE FROM accounts a USING accounts b WHERE a.email = b.email AND a.id <> b.id AND a.verified_at IS NULL"
        " AND (b.verified_at IS NOT NULL OR b.id < a.id)"
    )
    op.drop_index("uq_accounts_verified_email", table_name="accounts", postgresql_where=VERIFIED)
    op.drop_index(op.f("ix_accounts_email"), table_name="accounts")
    op.create_unique_constraint(op.f("uq_accounts_email"), "accounts", ["email"])
