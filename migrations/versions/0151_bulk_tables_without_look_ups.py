"""A mailing's ledger and the places in lists without a look-up of the same row for each of a million"""

from __future__ import annotations

from alembic import op

revision = "0151"
down_revision = "0142"
branch_labels = None
depends_on = None

DROPPED = (
    ("deliveries", "fk_deliveries_tenant_id", ["tenant_id"], "tenants", ["id"]),
    ("deliveries", "fk_deliveries_tenant_id_mailing_id", ["tenant_id", "mailing_id"],
     "launches", ["tenant_id", "mailing_id"]),
    ("subscriptions", "fk_subscriptions_tenant_id_list_id", ["tenant_id", "list_id"], "lists", ["tenant_id", "id"]),
)  # fmt: skip
# What a key did when a row went away. Mailings go with their workspace, launches and lists with those.
BELONGINGS = (
    ("launches", "deliveries", "tenant_id = OLD.tenant_id AND mailing_id = OLD.mailing_id"),
    ("lists", "subscriptions", "tenant_id = OLD.tenant_id AND list_id = OLD.id"),
)
# What a key did when a row came, asked once for all rows of a statement. The trigger that counts them holds the lists.
REQUIRE = """
CREATE FUNCTION require_lists() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM (SELECT DISTINCT tenant_id, list_id FROM after_rows) a
             WHERE NOT EXISTS (SELECT FROM lists l WHERE l.tenant_id = a.tenant_id AND l.id = a.list_id)) THEN
    RAISE foreign_key_violation USING MESSAGE = 'a subscription names a list that is not there';
  END IF;
  RETURN NULL;
END $$
"""


def upgrade() -> None:
    for table, name, _columns, _parent, _keys in DROPPED:
        op.drop_constraint(name, table, type_="foreignkey")
    for parent, table, condition in BELONGINGS:
        op.execute(
            f"CREATE FUNCTION forget_{table}() RETURNS trigger LANGUAGE plpgsql AS $$"
            f" BEGIN DELETE FROM {table} WHERE {condition}; RETURN NULL; END $$"
        )
        op.execute(
            f"CREATE TRIGGER forget_{table} AFTER DELETE ON {parent} FOR EACH ROW EXECUTE FUNCTION forget_{table}()"
        )
    op.execute(REQUIRE)
    op.execute(
        "CREATE TRIGGER require_lists AFTER INSERT ON subscriptions REFERENCING NEW TABLE AS after_rows"
        " FOR EACH STATEMENT EXECUTE FUNCTION require_lists()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER require_lists ON subscriptions")
    op.execute("DROP FUNCTION require_lists()")
    for parent, table, _condition in BELONGINGS:
        op.execute(f"DROP TRIGGER forget_{table} ON {parent}")
        op.execute(f"DROP FUNCTION forget_{table}()")
    for table, name, columns, parent, keys in DROPPED:
        op.create_foreign_key(name, table, parent, columns, keys, ondelete="CASCADE")
