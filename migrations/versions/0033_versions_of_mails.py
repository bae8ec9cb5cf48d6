"""What mailings said before"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.security import TENANT, protect

revision = "0033"
down_revision = "0070"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("mailing_versions", *_columns(), *_constraints())
    op.create_index(
        op.f("ix_mailing_versions_tenant_id_mailing_id_id"), "mailing_versions", ["tenant_id", "mailing_id", "id"]
    )
    protect("mailing_versions")


def downgrade() -> None:
    op.drop_table("mailing_versions")


def _columns() -> list[sa.Column[object]]:
    tenant = sa.ForeignKey("tenants.id", name=op.f("fk_mailing_versions_tenant_id"), ondelete="CASCADE")
    return [
        sa.Column("tenant_id", sa.BigInteger(), tenant, server_default=sa.text(TENANT), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("mailing_id", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("document", JSONB(), nullable=True),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("text_part", sa.Text(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    ]


def _constraints() -> list[sa.Constraint]:
    return [
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_mailing_versions")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "mailing_id"], ["mailings.tenant_id", "mailings.id"],
            name=op.f("fk_mailing_versions_tenant_id_mailing_id"), ondelete="CASCADE",
        ),
    ]  # fmt: skip
