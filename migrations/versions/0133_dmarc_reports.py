"""What receivers report of mail in the name of a domain (DMARC)"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.security import protect

revision = "0133"
down_revision = "0132"
branch_labels = None
depends_on = None

TENANT = sa.text("nullif(current_setting('app.tenant_id', true), '')::bigint")


def _tenant(table: str) -> sa.Column[int]:
    to = sa.ForeignKey("tenants.id", name=op.f(f"fk_{table}_tenant_id"), ondelete="CASCADE")
    return sa.Column("tenant_id", sa.BigInteger(), to, server_default=TENANT, nullable=False)


def upgrade() -> None:
    op.create_table(
        "dmarc_reports",
        _tenant("dmarc_reports"),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("domain_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("report_key", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), server_default="", nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_dmarc_reports")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "domain_id"],
            ["sending_domains.tenant_id", "sending_domains.id"],
            name=op.f("fk_dmarc_reports_tenant_id_domain_id"),
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint(
            "tenant_id",
            "domain_id",
            "organisation",
            "report_key",
            name=op.f("uq_dmarc_reports_tenant_id_domain_id_organisation_report_key"),
        ),
    )
    protect("dmarc_reports")
    op.create_table(
        "dmarc_sources",
        _tenant("dmarc_sources"),
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("mails", sa.BigInteger(), nullable=False),
        sa.Column("disposition", sa.Text(), server_default="", nullable=False),
        sa.Column("dkim", sa.Boolean(), nullable=False),
        sa.Column("spf", sa.Boolean(), nullable=False),
        sa.Column("header_from", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "report_id", "number", name=op.f("pk_dmarc_sources")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "report_id"],
            ["dmarc_reports.tenant_id", "dmarc_reports.id"],
            name=op.f("fk_dmarc_sources_tenant_id_report_id"),
            ondelete="CASCADE",
        ),
    )
    protect("dmarc_sources")


def downgrade() -> None:
    op.drop_table("dmarc_sources")
    op.drop_table("dmarc_reports")
