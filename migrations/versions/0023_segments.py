"""Segments, the views that they speak to, and audiences of lists and segments"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.security import ROLE, protect

revision = "0023"
down_revision = "0041"
branch_labels = None
depends_on = None

TENANT_ID = sa.text("nullif(current_setting('app.tenant_id', true), '')::bigint")
JSON = postgresql.JSONB(astext_type=sa.Text())
IDS = postgresql.ARRAY(sa.BigInteger())

# The names and columns are documented on a page for people who write conditions in SQL: they only ever grow.
# LEFT JOINs on whole keys cost nothing where their columns are not asked for.
VIEWS = {
    "contact": """
        SELECT c.id, c.address, split_part(c.address_key, '@', 2) AS domain, c.name, c.fields, c.created_at,
               c.updated_at, c.created_import_id AS import_id,
               EXISTS (SELECT FROM suppressions s
                       WHERE s.tenant_id = c.tenant_id AND (
                           s.address_key IN (c.address_key, '@' || split_part(c.address_key, '@', 2))
                           OR s.subdomains AND split_part(c.address_key, '@', 2)
                               LIKE '%.' || replace(substr(s.address_key, 2), '_', '\\_'))) AS suppressed
        FROM contacts c""",
    "subscription": """
        SELECT s.contact_id, s.list_id, l.code AS list_code, l.title AS list_title, s.state, s.source, s.consent,
               s.created_at, s.changed_at, s.changed_by, s.import_id
        FROM subscriptions s LEFT JOIN lists l ON l.tenant_id = s.tenant_id AND l.id = s.list_id""",
    "mailing": """
        SELECT l.mailing_id AS id, l.subject, l.kind, l.state, l.started_at, l.finished_at, l.total AS people
        FROM launches l WHERE l.started_at IS NOT NULL""",
    "mailing_link": "SELECT k.mailing_id, k.number, k.url, k.label FROM mailing_links k",
    "delivery_summary": """
        SELECT d.contact_id, d.mailing_id, l.subject, l.started_at,
               CASE d.state WHEN 0 THEN 'waiting' WHEN 1 THEN 'deferred' WHEN 2 THEN 'accepted' WHEN 3 THEN 'bounced'
                            WHEN 4 THEN 'cancelled' ELSE 'expired' END AS state,
               d.bounce, d.answered_at AS sent_at, r.opened_at, r.clicked_at, r.unsubscribed_at,
               coalesce(r.opens, 0) AS opens, coalesce(r.clicks, 0) AS clicks,
               ARRAY(SELECT DISTINCT e.link FROM events e
                     WHERE e.tenant_id = d.tenant_id AND e.mailing_id = d.mailing_id AND e.seq = d.seq
                       AND e.kind = 'click' AND e.human ORDER BY 1) AS links_clicked
        FROM deliveries d
        LEFT JOIN launches l ON l.tenant_id = d.tenant_id AND l.mailing_id = d.mailing_id
        LEFT JOIN reactions r ON r.tenant_id = d.tenant_id AND r.mailing_id = d.mailing_id AND r.seq = d.seq""",
}


def upgrade() -> None:
    for name, query in VIEWS.items():
        op.execute(f"CREATE VIEW {name} WITH (security_invoker = true) AS {query}")
        op.execute(f"GRANT SELECT ON {name} TO {ROLE}")
    _create_segments()
    _create_hidden_targets()
    for name in ("segment_ids", "excluded_list_ids", "excluded_segment_ids"):
        op.add_column("mailings", sa.Column(name, IDS, server_default="{}", nullable=False))
    op.add_column("launches", sa.Column("audience", JSON, server_default="{}", nullable=False))


def _create_segments() -> None:
    op.create_table(
        "segments",
        sa.Column("tenant_id", sa.BigInteger(), server_default=TENANT_ID, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), server_default="segment", nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), server_default="", nullable=False),
        sa.Column("condition", JSON, server_default="{}", nullable=False),
        sa.Column("sql", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_segments_tenant_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_segments")),
    )
    protect("segments")


def _create_hidden_targets() -> None:
    op.create_table(
        "hidden_targets",
        sa.Column("tenant_id", sa.BigInteger(), server_default=TENANT_ID, nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_hidden_targets_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "target", name=op.f("pk_hidden_targets")),
    )
    protect("hidden_targets")


def downgrade() -> None:
    op.drop_column("launches", "audience")
    for name in ("excluded_segment_ids", "excluded_list_ids", "segment_ids"):
        op.drop_column("mailings", name)
    op.drop_table("hidden_targets")
    op.drop_table("segments")
    for name in reversed(VIEWS):
        op.execute(f"DROP VIEW {name}")
