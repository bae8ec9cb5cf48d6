"""Keeping in step by a key: a person stays the same one when their address changes, in the database or here.

For each key an order remembers whom it means, and the address that the database said last. When the database says
another one, the person moves to it. When the person has moved by themselves, or was corrected by hand, the database's
old address means them still.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from app.core.db import db
from app.lists.importer import slices
from app.lists.importer.mapping import KEY
from app.lists.models import Import
from app.lists.states import ImportPolicy

_SAID = "nullif(r.cells ->> :key_at, '')"
_KNOWN = "k.tenant_id = :tenant AND k.sync_id = :sync_id"
# Only to an address that nobody has: else there are two people, and each is found by their own.
_MOVE = sa.text(f"""
WITH moved AS (
  SELECT c.id, c.address AS before, r.address, r.address_key, k.key
  FROM (SELECT r.address, r.address_key, {_SAID} AS key FROM {slices.ROWS}) r
  JOIN sync_keys k ON {_KNOWN} AND k.key = r.key AND k.address_key <> r.address_key
  JOIN contacts c ON c.tenant_id = :tenant AND c.id = k.contact_id AND c.address_key <> r.address_key
  WHERE (SELECT o.id FROM contacts o WHERE o.tenant_id = :tenant
         AND o.address_key BETWEEN r.address_key AND r.address_key ORDER BY o.address_key LIMIT 1) IS NULL
), noted AS (
  INSERT INTO contact_edits (tenant_id, contact_id, changed_by, before, after)
  SELECT :tenant, id, 'database', jsonb_build_object('email', before), jsonb_build_object('email', address) FROM moved
), remembered AS (
  UPDATE sync_keys k SET address_key = m.address_key FROM moved m WHERE {_KNOWN} AND k.key = m.key
)
UPDATE contacts c SET address = m.address, address_key = m.address_key, updated_at = now()
FROM moved m WHERE c.tenant_id = :tenant AND c.id = m.id
""")  # noqa: S608 - our own text
_FOLLOW = sa.text(f"""
UPDATE import_rows t SET address = c.address, address_key = c.address_key
FROM (SELECT r.line, r.address_key, {_SAID} AS key FROM {slices.ROWS}) r
JOIN sync_keys k ON {_KNOWN} AND k.key = r.key AND k.address_key = r.address_key
JOIN contacts c ON c.tenant_id = :tenant AND c.id = k.contact_id AND c.address_key <> r.address_key
WHERE t.tenant_id = :tenant AND t.import_id = :import_id AND t.line = r.line
AND NOT EXISTS (SELECT FROM import_rows o WHERE o.tenant_id = :tenant AND o.import_id = :import_id
                AND o.line > :after AND o.line <= :through AND o.address_key = c.address_key)
""")  # noqa: S608 - our own text
_REMEMBER = sa.text(f"""
INSERT INTO sync_keys AS k (tenant_id, sync_id, key, contact_id, address_key)
SELECT DISTINCT ON (r.key) :tenant, :sync_id, r.key, known.id, r.address_key
FROM (SELECT r.line, r.address_key, {_SAID} AS key FROM {slices.ROWS}) r {slices.PERSON}
WHERE r.key IS NOT NULL ORDER BY r.key, r.line
ON CONFLICT (tenant_id, sync_id, key) DO UPDATE
SET contact_id = excluded.contact_id, address_key = excluded.address_key WHERE k.contact_id <> excluded.contact_id
""")  # noqa: S608 - our own text


def meet(entry: Import, where: Mapping[str, int]) -> None:
    """Before a slice is merged by addresses: let people move to their new ones, and rows find people who moved."""
    if entry.sync_id is None or KEY not in entry.mapping:
        return
    values = _values(entry, where)
    if entry.policy in (ImportPolicy.UPDATE, ImportPolicy.REPLACE):
        db.session.execute(_MOVE, values)
    db.session.execute(_FOLLOW, values)


def remember(entry: Import, where: Mapping[str, int]) -> None:
    """After a slice is merged: keep whom its keys mean."""
    if entry.sync_id is not None and KEY in entry.mapping:
        db.session.execute(_REMEMBER, _values(entry, where))


def _values(entry: Import, where: Mapping[str, int]) -> dict[str, Any]:
    return {**where, "sync_id": entry.sync_id, "key_at": entry.mapping.index(KEY)}
