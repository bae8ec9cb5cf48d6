"""Sign-up of readers: forms, askings, where consent came from, what a subscription said before, and daily counts"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.security import protect

revision = "0074"
down_revision = "0073"
branch_labels = None
depends_on = None

TENANT_ID = sa.text("nullif(current_setting('app.tenant_id', true), '')::bigint")
NOW = sa.text("now()")
JSON = postgresql.JSONB(astext_type=sa.Text())
PLACE = ("state", "source", "consent", "changed_by", "ip", "member_id", "changed_at")

# A row at a time and only for rows that say something else now: no join, whatever the planner is told.
KEEP_PAST = f"""
CREATE FUNCTION keep_past_subscription() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO subscription_past (tenant_id, list_id, contact_id, {", ".join(PLACE)})
  VALUES (OLD.tenant_id, OLD.list_id, OLD.contact_id, {", ".join(f"OLD.{name}" for name in PLACE)});
  RETURN NULL;
END $$
"""
WATCH_PAST = """
CREATE TRIGGER keep_past AFTER UPDATE ON subscriptions FOR EACH ROW
WHEN ((OLD.state, OLD.source, OLD.consent) IS DISTINCT FROM (NEW.state, NEW.source, NEW.consent))
EXECUTE FUNCTION keep_past_subscription()
"""
# As in 0001; the day's last count of people is kept in the same statement.
COUNT = """
CREATE OR REPLACE FUNCTION count_subscriptions() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE moves text := '';
BEGIN
  IF TG_OP IN ('INSERT', 'UPDATE') THEN
    moves := 'SELECT tenant_id, list_id, state, 1 AS n FROM after_rows';
  END IF;
  IF TG_OP IN ('DELETE', 'UPDATE') THEN
    moves := concat_ws(' UNION ALL ', nullif(moves, ''),
                       'SELECT tenant_id, list_id, state, -1 FROM before_rows');
  END IF;
  EXECUTE format($q$
    WITH moved AS (
      SELECT tenant_id, list_id,
             sum(n) FILTER (WHERE state = 'unconfirmed') AS unconfirmed,
             sum(n) FILTER (WHERE state = 'subscribed') AS subscribed,
             sum(n) FILTER (WHERE state = 'unsubscribed') AS unsubscribed,
             sum(n) FILTER (WHERE state = 'bounced') AS bounced,
             sum(n) FILTER (WHERE state = 'complained') AS complained
      FROM (%s) AS m(tenant_id, list_id, state, n) GROUP BY tenant_id, list_id)
    {counted_before}UPDATE lists l SET
      unconfirmed = l.unconfirmed + coalesce(m.unconfirmed, 0),
      subscribed = l.subscribed + coalesce(m.subscribed, 0),
      unsubscribed = l.unsubscribed + coalesce(m.unsubscribed, 0),
      bounced = l.bounced + coalesce(m.bounced, 0),
      complained = l.complained + coalesce(m.complained, 0)
    FROM moved m WHERE l.tenant_id = m.tenant_id AND l.id = m.list_id{kept_after}$q$, moves);
  RETURN NULL;
END $$
"""
KEPT_AFTER = """
      RETURNING l.tenant_id, l.id, l.subscribed)
    INSERT INTO list_days AS d (tenant_id, list_id, day, subscribed)
    SELECT tenant_id, id, (now() AT TIME ZONE 'UTC')::date, subscribed FROM counted
    ON CONFLICT (tenant_id, list_id, day) DO UPDATE SET subscribed = excluded.subscribed"""


def upgrade() -> None:
    op.add_column("subscriptions", sa.Column("ip", sa.Text(), server_default="", nullable=False))
    op.add_column("subscriptions", sa.Column("member_id", sa.BigInteger(), nullable=True))
    _create_past()
    _create_forms()
    _create_signups()
    _create_days()


def _create_past() -> None:
    op.create_table(
        "subscription_past",
        *_numbered("subscription_past"),
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("consent", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("ip", sa.Text(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        _to("subscription_past", "list"),
        _to("subscription_past", "contact"),
    )
    op.create_index("ix_subscription_past_contact", "subscription_past", ["tenant_id", "contact_id"])
    op.create_index("ix_subscription_past_list", "subscription_past", ["tenant_id", "list_id"])
    protect("subscription_past")
    op.execute(KEEP_PAST)
    op.execute(WATCH_PAST)


def _create_forms() -> None:
    op.create_table(
        "signup_forms",
        _tenant("signup_forms"),
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("open", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("double_opt_in", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("asks_name", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("field_keys", JSON, server_default="[]", nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), server_default="", nullable=False) for name in ("title", "intro", "consent")),
        *(sa.Column(name, sa.Text(), server_default="", nullable=False) for name in ("button", "thanks")),
        _to("signup_forms", "list"),
        sa.PrimaryKeyConstraint("tenant_id", "list_id", name=op.f("pk_signup_forms")),
        sa.UniqueConstraint("tenant_id", "key", name=op.f("uq_signup_forms_tenant_id_key")),
    )
    protect("signup_forms")


def _create_signups() -> None:
    op.create_table(
        "signups",
        *_numbered("signups"),
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("fields", JSON, server_default="{}", nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("consent", sa.Text(), nullable=False),
        sa.Column("ip", sa.Text(), server_default="", nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        _to("signups", "list"),
        _to("signups", "contact"),
    )
    op.create_index("ix_signups_contact", "signups", ["tenant_id", "contact_id"])
    op.create_index("ix_signups_asked", "signups", ["tenant_id", "asked_at"])
    op.create_index("ix_signups_list", "signups", ["tenant_id", "list_id"])
    protect("signups")


def _create_days() -> None:
    op.create_table(
        "list_days",
        _tenant("list_days"),
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("subscribed", sa.BigInteger(), nullable=False),
        _to("list_days", "list"),
        sa.PrimaryKeyConstraint("tenant_id", "list_id", "day", name=op.f("pk_list_days")),
    )
    protect("list_days")
    op.execute(COUNT.format(counted_before=", counted AS (\n    ", kept_after=KEPT_AFTER))


def _tenant(table: str) -> sa.Column[int]:
    key = sa.ForeignKey("tenants.id", name=op.f(f"fk_{table}_tenant_id"), ondelete="CASCADE")
    return sa.Column("tenant_id", sa.BigInteger(), key, server_default=TENANT_ID, nullable=False)


def _numbered(table: str) -> tuple[sa.Column[int], sa.Column[int], sa.PrimaryKeyConstraint]:
    number = sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)
    return _tenant(table), number, sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{table}"))


def _to(table: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", f"{target}_id"],
        [f"{target}s.tenant_id", f"{target}s.id"],
        name=op.f(f"fk_{table}_tenant_id_{target}_id"),
        ondelete="CASCADE",
    )


def downgrade() -> None:
    op.execute(COUNT.format(counted_before="", kept_after=""))
    op.execute("DROP TRIGGER keep_past ON subscriptions")
    op.execute("DROP FUNCTION keep_past_subscription()")
    for table in ("list_days", "signups", "signup_forms", "subscription_past"):
        op.drop_table(table)
    op.drop_column("subscriptions", "member_id")
    op.drop_column("subscriptions", "ip")
