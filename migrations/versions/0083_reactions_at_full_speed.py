"""Reactions without a question to `tenants` for each row"""

from __future__ import annotations

from alembic import op

revision = "0083"
down_revision = "0113"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint("fk_reactions_tenant_id", "reactions", type_="foreignkey")
    op.execute(
        "CREATE FUNCTION forget_reactions() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN DELETE FROM reactions WHERE tenant_id = OLD.id; RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER forget_reactions AFTER DELETE ON tenants FOR EACH ROW EXECUTE FUNCTION forget_reactions()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER forget_reactions ON tenants")
    op.execute("DROP FUNCTION forget_reactions()")
    op.create_foreign_key("fk_reactions_tenant_id", "reactions", "tenants", ["tenant_id"], ["id"], ondelete="CASCADE")
