"""Edits, rhythms, departures and mails of contacts; work on many people at once, and exports"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.security import ROLE, protect

revision = "0075"
down_revision = "0030"
branch_labels = None
depends_on = None

TENANT_ID = sa.text("nullif(current_setting('app.tenant_id', true), '')::bigint")
NOW = sa.text("now()")
JSON = postgresql.JSONB(astext_type=sa.Text())
# Whose rows a view shows is decided for whoever asks: it has no rights of its own.
CONTACT_MAILS = """
CREATE VIEW contact_mails WITH (security_invoker = true) AS
SELECT d.tenant_id, d.contact_id, d.mailing_id, d.seq, l.subject, l.kind, l.list_ids,
       coalesce(l.started_at, l.planned_at) AS sent_at, d.state, d.bounce, r.opened_at, r.clicked_at, r.unsubscribed_at
FROM deliveries d
JOIN launches l ON l.tenant_id = d.tenant_id AND l.mailing_id = d.mailing_id
LEFT JOIN reactions r ON r.tenant_id = d.tenant_id AND r.mailing_id = d.mailing_id AND r.seq = d.seq
"""


def upgrade() -> None:
    _create_about_contacts()
    _create_bulk_actions()
    _create_exports()
    op.execute(CONTACT_MAILS)
    op.execute(f"GRANT SELECT ON contact_mails TO {ROLE}")


def _create_about_contacts() -> None:
    op.create_table(
        "contact_edits",
        *_numbered("contact_edits"),
        _number("contact_id"),
        _time("at", server_default=NOW),
        _number("member_id", nullable=True),
        _text("changed_by"),
        sa.Column("before", JSON, nullable=False),
        sa.Column("after", JSON, nullable=False),
        _to("contact_edits", "contact_id", "contacts"),
    )
    op.create_index("ix_contact_edits_contact", "contact_edits", ["tenant_id", "contact_id"])
    op.create_table(
        "contact_rhythms",
        _tenant("contact_rhythms"),
        _number("contact_id"),
        sa.Column("days", sa.SmallInteger(), nullable=False),
        _time("mailed_at", nullable=True),
        _to("contact_rhythms", "contact_id", "contacts"),
        sa.PrimaryKeyConstraint("tenant_id", "contact_id", name=op.f("pk_contact_rhythms")),
    )
    op.create_table(
        "departures",
        _tenant("departures"),
        _number("mailing_id"),
        _number("contact_id"),
        _text("reason"),
        _text("note", server_default=""),
        _time("at", server_default=NOW),
        sa.PrimaryKeyConstraint("tenant_id", "mailing_id", "contact_id", name=op.f("pk_departures")),
    )
    for table in ("contact_edits", "contact_rhythms", "departures"):
        protect(table)


def _create_bulk_actions() -> None:
    op.create_table(
        "bulk_actions",
        *_numbered("bulk_actions"),
        _text("kind"),
        sa.Column("selection", JSON, nullable=False),
        sa.Column("params", JSON, server_default="{}", nullable=False),
        _text("state"),
        *(_number(name, server_default="0") for name in ("through", "last_id", "total", "done", "changed")),
        _number("started_by", nullable=True),
        _time("created_at", server_default=NOW),
        _time("finished_at", nullable=True),
    )
    op.create_table(
        "bulk_changes",
        _tenant("bulk_changes"),
        _number("action_id"),
        _number("contact_id"),
        _number("list_id"),
        sa.Column("was", JSON, nullable=False),
        _to("bulk_changes", "action_id", "bulk_actions"),
        sa.PrimaryKeyConstraint("tenant_id", "action_id", "contact_id", "list_id", name=op.f("pk_bulk_changes")),
    )
    protect("bulk_actions")
    protect("bulk_changes")


def _create_exports() -> None:
    op.create_table(
        "exports",
        *_numbered("exports"),
        sa.Column("selection", JSON, nullable=False),
        sa.Column("columns", JSON, nullable=False),
        *(_text(name) for name in ("format", "state")),
        *(_number(name, server_default="0") for name in ("total", "done", "unencodable", "size")),
        _number("started_by", nullable=True),
        _time("created_at", server_default=NOW),
        _time("finished_at", nullable=True),
    )
    op.create_table(
        "export_chunks",
        _tenant("export_chunks"),
        _number("export_id"),
        _number("number"),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        _to("export_chunks", "export_id", "exports"),
        sa.PrimaryKeyConstraint("tenant_id", "export_id", "number", name=op.f("pk_export_chunks")),
    )
    protect("exports")
    protect("export_chunks")


def _text(name: str, **options: object) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, **options)  # type: ignore[arg-type]


def _number(name: str, *, nullable: bool = False, **options: object) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable, **options)  # type: ignore[arg-type]


def _time(name: str, *, nullable: bool = False, **options: object) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, **options)  # type: ignore[arg-type]


def _tenant(table: str) -> sa.Column[int]:
    key = sa.ForeignKey("tenants.id", name=op.f(f"fk_{table}_tenant_id"), ondelete="CASCADE")
    return sa.Column("tenant_id", sa.BigInteger(), key, server_default=TENANT_ID, nullable=False)


def _numbered(table: str) -> tuple[sa.Column[int], sa.Column[int], sa.PrimaryKeyConstraint]:
    number = sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)
    return _tenant(table), number, sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{table}"))


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_tenant_id_{column}")
    return sa.ForeignKeyConstraint(
        ["tenant_id", column], [f"{target}.tenant_id", f"{target}.id"], name=name, ondelete="CASCADE"
    )


def downgrade() -> None:
    op.execute("DROP VIEW contact_mails")
    tables = ("export_chunks", "exports", "bulk_changes", "bulk_actions", "departures")
    for table in (*tables, "contact_rhythms", "contact_edits"):
        op.drop_table(table)
