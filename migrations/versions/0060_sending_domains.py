"""Sending domains, their records and keys"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.security import protect

revision = "0060"
down_revision = "0050"
branch_labels = None
depends_on = None

TENANT_ID = sa.text("nullif(current_setting('app.tenant_id', true), '')::bigint")
NOW = sa.func.now()
JSON = postgresql.JSONB(astext_type=sa.Text())


def upgrade() -> None:
    _create_domains()
    _create_records()
    _create_keys()
    # No grant to the tenant role: only the owner signs in the service's own name.
    op.create_table("service_keys", *_key_columns(), sa.Column("active", sa.Boolean(), server_default=sa.false(),
                    nullable=False), sa.PrimaryKeyConstraint("selector", name=op.f("pk_service_keys")))  # fmt: skip


def _create_domains() -> None:
    op.create_table(
        "sending_domains",
        _tenant("sending_domains"),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("active_selector", sa.Text(), server_default="mp1", nullable=False),
        sa.Column("rotated_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unanswered", JSON, server_default="[]", nullable=False),
        sa.Column("looks_without_change", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("next_check_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sending_domains")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_sending_domains_tenant_id_name")),
    )
    op.create_index(op.f("ix_sending_domains_next_check_at"), "sending_domains", ["next_check_at"])
    op.create_index(
        "uq_sending_domains_verified_name", "sending_domains", ["name"], unique=True,
        postgresql_where=sa.text("verified_at IS NOT NULL"),
    )  # fmt: skip
    protect("sending_domains")


def _create_records() -> None:
    op.create_table(
        "domain_records",
        _tenant("domain_records"),
        sa.Column("domain_id", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="unseen", nullable=False),
        sa.Column("found", JSON, server_default="[]", nullable=False),
        sa.Column("by_alias", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("was_good", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        _of_domain("domain_records"),
        sa.PrimaryKeyConstraint("tenant_id", "domain_id", "purpose", name=op.f("pk_domain_records")),
    )
    protect("domain_records")


def _create_keys() -> None:
    op.create_table(
        "domain_keys",
        _tenant("domain_keys"),
        sa.Column("domain_id", sa.BigInteger(), nullable=False),
        *_key_columns(),
        _of_domain("domain_keys"),
        sa.PrimaryKeyConstraint("tenant_id", "domain_id", "selector", name=op.f("pk_domain_keys")),
    )
    protect("domain_keys")


def _tenant(table: str) -> sa.Column[int]:
    key = sa.ForeignKey("tenants.id", name=op.f(f"fk_{table}_tenant_id"), ondelete="CASCADE")
    return sa.Column("tenant_id", sa.BigInteger(), key, server_default=TENANT_ID, nullable=False)


def _of_domain(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", "domain_id"],
        ["sending_domains.tenant_id", "sending_domains.id"],
        name=op.f(f"fk_{table}_tenant_id_domain_id"),
        ondelete="CASCADE",
    )


def _key_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("selector", sa.Text(), nullable=False),
        sa.Column("algorithm", sa.Text(), server_default="rsa-sha256", nullable=False),
        sa.Column("locked", sa.LargeBinary(), nullable=False),
        sa.Column("public", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
    ]


def downgrade() -> None:
    for table in ("service_keys", "domain_keys", "domain_records", "sending_domains"):
        op.drop_table(table)
