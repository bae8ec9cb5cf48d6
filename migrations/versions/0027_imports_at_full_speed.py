"""Imports that go on where they were, and bulk tables without a look-up for each row"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0035"
branch_labels = None
depends_on = None

COLUMNS = (
    sa.Column("also_lists", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
    sa.Column("double_opt_in", sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column("size", sa.BigInteger(), server_default="0", nullable=False),
    sa.Column("read_through", sa.BigInteger(), server_default="0", nullable=False),
    sa.Column("moved_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
)
TENANTS = ("contacts", "subscriptions", "import_rows")
# Subscriptions go with their contacts, by the key that they keep.
BELONGINGS = (("tenants", "contacts", "tenant_id = OLD.id"),
              ("imports", "import_rows", "tenant_id = OLD.tenant_id AND import_id = OLD.id"))  # fmt: skip


def upgrade() -> None:
    for column in COLUMNS:
        op.add_column("imports", column)
    for table in TENANTS:
        op.drop_constraint(f"fk_{table}_tenant_id", table, type_="foreignkey")
    op.drop_constraint("fk_import_rows_tenant_id_import_id", "import_rows", type_="foreignkey")
    for parent, table, condition in BELONGINGS:
        op.execute(
            f"CREATE FUNCTION forget_{table}() RETURNS trigger LANGUAGE plpgsql AS $$"
            f" BEGIN DELETE FROM {table} WHERE {condition}; RETURN NULL; END $$"
        )
        op.execute(
            f"CREATE TRIGGER forget_{table} AFTER DELETE ON {parent} FOR EACH ROW EXECUTE FUNCTION forget_{table}()"
        )


def downgrade() -> None:
    for parent, table, _condition in BELONGINGS:
        op.execute(f"DROP TRIGGER forget_{table} ON {parent}")
        op.execute(f"DROP FUNCTION forget_{table}()")
    op.create_foreign_key(
        "fk_import_rows_tenant_id_import_id", "import_rows", "imports",
        ["tenant_id", "import_id"], ["tenant_id", "id"], ondelete="CASCADE",
    )  # fmt: skip
    for table in TENANTS:
        op.create_foreign_key(f"fk_{table}_tenant_id", table, "tenants", ["tenant_id"], ["id"], ondelete="CASCADE")
    for column in COLUMNS:
        op.drop_column("imports", column.name)
