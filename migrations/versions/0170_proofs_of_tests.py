"""What receivers find of the signatures of a test"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0170"
down_revision = "0197"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notices", sa.Column("test_of", sa.BigInteger(), nullable=True))
    op.add_column("notices", sa.Column("proofs", JSONB(), nullable=True))
    op.create_foreign_key(
        "fk_notices_test_of", "notices", "mailings", ["tenant_id", "test_of"], ["tenant_id", "id"], ondelete="CASCADE"
    )
    op.create_index(
        "ix_notices_test_of",
        "notices",
        ["tenant_id", "test_of", "id"],
        postgresql_where=sa.text("test_of IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_notices_test_of", "notices")
    op.drop_constraint("fk_notices_test_of", "notices", type_="foreignkey")
    op.drop_column("notices", "proofs")
    op.drop_column("notices", "test_of")
