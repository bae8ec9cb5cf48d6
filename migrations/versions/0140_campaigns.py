"""Campaigns that mailings belong to, patterns that they begin with, and how long answers to them are counted"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from migrations.security import TENANT, protect

revision = "0140"
down_revision = "0110"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("campaigns", *_campaign())
    protect("campaigns")
    op.create_table("mail_patterns", *_pattern())
    protect("mail_patterns")
    for column in _of_mailings():
        op.add_column("mailings", column)
    op.create_foreign_key(
        op.f("fk_mailings_tenant_id_campaign_id"), "mailings", "campaigns", ["tenant_id", "campaign_id"],
        ["tenant_id", "id"], ondelete="SET NULL (campaign_id)",
    )  # fmt: skip
    op.create_index(op.f("ix_mailings_tenant_id_campaign_id"), "mailings", ["tenant_id", "campaign_id"])
    op.add_column("launches", sa.Column("tracking_days", sa.SmallInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("launches", "tracking_days")
    op.drop_index(op.f("ix_mailings_tenant_id_campaign_id"), "mailings")
    op.drop_constraint(op.f("fk_mailings_tenant_id_campaign_id"), "mailings", type_="foreignkey")
    for column in reversed(_of_mailings()):
        op.drop_column("mailings", column.name)
    op.drop_table("mail_patterns")
    op.drop_table("campaigns")


def _key(table: str) -> list[sa.Column[object] | sa.Constraint]:
    tenant = sa.ForeignKey("tenants.id", name=op.f(f"fk_{table}_tenant_id"), ondelete="CASCADE")
    return [
        sa.Column("tenant_id", sa.BigInteger(), tenant, server_default=sa.text(TENANT), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{table}")),
    ]


def _campaign() -> list[sa.Column[object] | sa.Constraint]:
    return [
        *_key("campaigns"),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), server_default="", nullable=False),
        sa.Column("folder", sa.Text(), server_default="", nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    ]


def _pattern() -> list[sa.Column[object] | sa.Constraint]:
    words = ("subject", "sender_name", "sender_address", "reply_to", "start")
    people = ("list_ids", "segment_ids", "excluded_list_ids", "excluded_segment_ids")
    return [
        *_key("mail_patterns"),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="newsletter", nullable=False),
        *(sa.Column(name, sa.Text(), server_default="", nullable=False) for name in words),
        *(sa.Column(name, ARRAY(sa.BigInteger()), server_default="{}", nullable=False) for name in people),
        sa.Column("campaign_id", sa.BigInteger(), nullable=True),
        sa.Column("at_time", sa.Time(), nullable=True),
        sa.Column("tracking_days", sa.SmallInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "campaign_id"], ["campaigns.tenant_id", "campaigns.id"],
            name=op.f("fk_mail_patterns_tenant_id_campaign_id"), ondelete="SET NULL (campaign_id)",
        ),
    ]  # fmt: skip


def _of_mailings() -> list[sa.Column[object]]:
    return [
        sa.Column("campaign_id", sa.BigInteger(), nullable=True),
        sa.Column("at_time", sa.Time(), nullable=True),
        sa.Column("tracking_days", sa.SmallInteger(), nullable=True),
        sa.Column("tested_version", sa.BigInteger(), nullable=True),
    ]
