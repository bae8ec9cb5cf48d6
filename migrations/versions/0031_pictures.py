"""The pictures of a workspace"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.security import protect

revision = "0031"
down_revision = "0028"
branch_labels = None
depends_on = None

TENANT_ID = sa.text("nullif(current_setting('app.tenant_id', true), '')::bigint")


def upgrade() -> None:
    op.create_table(
        "pictures",
        sa.Column("tenant_id", sa.BigInteger(), server_default=TENANT_ID, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), server_default="", nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.BigInteger(), nullable=False),
        sa.Column("height", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("added_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_pictures_tenant_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_pictures")),
        sa.UniqueConstraint("name", name=op.f("uq_pictures_name")),
        sa.UniqueConstraint("tenant_id", "digest", name=op.f("uq_pictures_tenant_id_digest")),
    )
    protect("pictures")


def downgrade() -> None:
    op.drop_table("pictures")
