"""Roles that a workspace makes for itself"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from migrations.audit import watch
from migrations.security import TENANT, protect

revision = "0195"
down_revision = "0122"
branch_labels = None
depends_on = None

HOLDERS = ("members", "invitations")


def upgrade() -> None:
    tenant = sa.ForeignKey("tenants.id", name=op.f("fk_roles_tenant_id"), ondelete="CASCADE")
    op.create_table(
        "roles",
        sa.Column("tenant_id", sa.BigInteger(), tenant, server_default=sa.text(TENANT), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("permissions", ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_roles")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_roles_tenant_id_name")),
    )
    protect("roles")
    watch("roles")
    for table in HOLDERS:
        op.alter_column(table, "role", nullable=True)
        op.add_column(table, sa.Column("own_role_id", sa.BigInteger()))
        op.create_foreign_key(
            op.f(f"fk_{table}_tenant_id_own_role_id"), table, "roles",
            ["tenant_id", "own_role_id"], ["tenant_id", "id"],
        )  # fmt: skip
        op.create_check_constraint(op.f(f"ck_{table}_one_role"), table, "(role IS NULL) <> (own_role_id IS NULL)")


def downgrade() -> None:
    for table in HOLDERS:
        op.execute(f"UPDATE {table} SET role = 'analyst' WHERE role IS NULL")
        op.drop_column(table, "own_role_id")
        op.alter_column(table, "role", nullable=False)
    op.drop_table("roles")
