"""What people are found by, in blocks of neighbours: any part of an address or name, at any number of people"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.security import protect

revision = "0024"
down_revision = "0031"
branch_labels = None
depends_on = None

TENANT_ID = sa.text("nullif(current_setting('app.tenant_id', true), '')::bigint")
TEXT = r"replace(lower(c.address || ' ' || c.name), E'\n', ' ')"

# The first statement makes and locks the blocks in their order; the second has a snapshot taken after that, so two
# transactions that touch the same block both count.
WRITE = rf"""
CREATE FUNCTION write_contact_blocks(owner bigint, touched bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO contact_blocks AS k (tenant_id, block, ids, texts)
  SELECT owner, b, '{{}}', '' FROM unnest(touched) AS b ORDER BY b
  ON CONFLICT (tenant_id, block) DO UPDATE SET block = k.block;
  UPDATE contact_blocks k SET ids = coalesce(n.ids, '{{}}'), texts = coalesce(n.texts, '')
  FROM unnest(touched) AS b CROSS JOIN LATERAL (
    SELECT array_agg(c.id ORDER BY c.id DESC) AS ids, string_agg({TEXT}, E'\n' ORDER BY c.id DESC) AS texts
    FROM contacts c WHERE c.tenant_id = owner AND c.id >= b * 64 AND c.id < (b + 1) * 64) n
  WHERE k.tenant_id = owner AND k.block = b;
  DELETE FROM contact_blocks k WHERE k.tenant_id = owner AND k.block = ANY(touched) AND k.ids = '{{}}';
END $$
"""
FOLLOW = """
CREATE FUNCTION follow_contacts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM write_contact_blocks(m.tenant_id, m.touched) FROM (
    SELECT r.tenant_id, array_agg(DISTINCT r.id / 64) AS touched FROM moved_rows r GROUP BY r.tenant_id) m;
  RETURN NULL;
END $$
"""
EVENTS = {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"}


def upgrade() -> None:
    op.create_table(
        "contact_blocks",
        sa.Column("tenant_id", sa.BigInteger(), server_default=TENANT_ID, nullable=False),
        sa.Column("block", sa.BigInteger(), nullable=False),
        sa.Column("ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("texts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "block", name=op.f("pk_contact_blocks")),
        postgresql_with={"toast_tuple_target": "8160", "fillfactor": "90"},
    )
    # Read by the thousand: never compressed, and out of line only where a block is larger than a page.
    for column in ("ids", "texts"):
        op.execute(f"ALTER TABLE contact_blocks ALTER COLUMN {column} SET STORAGE EXTERNAL")
    op.execute(
        "INSERT INTO contact_blocks SELECT c.tenant_id, c.id / 64, array_agg(c.id ORDER BY c.id DESC),"
        f" string_agg({TEXT}, E'\\n' ORDER BY c.id DESC) FROM contacts c GROUP BY 1, 2"
    )
    protect("contact_blocks")
    op.execute(WRITE)
    op.execute(FOLLOW)
    for event, rows in EVENTS.items():
        op.execute(
            f"CREATE TRIGGER follow_{event.lower()} AFTER {event} ON contacts REFERENCING {rows} TABLE AS moved_rows"
            " FOR EACH STATEMENT EXECUTE FUNCTION follow_contacts()"
        )


def downgrade() -> None:
    for event in EVENTS:
        op.execute(f"DROP TRIGGER follow_{event.lower()} ON contacts")
    op.execute("DROP FUNCTION follow_contacts()")
    op.execute("DROP FUNCTION write_contact_blocks(bigint, bigint[])")
    op.drop_table("contact_blocks")
