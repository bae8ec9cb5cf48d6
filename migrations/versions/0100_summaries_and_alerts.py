"""What each member wants mailed, which summaries went out, and what a workspace was warned about"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.audit import watch
from migrations.security import protect

revision = "0100"
down_revision = "0082"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("report_choices", sa.Column("bounce_limit", sa.Numeric(4, 1), server_default="5", nullable=False))
    op.add_column(
        "report_choices", sa.Column("complaint_limit", sa.Numeric(4, 2), server_default="0.3", nullable=False)
    )
    op.add_column("report_choices", sa.Column("stall_minutes", sa.SmallInteger(), server_default="15", nullable=False))
    op.create_table(
        "report_wishes",
        _tenant("report_wishes"),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("weekly", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("monthly", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("alerts", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "member_id", name=op.f("pk_report_wishes")),
        _of_member("report_wishes"),
    )
    op.create_table(
        "summary_mails",
        _tenant("summary_mails"),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("span", sa.Text(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "member_id", "span", "first", name=op.f("pk_summary_mails")),
        _of_member("summary_mails"),
    )
    op.create_table(
        "alerts",
        _tenant("alerts"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("mailing_id", sa.BigInteger(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "kind", "mailing_id", "raised_at", name=op.f("pk_alerts")),
    )
    op.create_index(
        "uq_alerts_open", "alerts", ["tenant_id", "kind", "mailing_id"], unique=True,
        postgresql_where=sa.text("cleared_at IS NULL"),
    )  # fmt: skip
    for table in ("report_wishes", "summary_mails", "alerts"):
        protect(table)
    watch("report_wishes")


def _tenant(table: str) -> sa.Column[int]:
    return sa.Column(
        "tenant_id",
        sa.BigInteger(),
        sa.ForeignKey("tenants.id", name=op.f(f"fk_{table}_tenant_id"), ondelete="CASCADE"),
        server_default=sa.text("nullif(current_setting('app.tenant_id', true), '')::bigint"),
        nullable=False,
    )


def _of_member(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", "member_id"], ["members.tenant_id", "members.id"],
        name=op.f(f"fk_{table}_members"), ondelete="CASCADE",
    )  # fmt: skip


def downgrade() -> None:
    for table in ("alerts", "summary_mails", "report_wishes"):
        op.drop_table(table)
    for column in ("stall_minutes", "complaint_limit", "bounce_limit"):
        op.drop_column("report_choices", column)
