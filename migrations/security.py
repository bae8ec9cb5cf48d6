"""Row-level security, the same for every table of a tenant."""

from __future__ import annotations

from alembic import op

ROLE = "messagepark_tenant"
TENANT = "nullif(current_setting('app.tenant_id', true), '')::bigint"


def create_tenant_role() -> None:
    """Make the role that requests and jobs run as. It logs in nowhere; the owner switches to it."""
    op.execute(
        f"DO $$ BEGIN CREATE ROLE {ROLE} NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
    )
    op.execute(f"GRANT {ROLE} TO CURRENT_USER")
    op.execute(f"GRANT USAGE ON SCHEMA public TO {ROLE}")


def protect(table: str, *, using: str | None = None) -> None:
    """Force row-level security on `table` even for the owner, and let the tenant role in by the policy."""
    condition = using or f"tenant_id = {TENANT}"
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON {table} TO {ROLE} USING ({condition}) WITH CHECK ({condition})")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {ROLE}")
