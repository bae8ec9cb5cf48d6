"""Invoices, and what the payment service told"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.security import TENANT, protect

revision = "0112"
down_revision = "0131"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_invoices()
    _create_events()


def downgrade() -> None:
    op.drop_table("payment_events")
    op.drop_table("invoices")


def _create_invoices() -> None:
    tenant = sa.ForeignKey("tenants.id", name=op.f("fk_invoices_tenant_id"), ondelete="CASCADE")
    texts = ("number", "currency", "state", "url", "pdf")
    op.create_table(
        "invoices",
        sa.Column("tenant_id", sa.BigInteger(), tenant, server_default=sa.text(TENANT), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in texts),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_invoices")),
    )
    protect("invoices")


def _create_events() -> None:
    op.create_table(
        "payment_events",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_events")),
    )
    op.create_index("ix_payment_events_received_at", "payment_events", ["received_at"])
    still_open = sa.text("applied_at IS NULL")
    op.create_index("ix_payment_events_open", "payment_events", ["received_at"], postgresql_where=still_open)
