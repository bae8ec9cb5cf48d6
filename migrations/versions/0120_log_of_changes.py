"""The log of changes"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.audit import create_functions, drop_functions, forget, watch
from migrations.security import TENANT, protect

revision = "0120"
down_revision = "0141"
branch_labels = None
depends_on = None

COUNTS = "unconfirmed subscribed unsubscribed bounced complained"
LAUNCH = (
    "html text_part conditions audience started_at first_accepted_at half_at last_accepted_at finished_at quota_month"
    " total suppressed slice_size paced_from paced_after fed_through deferred accepted bounced cancelled expired"
)
IMPORT = (
    "problem layout columns choices findings size read_through rows added updated unchanged kept_out rejected"
    " merged_through undone_through undone left_again moved_at started_at finished_at"
)

PLAIN = (
    "members", "fields", "syncs", "segments", "hidden_targets", "series", "report_choices", "pictures",
    "launch_contents", "approvals", "campaigns", "mail_patterns", "plan_wishes", "support_consents",
)  # fmt: skip
# Who receives is personal: the log says that something changed, and the person's own page says what.
PERSONAL = ("contacts", "subscriptions", "suppressions")
OTHERS: dict[str, dict[str, str | bool]] = {
    "tenants": {"ignored": "version"},
    "accounts": {"hidden": "password_hash", "ignored": "auth_epoch"},
    "invitations": {"ignored": "invited_by"},
    "lists": {"ignored": COUNTS},
    "signup_forms": {"hidden": "key"},
    "bulk_actions": {"ignored": "through last_id total done changed finished_at"},
    "exports": {"ignored": "total done unencodable size finished_at"},
    "imports": {"ignored": IMPORT},
    "database_connections": {"hidden": "password"},
    "mailings": {"ignored": "version", "sitting": True},
    "templates": {"sitting": True},
    "launches": {"ignored": LAUNCH},
    "billing_accounts": {"ignored": "customer asked_at"},
    "sending_domains": {"ignored": "checked_at unanswered looks_without_change next_check_at"},
    "domain_keys": {"hidden": "locked"},
}


def upgrade() -> None:
    op.create_table(
        "audit_entries", *_columns(), sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_audit_entries"))
    )
    op.create_index("ix_audit_entries_tenant_id_thing_id", "audit_entries", ["tenant_id", "thing", "id"])
    op.create_index("ix_audit_entries_tenant_id_actor_id_id", "audit_entries", ["tenant_id", "actor_id", "id"])
    protect("audit_entries")
    op.execute("REVOKE UPDATE, DELETE ON audit_entries FROM messagepark_tenant")
    create_functions()
    for table in PLAIN:
        watch(table)
    for table in PERSONAL:
        watch(table, hidden="*")
    for table, options in OTHERS.items():
        watch(table, **options)  # type: ignore[arg-type]


def downgrade() -> None:
    for table in (*PLAIN, *PERSONAL, *OTHERS):
        forget(table)
    drop_functions()
    op.drop_table("audit_entries")


def _columns() -> list[sa.Column[object]]:
    tenant = sa.ForeignKey("tenants.id", name=op.f("fk_audit_entries_tenant_id"), ondelete="CASCADE")
    words = ("actor_name", "place", "device", "action", "thing", "thing_id", "title")
    empty = {"place", "device", "thing_id", "title"}
    return [
        sa.Column("tenant_id", sa.BigInteger(), tenant, server_default=sa.text(TENANT), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.func.clock_timestamp(), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), server_default="" if name in empty else None, nullable=False) for name in words),
        sa.Column("before", JSONB(), server_default="{}", nullable=False),
        sa.Column("after", JSONB(), server_default="{}", nullable=False),
    ]
