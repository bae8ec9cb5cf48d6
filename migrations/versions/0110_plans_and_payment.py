"""Plans that are asked for, how a workspace pays, and mails above the plan's number"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.security import TENANT, protect

revision = "0110"
down_revision = "0160"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name, kind in (("overage", sa.BigInteger()), ("overage_told", sa.BigInteger()), ("warned", sa.SmallInteger())):
        op.add_column("usage_months", sa.Column(name, kind, server_default="0", nullable=False))
    _create_accounts()
    _create_wishes()


def downgrade() -> None:
    op.drop_table("plan_wishes")
    op.drop_table("billing_accounts")
    for name in ("warned", "overage_told", "overage"):
        op.drop_column("usage_months", name)


def _tenant(table: str) -> sa.Column[object]:
    key = sa.ForeignKey("tenants.id", name=op.f(f"fk_{table}_tenant_id"), ondelete="CASCADE")
    return sa.Column("tenant_id", sa.BigInteger(), key, server_default=sa.text(TENANT), nullable=False)


def _create_accounts() -> None:
    moments = ("renews_at", "ends_at", "trial_ends_at", "past_due_since", "asked_at")
    op.create_table(
        "billing_accounts",
        _tenant("billing_accounts"),
        sa.Column("overage", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("currency", sa.Text(), server_default="krw", nullable=False),
        sa.Column("customer", sa.Text(), nullable=True),
        sa.Column("subscription", sa.Text(), server_default="", nullable=False),
        sa.Column("subscription_state", sa.Text(), server_default="", nullable=False),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=True) for name in moments),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_billing_accounts")),
        sa.UniqueConstraint("customer", name=op.f("uq_billing_accounts_customer")),
    )
    protect("billing_accounts")


def _create_wishes() -> None:
    op.create_table(
        "plan_wishes",
        _tenant("plan_wishes"),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("plan_code", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="asked", nullable=False),
        sa.Column("asked_by", sa.BigInteger(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("decided_by", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_plan_wishes")),
    )
    op.create_index(
        "uq_plan_wishes_open", "plan_wishes", ["tenant_id"], unique=True, postgresql_where=sa.text("state = 'asked'")
    )
    protect("plan_wishes")
