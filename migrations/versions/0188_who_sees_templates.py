"""Who sees a template and who may change it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0188"
down_revision = "0187"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("templates", sa.Column("seen_by", sa.Text(), server_default="everyone", nullable=False))
    op.add_column("templates", sa.Column("changed_by", sa.Text(), server_default="writers", nullable=False))
    op.add_column("templates", sa.Column("owner_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_templates_tenant_id_owner_id"), "templates", "members",
        ["tenant_id", "owner_id"], ["tenant_id", "id"], ondelete="SET NULL (owner_id)",
    )  # fmt: skip


def downgrade() -> None:
    op.drop_column("templates", "owner_id")
    op.drop_column("templates", "changed_by")
    op.drop_column("templates", "seen_by")
