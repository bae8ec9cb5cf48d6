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
FROM (SELECT r.name, r.fields, known.id FROM import_rows r {person} WHERE {slice} ORDER BY known.id) n
CROSS JOIN LATERAL (
  SELECT c.id, c.name, c.fields FROM contacts c WHERE c.tenant_id = :tenant AND c.id BETWEEN n.id AND n.id
  AND (c.name, c.fields) IS DISTINCT FROM ({name}, {fields}) ORDER BY c.id LIMIT 1 FOR UPDATE) c
ON CONFLICT DO NOTHING
RETURNING contact_id
"""
_MERGE = """
INSERT INTO contacts AS c (tenant_id, address, address_key, name, fields, created_import_id, import_id)
SELECT :tenant, r.address, r.address_key, r.name, r.fields, :import_id, :import_id
FROM import_rows r WHERE {slice} ORDER BY r.address_key
ON CONFLICT (tenant_id, address_key) DO UPDATE
SET name = {name}, fields = {fields}, import_id = :import_id, updated_at = now()
WHERE (c.name, c.fields) IS DISTINCT FROM ({name}, {fields})
RETURNING c.id
"""
_JOIN = sa.text("""
INSERT INTO subscriptions (tenant_id, list_id, contact_id, state, source, consent, changed_by, import_id)
SELECT :tenant, list_id, id, :state, 'import', :consent, 'import', :import_id
FROM unnest(CAST(:people AS bigint[])) AS id, unnest(CAST(:lists AS bigint[])) AS list_id
ON CONFLICT DO NOTHING
RETURNING contact_id
""")
# Whoever is in one of the lists is inside, whoever is in none of them but was is kept out.
_INSIDE = sa.text("""
SELECT p.id FROM unnest(CAST(:settled AS bigint[])) AS p (id), unnest(CAST(:lists AS bigint[])) AS l (id)
CROSS JOIN LATERAL (
  SELECT s.state FROM subscriptions s WHERE s.tenant_id = :tenant AND s.list_id = l.id
  AND s.contact_id BETWEEN p.id AND p.id ORDER BY s.contact_id LIMIT 1) AS place
WHERE place.state IN ('subscribed', 'unconfirmed')
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
    rows, known = slices.count(where), slices.people(where)
    room.make_sure(rows - len(known))
    values = {
        **where, "lists": [entry.list_id, *entry.also_lists], "consent": entry.consent,
        "state": SubscriptionState.UNCONFIRMED if entry.double_opt_in else SubscriptionState.SUBSCRIBED,
        "names": NAME in entry.mapping,
        "keys": [target.removeprefix(FIELD) for target in entry.mapping if target.startswith(FIELD)],
    }  # fmt: skip
    changed, people = _write_people(ImportPolicy(entry.policy), values, known)
    keys.remember(entry, where)
    if len(people) < rows:  # somebody else brought them in at this moment
        people.update(slices.people(where))
    return _joined(sorted(people), changed, values)


def _write_people(policy: ImportPolicy, values: dict[str, Any], known: list[int]) -> tuple[set[int], set[int]]:
    """Write the contacts of the slice; return the ids of those that were known and change, and of all that are known
    or written."""
    changed = set(db.session.scalars(sa.text(_sql(_REMEMBER, policy, new="n")), values)) if known else set()
    written = db.session.scalars(sa.text(_sql(_MERGE, policy, new="excluded")), values)
    return changed, {*known, *written}


def _sql(template: str, policy: ImportPolicy, *, new: str) -> str:
    name, fields = _NAME[policy].format(old="c", new=new), _FIELDS[policy].format(old="c", new=new)
    return template.format(slice=slices.SLICE, person=slices.PERSON, name=name, fields=fields)


def _joined(people: list[int], changed: set[int], values: dict[str, Any]) -> Merged:
    """Put the people on the lists that they were never on, and count everybody once."""
    joined = set(db.session.scalars(_JOIN, {**values, "people": people}))
    settled = [person for person in people if person not in joined]
    inside = set(db.session.scalars(_INSIDE, {**values, "settled": settled})) if settled else set()
    updated, kept_out = len(inside & changed), len(settled) - len(inside)
    return Merged(values["through"], len(joined), updated, len(inside) - updated, kept_out)
