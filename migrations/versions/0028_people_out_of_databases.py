"""People out of databases: connections, standing orders; and mappings that are remembered"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.security import protect

revision = "0028"
down_revision = "0046"
branch_labels = None
depends_on = None

TENANT_ID = sa.text("nullif(current_setting('app.tenant_id', true), '')::bigint")
JSON = postgresql.JSONB(astext_type=sa.Text())
COLUMNS = (
    sa.Column("connection_id", sa.BigInteger(), nullable=True),
    sa.Column("query", sa.Text(), server_default="", nullable=False),
    sa.Column("sync_id", sa.BigInteger(), nullable=True),
    sa.Column("remembered", sa.Boolean(), server_default=sa.false(), nullable=False),
)


def upgrade() -> None:
    for column in COLUMNS:
        op.add_column("imports", column)
    _create(
        "import_mappings",
        sa.Column("titles", JSON, nullable=False),
        sa.Column("mapping", JSON, nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.UniqueConstraint("tenant_id", "titles", name=op.f("uq_import_mappings_tenant_id_titles")),
    )
    texts = ("title", "kind", "host", "database", "user_name", "encryption")
    _create(
        "database_connections",
        *[sa.Column(name, sa.Text(), nullable=False) for name in texts],
        sa.Column("port", sa.BigInteger(), nullable=False),
        sa.Column("password", sa.LargeBinary(), nullable=False),
        _created(),
    )
    _create_syncs()


def _create_syncs() -> None:
    _create(
        "syncs",
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        *[sa.Column(name, sa.Text(), nullable=False) for name in ("query", "policy", "consent", "gone")],
        sa.Column("mapping", JSON, nullable=False),
        sa.Column("double_opt_in", sa.Boolean(), nullable=False),
        sa.Column("also_lists", JSON, server_default="[]", nullable=False),
        sa.Column("every_hours", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        _created(),
        _key("syncs", "list_id", "lists"),
        _key("syncs", "connection_id", "database_connections"),
    )
    op.create_index("ix_syncs_next", "syncs", ["next_at"])


def _created() -> sa.Column[object]:
    return sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


def _key(table: str, column: str, parent: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column], [f"{parent}.tenant_id", f"{parent}.id"],
        name=op.f(f"fk_{table}_tenant_id_{column}"), ondelete="CASCADE",
    )  # fmt: skip


def _create(table: str, *parts: sa.SchemaItem) -> None:
    op.create_table(
        table,
        sa.Column("tenant_id", sa.BigInteger(), server_default=TENANT_ID, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        *parts,
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f(f"fk_{table}_tenant_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{table}")),
    )
    protect(table)


def downgrade() -> None:
    for table in ("syncs", "database_connections", "import_mappings"):
        op.drop_table(table)
    for column in COLUMNS:
        op.drop_column("imports", column.name)
