"""Files that go with mails"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.audit import watch
from migrations.security import TENANT, protect

revision = "0180"
down_revision = "0191"
branch_labels = None
depends_on = None

HOLDERS = ("mailings", "mailing_versions", "launches", "launch_contents")


def upgrade() -> None:
    tenant = sa.ForeignKey("tenants.id", name=op.f("fk_files_tenant_id"), ondelete="CASCADE")
    op.create_table(
        "files",
        sa.Column("tenant_id", sa.BigInteger(), tenant, server_default=sa.text(TENANT), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("added_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_files")),
        sa.UniqueConstraint("name", name=op.f("uq_files_name")),
        sa.UniqueConstraint("tenant_id", "digest", "title", name=op.f("uq_files_tenant_id_digest_title")),
    )
    protect("files")
    watch("files")
    for table in HOLDERS:
        op.add_column(table, sa.Column("attachments", JSONB(), server_default="[]", nullable=False))


def downgrade() -> None:
    for table in HOLDERS:
        op.drop_column(table, "attachments")
    op.drop_table("files")
