"""People in the order of their names"""

from __future__ import annotations

from alembic import op

revision = "0152"
down_revision = "0112"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_contacts_name", "contacts", ["tenant_id", "name", "id"])


def downgrade() -> None:
    op.drop_index("ix_contacts_name", table_name="contacts")
