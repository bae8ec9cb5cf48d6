"""The mails that Korean law owes about consent: which are switched on, and who was told of what"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.audit import watch
from migrations.security import TENANT, protect

revision = "0185"
down_revision = "0175"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "consent_letters",
        _tenant("consent_letters"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("intro_ko", sa.Text(), server_default="", nullable=False),
        sa.Column("intro_en", sa.Text(), server_default="", nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "kind", name=op.f("pk_consent_letters")),
    )
    op.create_table(
        "consent_notices",
        _tenant("consent_notices"),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("event_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("mailing_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "tenant_id", "contact_id", "list_id", "kind", "event_at", name=op.f("pk_consent_notices")
        ),
        *(_to(column, table) for column, table in _PARENTS),
    )
    op.create_index("ix_consent_notices_mailing", "consent_notices", ["tenant_id", "mailing_id", "contact_id"])
    op.create_index("ix_consent_notices_list", "consent_notices", ["tenant_id", "list_id"])
    protect("consent_letters")
    protect("consent_notices")
    watch("consent_letters", ignored="next_at")


def downgrade() -> None:
    op.drop_table("consent_notices")
    op.drop_table("consent_letters")


_PARENTS = (("contact_id", "contacts"), ("list_id", "lists"), ("mailing_id", "mailings"))


def _tenant(table: str) -> sa.Column[int]:
    key = sa.ForeignKey("tenants.id", name=op.f(f"fk_{table}_tenant_id"), ondelete="CASCADE")
    return sa.Column("tenant_id", sa.BigInteger(), key, server_default=sa.text(TENANT), nullable=False)


def _to(column: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"],
        name=op.f(f"fk_consent_notices_tenant_id_{column}"), ondelete="CASCADE",
    )  # fmt: skip
