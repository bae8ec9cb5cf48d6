"""Staged rows become contacts and subscriptions, a slice of lines at a time, each slice one transaction.

`merged_through` moves with the slice, so a killed worker goes on where it was and nothing is done twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.core.db import db
from app.lists import room
from app.lists.importer import keys, slices
from app.lists.importer.mapping import FIELD, NAME
from app.lists.models import Import
from app.lists.states import ImportPolicy, SubscriptionState

# What the source says against what we know: it wins where it says something, only fills gaps, or yields.
_NAME = {
    ImportPolicy.UPDATE: "coalesce(nullif({new}.name, ''), {old}.name)",
    ImportPolicy.FILL: "coalesce(nullif({old}.name, ''), {new}.name)",
    ImportPolicy.KEEP: "{old}.name",
    ImportPolicy.REPLACE: "CASE WHEN :names THEN {new}.name ELSE {old}.name END",
}
_FIELDS = {
    ImportPolicy.UPDATE: "{old}.fields || {new}.fields",
    ImportPolicy.FILL: "{new}.fields || {old}.fields",
    ImportPolicy.KEEP: "{old}.fields",
    ImportPolicy.REPLACE: "({old}.fields - CAST(:keys AS text[])) || {new}.fields",
}
_REMEMBER = """
INSERT INTO import_changes (tenant_id, import_id, contact_id, name, fields)
SELECT :tenant, :import_id, c.id, c.name, c.fields
FROM contacts c JOIN (SELECT r.address_key, r.name, r.fields FROM {slice}) n ON n.address_key = c.address_key
WHERE c.tenant_id = :tenant AND (c.name, c.fields) IS DISTINCT FROM ({name}, {fields})
ORDER BY c.id FOR UPDATE OF c
ON CONFLICT DO NOTHING
RETURNING contact_id
"""
_MERGE = """
INSERT INTO contacts AS c (tenant_id, address, address_key, name, fields, created_import_id, import_id)
SELECT :tenant, r.address, r.address_key, r.name, r.fields, :import_id, :import_id
FROM {slice} ORDER BY r.address_key
ON CONFLICT (tenant_id, address_key) DO UPDATE
SET name = {name}, fields = {fields}, import_id = :import_id, updated_at = now()
WHERE (c.name, c.fields) IS DISTINCT FROM ({name}, {fields})
"""
# Whoever is in one of the lists is inside, whoever is in none of them but was is kept out.
_PLACES = sa.text("""
SELECT s.contact_id, bool_or(s.state IN ('subscribed', 'unconfirmed')) AS inside, count(*) AS lists
FROM subscriptions s
WHERE s.tenant_id = :tenant AND s.list_id = ANY(:lists) AND s.contact_id = ANY(:people) GROUP BY 1
""")
_JOIN = sa.text("""
INSERT INTO subscriptions (tenant_id, list_id, contact_id, state, source, consent, changed_by, import_id)
SELECT :tenant, list_id, id, :state, 'import', :consent, 'import', :import_id
FROM unnest(CAST(:people AS bigint[])) AS id, unnest(CAST(:lists AS bigint[])) AS list_id
ON CONFLICT DO NOTHING
""")


@dataclass(frozen=True, slots=True)
class Merged:
    """What became of the people of a slice; each is counted once. `through` is its last line."""

    through: int
    added: int
    updated: int
    unchanged: int
    kept_out: int


def merge_slice(entry: Import, *, size: int = slices.SIZE) -> Merged | None:
    """Merge the next slice of an import; None when all lines are merged. Repeating a slice changes nothing.

    Raises:
        NoRoom: the plan keeps fewer people; nobody of the slice was taken in.
    """
    where = slices.next_slice(entry.id, after=entry.merged_through, size=size)
    if where is None:
        return None
    keys.meet(entry, where)
    room.make_sure(slices.newcomers(where))
    values = {
        **where, "lists": [entry.list_id, *entry.also_lists], "consent": entry.consent,
        "state": SubscriptionState.UNCONFIRMED if entry.double_opt_in else SubscriptionState.SUBSCRIBED,
        "names": NAME in entry.mapping,
        "keys": [target.removeprefix(FIELD) for target in entry.mapping if target.startswith(FIELD)],
    }  # fmt: skip
    changed = _write_people(ImportPolicy(entry.policy), values)
    keys.remember(entry, where)
    return _joined(slices.people(where), changed, values)


def _write_people(policy: ImportPolicy, values: dict[str, Any]) -> set[int]:
    """Write the contacts of the slice; return the ids of those that were known and change."""
    changed = db.session.scalars(sa.text(_sql(_REMEMBER, policy, new="n")), values)
    found = set(changed)
    db.session.execute(sa.text(_sql(_MERGE, policy, new="excluded")), values)
    return found


def _sql(template: str, policy: ImportPolicy, *, new: str) -> str:
    name, fields = _NAME[policy].format(old="c", new=new), _FIELDS[policy].format(old="c", new=new)
    return template.format(slice=slices.ROWS, name=name, fields=fields)


def _joined(people: list[int], changed: set[int], values: dict[str, Any]) -> Merged:
    """Put the people on the lists that they were never on, and count everybody once."""
    values = {**values, "people": people}
    places = {row.contact_id: row for row in db.session.execute(_PLACES, values)}
    db.session.execute(_JOIN, values)
    every = len(values["lists"])
    added = len(people) - len(places) + sum(row.lists < every for row in places.values())
    settled = [row for row in places.values() if row.lists == every]
    updated = sum(row.inside and row.contact_id in changed for row in settled)
    kept_out = sum(not row.inside for row in settled)
    return Merged(values["through"], added, updated, len(people) - added - updated - kept_out, kept_out)
