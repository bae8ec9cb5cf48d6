"""What readers read with, counted; events without numbers of their own or whole user agents"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.security import protect

revision = "0080"
down_revision = "0140"
branch_labels = None
depends_on = None

TENANT_ID = sa.text("nullif(current_setting('app.tenant_id', true), '')::bigint")
WORDS = ("device", "client", "os", "language", "place")


def upgrade() -> None:
    _narrow_events()
    _create("client_reactions", ["device", "client", "os"])
    _create("trait_reactions", ["trait", "value"])
    _count_what_is_there()


def _narrow_events() -> None:
    """`key` begins with the time, so it tells events apart and finds the old ones: no other number is needed."""
    op.drop_constraint("pk_events", "events", type_="primary")
    op.drop_constraint("uq_events_tenant_id_key", "events", type_="unique")
    op.drop_column("events", "id")
    op.create_primary_key("pk_events", "events", ["tenant_id", "key"])
    op.drop_constraint("fk_events_tenant_id", "events", type_="foreignkey")
    op.execute(
        "CREATE FUNCTION forget_events() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN DELETE FROM events WHERE tenant_id = OLD.id; RETURN NULL; END $$"
    )
    op.execute("CREATE TRIGGER forget_events AFTER DELETE ON tenants FOR EACH ROW EXECUTE FUNCTION forget_events()")
    op.drop_column("events", "user_agent")
    for name in WORDS:
        op.add_column("events", sa.Column(name, sa.Text(), server_default="", nullable=False))


def _create(table: str, key: list[str]) -> None:
    op.create_table(
        table,
        sa.Column(
            "tenant_id",
            sa.BigInteger(),
            sa.ForeignKey("tenants.id", name=op.f(f"fk_{table}_tenant_id"), ondelete="CASCADE"),
            server_default=TENANT_ID,
            nullable=False,
        ),
        sa.Column("mailing_id", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in key),
        sa.Column("opens", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("clicks", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "mailing_id", *key, name=op.f(f"pk_{table}")),
    )
    protect(table)


def _count_what_is_there() -> None:
    """What was read with is not known of events before this; why a machine was taken for one, is."""
    counts = "count(*) FILTER (WHERE kind = 'open'), count(*) FILTER (WHERE kind = 'click')"
    op.execute(
        "INSERT INTO client_reactions (tenant_id, mailing_id, device, client, os, opens, clicks) "
        f"SELECT tenant_id, mailing_id, '', '', '', {counts} FROM events "
        "WHERE human AND kind IN ('open', 'click') GROUP BY 1, 2"
    )
    op.execute(
        "INSERT INTO trait_reactions (tenant_id, mailing_id, trait, value, opens, clicks) "
        f"SELECT tenant_id, mailing_id, 'machine', reason, {counts} FROM events "
        "WHERE NOT human AND reason <> '' AND kind IN ('open', 'click') GROUP BY 1, 2, 4"
    )


def downgrade() -> None:
    op.drop_table("trait_reactions")
    op.drop_table("client_reactions")
    for name in reversed(WORDS):
        op.drop_column("events", name)
    op.add_column("events", sa.Column("user_agent", sa.Text(), server_default="", nullable=False))
    op.execute("DROP TRIGGER forget_events ON tenants")
    op.execute("DROP FUNCTION forget_events()")
    op.create_foreign_key("fk_events_tenant_id", "events", "tenants", ["tenant_id"], ["id"], ondelete="CASCADE")
    op.drop_constraint("pk_events", "events", type_="primary")
    op.add_column("events", sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False))
    op.create_primary_key("pk_events", "events", ["tenant_id", "id"])
    op.create_unique_constraint("uq_events_tenant_id_key", "events", ["tenant_id", "key"])
