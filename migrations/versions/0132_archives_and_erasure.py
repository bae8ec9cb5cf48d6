"""Archives of whole workspaces, and when a workspace is to be erased"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.audit import watch
from migrations.security import protect

revision = "0132"
down_revision = "0121"
branch_labels = None
depends_on = None

TENANT = sa.text("nullif(current_setting('app.tenant_id', true), '')::bigint")


def _tenant(table: str) -> sa.Column[int]:
    to = sa.ForeignKey("tenants.id", name=op.f(f"fk_{table}_tenant_id"), ondelete="CASCADE")
    return sa.Column("tenant_id", sa.BigInteger(), to, server_default=TENANT, nullable=False)


def upgrade() -> None:
    op.add_column("tenants", sa.Column("erase_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_tenants_erase_at", "tenants", ["erase_at"], postgresql_where=sa.text("erase_at IS NOT NULL"))
    op.create_table(
        "archives",
        _tenant("archives"),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("size", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("rows", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("files", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_archives")),
    )
    protect("archives")
    watch("archives")
    op.create_table(
        "archive_chunks",
        _tenant("archive_chunks"),
        sa.Column("archive_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "archive_id", "number", name=op.f("pk_archive_chunks")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "archive_id"],
            ["archives.tenant_id", "archives.id"],
            name=op.f("fk_archive_chunks_tenant_id_archive_id"),
            ondelete="CASCADE",
        ),
    )
    protect("archive_chunks")


def downgrade() -> None:
    op.drop_table("archive_chunks")
    op.drop_table("archives")
    op.drop_column("tenants", "erase_at")
