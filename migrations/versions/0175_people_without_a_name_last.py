"""People in the order of their names, those without one last"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0175"
down_revision = "0199"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_contacts_name", table_name="contacts")
    op.create_index("ix_contacts_name", "contacts", ["tenant_id", sa.text("(name = '')"), "name", "id"])


def downgrade() -> None:
    op.drop_index("ix_contacts_name", table_name="contacts")
    op.create_index("ix_contacts_name", "contacts", ["tenant_id", "name", "id"])
