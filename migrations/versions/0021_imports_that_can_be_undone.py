"""Imports keep their source, what they found, and what they changed"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.security import protect

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

TENANT_ID = sa.text("nullif(current_setting('app.tenant_id', true), '')::bigint")
JSON = postgresql.JSONB(astext_type=sa.Text())

IMPORT_COLUMNS = (
    ("file_name", sa.Text(), ""),
    ("problem", sa.Text(), ""),
    ("layout", JSON, "{}"),
    ("findings", JSON, "{}"),
    ("policy", sa.Text(), "update"),
    ("kept_out", sa.BigInteger(), "0"),
)


def upgrade() -> None:
    for name, kind, default in IMPORT_COLUMNS:
        op.add_column("imports", sa.Column(name, kind, server_default=default, nullable=False))
    op.add_column("imports", sa.Column("started_at", sa.DateTime(timezone=True), nullable=True))
    op.alter_column("imports", "mapping", server_default="[]")
    op.execute("UPDATE imports SET mapping = '[]' WHERE jsonb_typeof(mapping) <> 'array'")
    op.add_column("import_rows", sa.Column("fields", JSON, server_default="{}", nullable=False))
    for name in ("created_import_id", "import_id"):
        op.add_column("contacts", sa.Column(name, sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_import_rows_told", "import_rows", ["tenant_id", "import_id", "line"],
        postgresql_where=sa.text("reason <> ''"),
    )  # fmt: skip
    _create_chunks()
    _create_changes()


def _create_chunks() -> None:
    op.create_table(
        "import_chunks",
        sa.Column("tenant_id", sa.BigInteger(), server_default=TENANT_ID, nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        *_belonging("import_chunks"),
        sa.PrimaryKeyConstraint("tenant_id", "import_id", "number", name=op.f("pk_import_chunks")),
    )
    protect("import_chunks")


def _create_changes() -> None:
    op.create_table(
        "import_changes",
        sa.Column("tenant_id", sa.BigInteger(), server_default=TENANT_ID, nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("fields", JSON, nullable=False),
        *_belonging("import_changes"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contact_id"],
            ["contacts.tenant_id", "contacts.id"],
            name=op.f("fk_import_changes_tenant_id_contact_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "import_id", "contact_id", name=op.f("pk_import_changes")),
    )
    op.create_index("ix_import_changes_contact", "import_changes", ["tenant_id", "contact_id"])
    protect("import_changes")


def _belonging(table: str) -> tuple[sa.ForeignKeyConstraint, sa.ForeignKeyConstraint]:
    return (
        sa.ForeignKeyConstraint(
            ["tenant_id", "import_id"],
            ["imports.tenant_id", "imports.id"],
            name=op.f(f"fk_{table}_tenant_id_import_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f(f"fk_{table}_tenant_id"), ondelete="CASCADE"),
    )


def downgrade() -> None:
    op.drop_table("import_changes")
    op.drop_table("import_chunks")
    op.drop_index("ix_import_rows_told", table_name="import_rows")
    for name in ("created_import_id", "import_id"):
        op.drop_column("contacts", name)
    op.drop_column("import_rows", "fields")
    op.alter_column("imports", "mapping", server_default="{}")
    op.drop_column("imports", "started_at")
    for name, _kind, _default in IMPORT_COLUMNS:
        op.drop_column("imports", name)
