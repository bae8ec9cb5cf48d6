"""Keys that programs come in with, and their answers that may be asked for again"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from migrations.audit import forget, watch
from migrations.security import TENANT, protect

revision = "0200"
down_revision = "0205"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_keys",
        _tenant("api_keys"),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", ARRAY(sa.Text()), nullable=False),
        sa.Column("networks", ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("used_on", sa.Date(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("tenant_id", "prefix", name=op.f("uq_api_keys_tenant_id_prefix")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "member_id"], ["members.tenant_id", "members.id"],
            name=op.f("fk_api_keys_tenant_id_member_id"), ondelete="CASCADE",
        ),
    )  # fmt: skip
    op.create_table(
        "api_answers",
        _tenant("api_answers"),
        sa.Column("key_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("body", sa.LargeBinary(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "key_id", "name", name=op.f("pk_api_answers")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "key_id"], ["api_keys.tenant_id", "api_keys.id"],
            name=op.f("fk_api_answers_tenant_id_key_id"), ondelete="CASCADE",
        ),
    )  # fmt: skip
    op.create_index("ix_api_answers_created_at", "api_answers", ["tenant_id", "created_at"])
    protect("api_keys")
    protect("api_answers")
    watch("api_keys", hidden="digest", ignored="used_on prefix")


def _tenant(table: str) -> sa.Column[int]:
    tenant = sa.ForeignKey("tenants.id", name=op.f(f"fk_{table}_tenant_id"), ondelete="CASCADE")
    return sa.Column("tenant_id", sa.BigInteger(), tenant, server_default=sa.text(TENANT), nullable=False)


def downgrade() -> None:
    forget("api_keys")
    op.drop_table("api_answers")
    op.drop_table("api_keys")
