"""Whom a key of a customer's database means, so that a change of address is one"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.security import protect

revision = "0153"
down_revision = "0143"
branch_labels = None
depends_on = None

TENANT_ID = sa.text("nullif(current_setting('app.tenant_id', true), '')::bigint")


def upgrade() -> None:
    op.create_table(
        "sync_keys",
        sa.Column("tenant_id", sa.BigInteger(), server_default=TENANT_ID, nullable=False),
        sa.Column("sync_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "sync_id"], ["syncs.tenant_id", "syncs.id"],
            name=op.f("fk_sync_keys_tenant_id_sync_id"), ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contact_id"], ["contacts.tenant_id", "contacts.id"],
            name=op.f("fk_sync_keys_tenant_id_contact_id"), ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "sync_id", "key", name=op.f("pk_sync_keys")),
    )  # fmt: skip
    op.create_index("ix_sync_keys_contact", "sync_keys", ["tenant_id", "contact_id"])
    protect("sync_keys")


def downgrade() -> None:
    op.drop_table("sync_keys")
