"""A second pair of eyes: who must ask before a mailing goes, and what was asked"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.security import TENANT, protect

revision = "0141"
down_revision = "0130"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tenants", sa.Column("approval_roles", sa.Text(), server_default="", nullable=False))
    op.add_column("tenants", sa.Column("approved_by", sa.Text(), server_default="admins", nullable=False))
    op.create_table("approvals", *_columns(), *_constraints())
    op.create_index(
        "uq_approvals_open", "approvals", ["tenant_id", "mailing_id"], unique=True,
        postgresql_where=sa.text("state = 'asked'"),
    )  # fmt: skip
    protect("approvals")


def downgrade() -> None:
    op.drop_table("approvals")
    op.drop_column("tenants", "approved_by")
    op.drop_column("tenants", "approval_roles")


def _columns() -> list[sa.Column[object]]:
    tenant = sa.ForeignKey("tenants.id", name=op.f("fk_approvals_tenant_id"), ondelete="CASCADE")
    return [
        sa.Column("tenant_id", sa.BigInteger(), tenant, server_default=sa.text(TENANT), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("mailing_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("wanted", JSONB(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("asked_by", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("state", sa.Text(), server_default="asked", nullable=False),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reply", sa.Text(), server_default="", nullable=False),
    ]


def _constraints() -> list[sa.Constraint]:
    return [
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_approvals")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "mailing_id"], ["mailings.tenant_id", "mailings.id"],
            name=op.f("fk_approvals_tenant_id_mailing_id"), ondelete="CASCADE",
        ),
    ]  # fmt: skip
