"""Counts of answers by bounce class, by minute and by destination domain, kept with the ledger"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.security import protect

revision = "0051"
down_revision = "0022"
branch_labels = None
depends_on = None

TENANT_ID = sa.text("nullif(current_setting('app.tenant_id', true), '')::bigint")
WAIT_BOUNDS = "ARRAY[10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 86400]"


def upgrade() -> None:
    _create("bounce_counts", [sa.Column("bounce", sa.Text(), nullable=False)], ["people"])
    _create("minute_counts", [sa.Column("minute", sa.DateTime(timezone=True), nullable=False)], ["accepted", "bounced"])
    _create(
        "domain_counts",
        [sa.Column("domain", sa.Text(), nullable=False), sa.Column("wait", sa.SmallInteger(), nullable=False)],
        ["accepted", "bounced", "expired", "deferred"],
        sa.Column("reply", sa.Text(), server_default="", nullable=False),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
    )
    _count_what_is_there()


def _create(table: str, key: list[sa.Column[object]], counts: list[str], *more: sa.Column[object]) -> None:
    names = ["tenant_id", "mailing_id", *(column.name for column in key)]
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
        *key,
        *(sa.Column(name, sa.BigInteger(), server_default="0", nullable=False) for name in counts),
        *more,
        sa.ForeignKeyConstraint(
            ["tenant_id", "mailing_id"],
            ["launches.tenant_id", "launches.mailing_id"],
            name=op.f(f"fk_{table}_tenant_id_mailing_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(*names, name=op.f(f"pk_{table}")),
    )
    protect(table)


def _count_what_is_there() -> None:
    op.execute(
        "INSERT INTO bounce_counts (tenant_id, mailing_id, bounce, people) "
        "SELECT tenant_id, mailing_id, bounce, count(*) FROM deliveries WHERE state = 3 GROUP BY 1, 2, 3"
    )
    op.execute(
        "INSERT INTO minute_counts (tenant_id, mailing_id, minute, accepted, bounced) "
        "SELECT tenant_id, mailing_id, date_trunc('minute', answered_at, 'UTC'), count(*) FILTER (WHERE state = 2), "
        "count(*) FILTER (WHERE state = 3) FROM deliveries "
        "WHERE state IN (2, 3) AND answered_at IS NOT NULL GROUP BY 1, 2, 3"
    )
    op.execute(
        f"""
        INSERT INTO domain_counts
            (tenant_id, mailing_id, domain, wait, accepted, bounced, expired, deferred, reply, replied_at)
        SELECT d.tenant_id, d.mailing_id, lower(substring(d.address FROM '[^@]*$')),
               width_bucket(
                   coalesce(extract(epoch FROM d.answered_at - l.started_at), 0)::float8, {WAIT_BOUNDS}::float8[]),
               count(*) FILTER (WHERE d.state = 2), count(*) FILTER (WHERE d.state = 3),
               count(*) FILTER (WHERE d.state = 5), count(*) FILTER (WHERE d.state = 1 OR d.attempts > 1),
               coalesce(max(d.reply) FILTER (WHERE d.state <> 2), ''), max(d.answered_at) FILTER (WHERE d.state <> 2)
        FROM deliveries d JOIN launches l USING (tenant_id, mailing_id)
        WHERE d.state IN (1, 2, 3, 5) GROUP BY 1, 2, 3, 4
        """
    )


def downgrade() -> None:
    for table in ("domain_counts", "minute_counts", "bounce_counts"):
        op.drop_table(table)
