"""Mailings that come again"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from migrations.security import TENANT, protect

revision = "0048"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("series", *_columns(), *_constraints())
    op.create_index("ix_series_next", "series", ["next_at"], postgresql_where=sa.text("active"))
    protect("series")
    op.add_column("mailings", sa.Column("series_id", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("mailings", "series_id")
    op.drop_table("series")


def _columns() -> list[sa.Column[object]]:
    tenant = sa.ForeignKey("tenants.id", name=op.f("fk_series_tenant_id"), ondelete="CASCADE")
    return [
        sa.Column("tenant_id", sa.BigInteger(), tenant, server_default=sa.text(TENANT), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("mailing_id", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("at_time", sa.Time(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("skipped", ARRAY(sa.Date()), server_default="{}", nullable=False),
        sa.Column("field_key", sa.Text(), server_default="", nullable=False),
        sa.Column("offset", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("leap_day", sa.Text(), server_default="02-28", nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), server_default="", nullable=False),
        sa.Column("report_to", sa.Text(), server_default="", nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=True),
    ]


def _constraints() -> list[sa.Constraint]:
    return [
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_series")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "mailing_id"], ["mailings.tenant_id", "mailings.id"],
            name=op.f("fk_series_tenant_id_mailing_id"), ondelete="CASCADE",
        ),
        sa.UniqueConstraint("tenant_id", "mailing_id", name=op.f("uq_series_tenant_id_mailing_id")),
    ]  # fmt: skip
