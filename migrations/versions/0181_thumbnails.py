"""Small pictures of mails and templates"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.security import TENANT, protect

revision = "0181"
down_revision = "0188"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tenant = sa.ForeignKey("tenants.id", name=op.f("fk_thumbnails_tenant_id"), ondelete="CASCADE")
    op.create_table(
        "thumbnails",
        sa.Column("tenant_id", sa.BigInteger(), tenant, server_default=sa.text(TENANT), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "subject", name=op.f("pk_thumbnails")),
        sa.UniqueConstraint("name", name=op.f("uq_thumbnails_name")),
    )
    protect("thumbnails")


def downgrade() -> None:
    op.drop_table("thumbnails")
