"""The document a mail is made of, and the text part that its author wrote"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0035"
down_revision = "0074"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mailings", sa.Column("document", JSONB(), nullable=True))
    op.add_column("mailings", sa.Column("text_part", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("mailings", "text_part")
    op.drop_column("mailings", "document")
