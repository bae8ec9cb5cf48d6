"""Find a person's deliveries by the person alone

The unique index over (tenant_id, contact_id, mailing_id) could also be walked through for a mailing, skipping from one
person to the next. With statistics that did not know the mailing yet the planner did so for each write of answers,
which took seconds at 100,000 recipients. An audience holds each person once by how it is read.
"""

from __future__ import annotations

from alembic import op

revision = "0160"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("uq_deliveries_contact", table_name="deliveries")
    op.create_index("ix_deliveries_contact", "deliveries", ["contact_id"])


def downgrade() -> None:
    op.drop_index("ix_deliveries_contact", table_name="deliveries")
    op.create_index("uq_deliveries_contact", "deliveries", ["tenant_id", "contact_id", "mailing_id"], unique=True)
