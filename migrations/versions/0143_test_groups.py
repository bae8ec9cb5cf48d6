"""Groups of addresses that tests go to"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from migrations.security import TENANT, protect

revision = "0143"
down_revision = "0100"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tenant = sa.ForeignKey("tenants.id", name=op.f("fk_test_groups_tenant_id"), ondelete="CASCADE")
    op.create_table(
        "test_groups",
        sa.Column("tenant_id", sa.BigInteger(), tenant, server_default=sa.text(TENANT), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("addresses", ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_test_groups")),
    )
    protect("test_groups")


def downgrade() -> None:
    op.drop_table("test_groups")
