"""A mailing goes out in waves: parts of its ledger with a time and a content of their own"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.security import TENANT, protect

revision = "0046"
down_revision = "0075"
branch_labels = None
depends_on = None

TABLES = ("launch_waves", "launch_contents")
COLUMNS = (
    "winner", "decide_at", "trial_hours", "trial_measure", "trial_share", "wall_time", "zone_field",
    "paced_after", "paced_from", "spread_hours", "per_hour", "slice_size",
)  # fmt: skip


def upgrade() -> None:
    op.create_table("launch_waves", *_key("launch_waves"), *_wave(), *_constraints("launch_waves", "after"))
    op.create_table(
        "launch_contents", *_key("launch_contents"), *_content(), *_constraints("launch_contents", "number")
    )
    for table in TABLES:
        protect(table)
    op.add_column("launches", sa.Column("slice_size", sa.Integer(), server_default="500", nullable=False))
    op.add_column("launches", sa.Column("per_hour", sa.Integer(), nullable=True))
    op.add_column("launches", sa.Column("spread_hours", sa.Integer(), nullable=True))
    op.add_column("launches", sa.Column("paced_from", sa.DateTime(timezone=True), nullable=True))
    op.add_column("launches", sa.Column("paced_after", sa.Integer(), server_default="0", nullable=False))
    op.add_column("launches", sa.Column("zone_field", sa.Text(), server_default="", nullable=False))
    op.add_column("launches", sa.Column("wall_time", sa.DateTime(timezone=False), nullable=True))
    op.add_column("launches", sa.Column("trial_share", sa.SmallInteger(), nullable=True))
    op.add_column("launches", sa.Column("trial_measure", sa.Text(), server_default="", nullable=False))
    op.add_column("launches", sa.Column("trial_hours", sa.SmallInteger(), nullable=True))
    op.add_column("launches", sa.Column("decide_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("launches", sa.Column("winner", sa.SmallInteger(), nullable=True))
    op.execute(
        "INSERT INTO launch_waves (tenant_id, mailing_id, after, through, due_at, content)"
        " SELECT tenant_id, mailing_id, 0, total, coalesce(started_at, planned_at), 0 FROM launches WHERE total > 0"
    )


def downgrade() -> None:
    for column in COLUMNS:
        op.drop_column("launches", column)
    for table in reversed(TABLES):
        op.drop_table(table)


def _key(table: str) -> list[sa.Column[int]]:
    tenant = sa.Column(
        "tenant_id",
        sa.BigInteger(),
        sa.ForeignKey("tenants.id", name=op.f(f"fk_{table}_tenant_id"), ondelete="CASCADE"),
        server_default=sa.text(TENANT),
        nullable=False,
    )
    return [tenant, sa.Column("mailing_id", sa.BigInteger(), nullable=False)]


def _wave() -> list[sa.Column[object]]:
    return [
        sa.Column("after", sa.Integer(), nullable=False),
        sa.Column("through", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("content", sa.SmallInteger(), server_default="0", nullable=False),
    ]


def _content() -> list[sa.Column[object]]:
    return [
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("text_part", sa.Text(), server_default="", nullable=False),
        sa.Column("conditions", JSONB(), server_default="[]", nullable=False),
        sa.Column("first_link", sa.Integer(), server_default="1", nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    ]


def _constraints(table: str, last: str) -> list[sa.Constraint]:
    return [
        sa.PrimaryKeyConstraint("tenant_id", "mailing_id", last, name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "mailing_id"], ["launches.tenant_id", "launches.mailing_id"],
            name=op.f(f"fk_{table}_tenant_id_mailing_id"), ondelete="CASCADE",
        ),
    ]  # fmt: skip
