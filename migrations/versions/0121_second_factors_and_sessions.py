"""Second factors, passkeys and sessions"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.audit import forget, watch
from migrations.security import TENANT, protect

revision = "0121"
down_revision = "0083"
branch_labels = None
depends_on = None

NOW = sa.func.now()


def upgrade() -> None:
    op.add_column("accounts", sa.Column("totp_secret", sa.LargeBinary(), nullable=True))
    op.add_column("accounts", sa.Column("totp_step", sa.BigInteger(), server_default="0", nullable=False))
    required = sa.Column("second_factor_required", sa.Boolean(), server_default=sa.false(), nullable=False)
    op.add_column("tenants", required)
    _create_sessions()
    _create_recovery_codes()
    _create_passkeys()
    forget("accounts")
    watch("accounts", hidden="password_hash totp_secret", ignored="auth_epoch totp_step")
    watch("test_groups")
    watch("sessions", ignored="seen_at account_id")
    watch("recovery_codes", hidden="hash")
    watch("passkeys", hidden="credential public_key", ignored="sign_count used_at")


def downgrade() -> None:
    forget("accounts")
    forget("test_groups")
    for table in ("passkeys", "recovery_codes", "sessions"):
        op.drop_table(table)
    op.drop_column("tenants", "second_factor_required")
    op.drop_column("accounts", "totp_step")
    op.drop_column("accounts", "totp_secret")
    watch("accounts", hidden="password_hash", ignored="auth_epoch")


def _create_sessions() -> None:
    tenant = sa.ForeignKey("tenants.id", name=op.f("fk_sessions_tenant_id"), ondelete="CASCADE")
    op.create_table(
        "sessions",
        sa.Column("tenant_id", sa.BigInteger(), tenant, server_default=sa.text(TENANT), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        _account("sessions"),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), server_default="", nullable=False),
        sa.Column("device", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sessions")),
    )
    op.create_index(op.f("ix_sessions_account_id"), "sessions", ["account_id"])
    protect("sessions")


def _create_recovery_codes() -> None:
    op.create_table(
        "recovery_codes",
        _account("recovery_codes"),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("account_id", "hash", name=op.f("pk_recovery_codes")),
    )
    _protect_own("recovery_codes")


def _create_passkeys() -> None:
    op.create_table(
        "passkeys",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        _account("passkeys"),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("credential", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential", name=op.f("uq_passkeys_credential")),
    )
    op.create_index(op.f("ix_passkeys_account_id"), "passkeys", ["account_id"])
    _protect_own("passkeys")


def _account(table: str) -> sa.Column[int]:
    key = sa.ForeignKey("accounts.id", name=op.f(f"fk_{table}_account_id"), ondelete="CASCADE")
    return sa.Column("account_id", sa.BigInteger(), key, nullable=False)


def _protect_own(table: str) -> None:
    """What belongs to a person is seen where the person is a member."""
    protect(table, using=f"EXISTS (SELECT FROM members m WHERE m.account_id = {table}.account_id)")
