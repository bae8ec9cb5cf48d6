"""What the operators' console keeps: announcements, consents to look around, and what operators did"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.security import ROLE, protect

revision = "0130"
down_revision = "0111"
branch_labels = None
depends_on = None

NOW = sa.text("now()")
TENANT = sa.text("nullif(current_setting('app.tenant_id', true), '')::bigint")


def upgrade() -> None:
    op.create_table(
        "announcements",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("korean", sa.Text(), nullable=False),
        sa.Column("english", sa.Text(), nullable=False),
        sa.Column("tone", sa.Text(), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcements")),
    )
    op.create_index(op.f("ix_announcements_ends_at"), "announcements", ["ends_at"])
    op.execute(f"GRANT SELECT ON announcements TO {ROLE}")
    op.create_table(
        "support_consents",
        sa.Column(
            "tenant_id",
            sa.BigInteger(),
            sa.ForeignKey("tenants.id", name=op.f("fk_support_consents_tenant_id"), ondelete="CASCADE"),
            server_default=TENANT,
            nullable=False,
        ),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_support_consents")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "member_id"],
            ["members.tenant_id", "members.id"],
            name=op.f("fk_support_consents_tenant_id_member_id"),
            ondelete="CASCADE",
        ),
    )
    protect("support_consents")
    op.create_table(
        "operator_acts",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column(
            "tenant_id",
            sa.BigInteger(),
            sa.ForeignKey("tenants.id", name=op.f("fk_operator_acts_tenant_id"), ondelete="CASCADE"),
            nullable=True,
        ),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator_acts")),
    )
    op.create_index(op.f("ix_operator_acts_tenant_id"), "operator_acts", ["tenant_id"])
    protect("operator_acts")
    # A workspace reads what was done to it; what stands there is not its to change.
    op.execute(f"REVOKE INSERT, UPDATE, DELETE ON operator_acts FROM {ROLE}")


def downgrade() -> None:
    op.drop_table("operator_acts")
    op.drop_table("support_consents")
    op.drop_table("announcements")
