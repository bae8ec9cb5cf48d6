"""Templates in folders, with versions"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.security import TENANT, protect

revision = "0142"
down_revision = "0081"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("templates", sa.Column("folder", sa.Text(), server_default="", nullable=False))
    op.add_column("templates", sa.Column("version", sa.BigInteger(), server_default="1", nullable=False))
    op.create_table("template_versions", *_columns(), *_constraints())
    op.create_index(
        op.f("ix_template_versions_tenant_id_template_id_id"), "template_versions", ["tenant_id", "template_id", "id"]
    )
    protect("template_versions")


def downgrade() -> None:
    op.drop_table("template_versions")
    op.drop_column("templates", "version")
    op.drop_column("templates", "folder")


def _columns() -> list[sa.Column[object]]:
    tenant = sa.ForeignKey("tenants.id", name=op.f("fk_template_versions_tenant_id"), ondelete="CASCADE")
    return [
        sa.Column("tenant_id", sa.BigInteger(), tenant, server_default=sa.text(TENANT), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("template_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("document", JSONB(), nullable=True),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    ]


def _constraints() -> list[sa.Constraint]:
    return [
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_template_versions")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "template_id"], ["templates.tenant_id", "templates.id"],
            name=op.f("fk_template_versions_tenant_id_template_id"), ondelete="CASCADE",
        ),
    ]  # fmt: skip
