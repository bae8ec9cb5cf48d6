"""Who joined and left each list, by the hour and by how they left"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.security import protect

revision = "0090"
down_revision = "0153"
branch_labels = None
depends_on = None

TENANT_ID = sa.text("nullif(current_setting('app.tenant_id', true), '')::bigint")
HOUR = "date_trunc('hour', {}, 'UTC')"
WAY = "CASE state WHEN 'unsubscribed' THEN coalesce(nullif(changed_by, ''), 'member') ELSE state END"
# What changes is grouped by person instead of joined: the planner knows nothing of how many rows changed.
COUNT = f"""
CREATE FUNCTION count_list_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE found text;
BEGIN
  found := CASE TG_OP
    WHEN 'INSERT' THEN $q$
      SELECT tenant_id, list_id, {HOUR.format("changed_at")} AS hour, 'joined' AS way
      FROM after_rows WHERE state = 'subscribed'$q$
    WHEN 'DELETE' THEN $q$
      SELECT tenant_id, list_id, {HOUR.format("now()")}, 'removed' FROM before_rows WHERE state = 'subscribed'$q$
    ELSE $q$
      SELECT tenant_id, list_id, {HOUR.format("max(changed_at)")},
             CASE WHEN bool_or(now_on) THEN 'joined' ELSE max(way) END
      FROM (SELECT tenant_id, list_id, contact_id, changed_at, state = 'subscribed' AS now_on, false AS was_on,
                   {WAY} AS way FROM after_rows
            UNION ALL
            SELECT tenant_id, list_id, contact_id, NULL, false, state = 'subscribed', NULL FROM before_rows) AS sides
      GROUP BY tenant_id, list_id, contact_id HAVING bool_or(now_on) <> bool_or(was_on)$q$
  END;
  EXECUTE format($q$
    INSERT INTO list_moves AS m (tenant_id, list_id, hour, way, people)
    SELECT f.tenant_id, f.list_id, f.hour, f.way, count(*)
    FROM (%s) AS f (tenant_id, list_id, hour, way) JOIN lists l ON l.tenant_id = f.tenant_id AND l.id = f.list_id
    GROUP BY 1, 2, 3, 4
    ON CONFLICT (tenant_id, list_id, hour, way) DO UPDATE SET people = m.people + excluded.people$q$, found);
  RETURN NULL;
END $$
"""
EVENTS = {
    "INSERT": "NEW TABLE AS after_rows",
    "UPDATE": "OLD TABLE AS before_rows NEW TABLE AS after_rows",
    "DELETE": "OLD TABLE AS before_rows",
}
# What was before there was a count, as far as the history of consent goes.
FILL = f"""
INSERT INTO list_moves (tenant_id, list_id, hour, way, people)
SELECT tenant_id, list_id, {HOUR.format("changed_at")}, CASE state WHEN 'subscribed' THEN 'joined' ELSE {WAY} END,
       count(*)
FROM (SELECT *, lag(state) OVER (PARTITION BY tenant_id, list_id, contact_id ORDER BY number) AS before
      FROM (SELECT tenant_id, list_id, contact_id, state, changed_by, changed_at, 9223372036854775807 AS number
            FROM subscriptions
            UNION ALL
            SELECT tenant_id, list_id, contact_id, state, changed_by, changed_at, id FROM subscription_past) AS every
     ) AS said
WHERE (state = 'subscribed') <> (coalesce(before, '') = 'subscribed') GROUP BY 1, 2, 3, 4
"""


def upgrade() -> None:
    op.create_table(
        "list_moves",
        sa.Column("tenant_id", sa.BigInteger(), server_default=TENANT_ID, nullable=False),
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("people", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_list_moves_tenant_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "list_id"],
            ["lists.tenant_id", "lists.id"],
            name=op.f("fk_list_moves_tenant_id_list_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "list_id", "hour", "way", name=op.f("pk_list_moves")),
    )
    op.create_index("ix_list_moves_hour", "list_moves", ["tenant_id", "hour"])
    op.execute(FILL)
    protect("list_moves")
    op.execute(COUNT)
    for event, tables in EVENTS.items():
        op.execute(
            f"CREATE TRIGGER count_moves_{event.lower()} AFTER {event} ON subscriptions REFERENCING {tables}"
            " FOR EACH STATEMENT EXECUTE FUNCTION count_list_moves()"
        )


def downgrade() -> None:
    for event in EVENTS:
        op.execute(f"DROP TRIGGER count_moves_{event.lower()} ON subscriptions")
    op.execute("DROP FUNCTION count_list_moves()")
    op.drop_table("list_moves")
