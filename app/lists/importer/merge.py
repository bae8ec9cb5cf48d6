"""Staged rows become contacts and subscriptions, a slice of lines at a time, each slice one transaction.

`merged_through` moves with the slice, so a killed worker goes on where it was and nothing is done twice.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from app.core.db import db
from app.core.tenancy import current_tenant_id
from app.lists.models import Import
from app.lists.states import ImportPolicy

SLICE = 10_000

_NEXT = sa.text("""
SELECT max(line) FROM (
  SELECT line FROM import_rows WHERE tenant_id = :tenant AND import_id = :import_id AND line > :after
  ORDER BY line LIMIT :size) AS slice
""")
_SLICE = """
import_rows r WHERE r.tenant_id = :tenant AND r.import_id = :import_id AND r.line > :after AND r.line <= :through
AND r.verdict IN ('new', 'known')
"""
# What the source says against what we know: it wins where it says something, only fills gaps, or yields.
_NAME = {
    ImportPolicy.UPDATE: "coalesce(nullif({new}.name, ''), {old}.name)",
    ImportPolicy.FILL: "coalesce(nullif({old}.name, ''), {new}.name)",
    ImportPolicy.KEEP: "{old}.name",
}
_FIELDS = {
    ImportPolicy.UPDATE: "{old}.fields || {new}.fields",
    ImportPolicy.FILL: "{new}.fields || {old}.fields",
    ImportPolicy.KEEP: "{old}.fields",
}
_REMEMBER = """
INSERT INTO import_changes (tenant_id, import_id, contact_id, name, fields)
SELECT :tenant, :import_id, c.id, c.name, c.fields
FROM contacts c JOIN (SELECT r.address_key, r.name, r.fields FROM {slice}) n ON n.address_key = c.address_key
WHERE c.tenant_id = :tenant AND (c.name, c.fields) IS DISTINCT FROM ({name}, {fields})
ORDER BY c.id FOR UPDATE OF c
ON CONFLICT DO NOTHING
"""
_MERGE = """
INSERT INTO contacts AS c (tenant_id, address, address_key, name, fields, created_import_id, import_id)
SELECT :tenant, r.address, r.address_key, r.name, r.fields, :import_id, :import_id
FROM {slice} ORDER BY r.address_key
ON CONFLICT (tenant_id, address_key) DO UPDATE
SET name = {name}, fields = {fields}, import_id = :import_id, updated_at = now()
WHERE (c.name, c.fields) IS DISTINCT FROM ({name}, {fields})
"""
_JOIN = f"""
INSERT INTO subscriptions (tenant_id, list_id, contact_id, state, source, consent, changed_by, import_id)
SELECT :tenant, :list_id, c.id, 'subscribed', 'import', :consent, 'import', :import_id
FROM (SELECT r.address_key FROM {_SLICE}) n
JOIN contacts c ON c.tenant_id = :tenant AND c.address_key = n.address_key
ORDER BY c.id
ON CONFLICT DO NOTHING
"""  # noqa: S608 - our own text
_COUNT = f"""
SELECT count(*) AS met,
       count(*) FILTER (WHERE s.import_id = :import_id) AS added,
       count(*) FILTER (WHERE s.import_id IS DISTINCT FROM :import_id
                        AND s.state NOT IN ('subscribed', 'unconfirmed')) AS kept_out,
       count(*) FILTER (WHERE s.import_id IS DISTINCT FROM :import_id
                        AND s.state IN ('subscribed', 'unconfirmed') AND h.contact_id IS NOT NULL) AS updated
FROM (SELECT r.address_key FROM {_SLICE}) n
JOIN contacts c ON c.tenant_id = :tenant AND c.address_key = n.address_key
JOIN subscriptions s ON s.tenant_id = :tenant AND s.list_id = :list_id AND s.contact_id = c.id
LEFT JOIN import_changes h ON h.tenant_id = :tenant AND h.import_id = :import_id AND h.contact_id = c.id
"""  # noqa: S608 - our own text


@dataclass(frozen=True, slots=True)
class Merged:
    """What became of the people of a slice; each is counted once. `through` is its last line."""

    through: int
    added: int
    updated: int
    unchanged: int
    kept_out: int


def merge_slice(entry: Import, *, size: int = SLICE) -> Merged | None:
    """Merge the next slice of an import; None when all lines are merged. Repeating a slice changes nothing."""
    where = {"tenant": current_tenant_id(), "import_id": entry.id, "after": entry.merged_through}
    through = db.session.scalar(_NEXT, {**where, "size": size})
    if through is None:
        return None
    values = {**where, "through": through, "list_id": entry.list_id, "consent": entry.consent}
    for statement in _statements(ImportPolicy(entry.policy)):
        db.session.execute(sa.text(statement), values)
    counted = db.session.execute(sa.text(_COUNT), values).one()
    unchanged = counted.met - counted.added - counted.updated - counted.kept_out
    return Merged(through, counted.added, counted.updated, unchanged, counted.kept_out)


def _statements(policy: ImportPolicy) -> tuple[str, ...]:
    return _sql(_REMEMBER, policy, new="n"), _sql(_MERGE, policy, new="excluded"), _JOIN


def _sql(template: str, policy: ImportPolicy, *, new: str) -> str:
    name, fields = _NAME[policy].format(old="c", new=new), _FIELDS[policy].format(old="c", new=new)
    return template.format(slice=_SLICE, name=name, fields=fields)
