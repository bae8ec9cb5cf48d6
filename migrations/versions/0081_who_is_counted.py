"""Who is not counted: workspaces, lists and people without tracking; and what is forgotten by schedule"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.audit import watch
from migrations.security import protect

revision = "0081"
down_revision = "0120"
branch_labels = None
depends_on = None

TENANT_ID = sa.text("nullif(current_setting('app.tenant_id', true), '')::bigint")
SWITCHED = ("tenants", "lists", "launches")
SWITCHES = ("track_opens", "track_clicks")


def upgrade() -> None:
    for table in SWITCHED:
        for name in SWITCHES:
            op.add_column(table, sa.Column(name, sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("launches", sa.Column("people_forgotten_at", sa.DateTime(timezone=True), nullable=True))
    _create_untracked()
    _create_tidyings()


def _create_untracked() -> None:
    op.create_table(
        "untracked_contacts",
        sa.Column("tenant_id", sa.BigInteger(), server_default=TENANT_ID, nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_untracked_contacts_tenant_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contact_id"], ["contacts.tenant_id", "contacts.id"],
            name=op.f("fk_untracked_contacts_tenant_id_contact_id"), ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "contact_id", name=op.f("pk_untracked_contacts")),
    )  # fmt: skip
    protect("untracked_contacts")
    watch("untracked_contacts")


def _create_tidyings() -> None:
    op.create_table(
        "tidyings",
        sa.Column("tenant_id", sa.BigInteger(), server_default=TENANT_ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("networks_through", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_tidyings_tenant_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_tidyings")),
    )
    protect("tidyings")


def downgrade() -> None:
    op.drop_table("tidyings")
    op.drop_table("untracked_contacts")
    op.drop_column("launches", "people_forgotten_at")
    for table in reversed(SWITCHED):
        for name in reversed(SWITCHES):
            op.drop_column(table, name)
