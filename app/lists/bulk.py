"""Doing something to many people at once: a job goes through a selection in slices, can be stopped, and taken back.

Each slice is a transaction. A killed worker goes on behind `through`, and nothing is done twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from app.core import queue
from app.core.db import db
from app.core.errors import N_, Conflict, Invalid
from app.core.tenancy import current_tenant_id
from app.lists import fields, queries, selection, service
from app.lists.models import BulkAction
from app.lists.selection import Selection, selection_of
from app.lists.states import BULK_MOVES, BulkKind, BulkState

__all__ = ["BulkAction"]

SLICE = 2000
UNDOABLE = frozenset(BulkKind) - {BulkKind.DELETE}


class NobodyChosen(Invalid):
    message = N_("Nobody fits any more. Choose again.")


class ListMissing(Invalid):
    message = N_("Choose the list they go to.")


class SameList(Invalid):
    message = N_("They are on this list already. Choose another one.")


class ConsentUnknown(Invalid):
    message = N_("Say how these people agreed to get your mail. Nothing was changed.")


class CannotBeUndone(Conflict):
    message = N_("Who was deleted is forgotten and cannot be brought back.")


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done: copy and move to `list_id`, edit the field `key` to what `text` says."""

    kind: BulkKind
    chosen: Selection
    list_id: int | None = None
    consent: str = ""
    key: str = ""
    text: str = ""
    member_id: int | None = field(default=None)


def begin(order: Order) -> BulkAction:
    """Let a job do it.

    Raises:
        NobodyChosen, ListMissing, SameList, ConsentUnknown, FieldsUnfit: something is missing or does not fit.
    """
    chosen = selection.settled(order.chosen)
    total = selection.count(chosen)
    if not total:
        raise NobodyChosen
    action = BulkAction(
        kind=order.kind, selection=chosen.to_json(), params=_params(order), state=BulkState.RUNNING, total=total,
        last_id=selection.newest_contact(), through=0, done=0, changed=0, started_by=order.member_id,
    )  # fmt: skip
    db.session.add(action)
    db.session.flush()
    queue.enqueue("lists.run_bulk_action", action.id, queue="bulk", timeout=3600)
    return action


def _params(order: Order) -> dict[str, Any]:
    if order.kind is BulkKind.EDIT:
        return {"key": order.key, "value": fields.converted({order.key: order.text})[order.key]}
    if order.kind not in (BulkKind.COPY, BulkKind.MOVE):
        return {}
    if order.list_id is None or queries.contact_list(order.list_id) is None:
        raise ListMissing
    if order.list_id == order.chosen.list_id:
        raise SameList
    if order.chosen.list_id is None and not order.consent.strip():
        raise ConsentUnknown
    return {"list_id": order.list_id, "consent": order.consent.strip()}


def action(action_id: int) -> BulkAction | None:
    query = sa.select(BulkAction).where(BulkAction.tenant_id == current_tenant_id(), BulkAction.id == action_id)
    return db.session.scalar(query)


def latest(count: int) -> list[BulkAction]:
    query = sa.select(BulkAction).where(BulkAction.tenant_id == current_tenant_id())
    return list(db.session.scalars(query.order_by(BulkAction.id.desc()).limit(count)))


def cancel(action_id: int, *, now: datetime) -> None:
    """Stop where it is; what was done stays and can be undone.

    Raises:
        Conflict: it is over already.
    """
    found = _locked(action_id)
    if found is not None:
        _move(found, BulkState.CANCELLED)
        found.finished_at = now
        db.session.flush()


def undo(action_id: int) -> None:
    """Let a job take it back, where nothing else has touched the same people since.

    Raises:
        Conflict: it is running or undone already.
        CannotBeUndone: it deleted people.
    """
    found = _locked(action_id)
    if found is None:
        return
    if found.kind not in UNDOABLE:
        raise CannotBeUndone
    _move(found, BulkState.UNDOING)
    db.session.flush()
    queue.enqueue("lists.run_bulk_action", found.id, queue="bulk", timeout=3600)


def next_slice(action_id: int, *, now: datetime, size: int = SLICE) -> bool:
    """Do, or take back, the next slice; False when there is no more. Any number of workers may try: one does it."""
    found = _locked(action_id)
    if found is None or found.state not in (BulkState.RUNNING, BulkState.UNDOING):
        return False
    if found.state == BulkState.UNDOING:
        return _undo_next(found, size)
    ids = selection.slice_of(selection_of(found.selection), after=found.through, through=found.last_id, size=size)
    if not ids:
        _move(found, BulkState.FINISHED)
        found.finished_at = now
        db.session.flush()
        return False
    found.changed += _DO[BulkKind(found.kind)](found, ids)
    found.done, found.through = found.done + len(ids), ids[-1]
    db.session.flush()
    return True


def _locked(action_id: int) -> BulkAction | None:
    query = sa.select(BulkAction).where(BulkAction.tenant_id == current_tenant_id(), BulkAction.id == action_id)
    return db.session.scalar(query.with_for_update().execution_options(populate_existing=True))


def _move(found: BulkAction, state: BulkState) -> None:
    if state not in BULK_MOVES[BulkState(found.state)]:
        raise Conflict
    found.state = state


# --- what is done to the people of a slice; each statement notes what was before -------------------------------------

_COPY = """
WITH joined AS (
  INSERT INTO subscriptions (tenant_id, list_id, contact_id, state, source, consent, changed_by, ip, member_id)
  SELECT :tenant, :target, {who} ON CONFLICT DO NOTHING RETURNING contact_id)
INSERT INTO bulk_changes (tenant_id, action_id, contact_id, list_id, was)
SELECT :tenant, :action, contact_id, :target, '{{}}' FROM joined
"""
_FROM_LIST = """
s.contact_id, s.state, s.source, s.consent, 'member', s.ip, :member FROM subscriptions s
WHERE s.tenant_id = :tenant AND s.list_id = :origin AND s.contact_id = ANY(:ids)
AND s.state IN ('subscribed', 'unconfirmed')
"""
_FROM_NOWHERE = "id, 'subscribed', 'member', :consent, 'member', '', :member FROM unnest(CAST(:ids AS bigint[])) AS id"
_LEAVE = """
WITH gone AS (
  DELETE FROM subscriptions s WHERE s.tenant_id = :tenant AND s.list_id = :origin AND s.contact_id = ANY(:ids)
  AND s.state IN ('subscribed', 'unconfirmed') RETURNING s.*)
INSERT INTO bulk_changes (tenant_id, action_id, contact_id, list_id, was)
SELECT :tenant, :action, g.contact_id, :origin, to_jsonb(g) FROM gone g
"""
_UNSUBSCRIBE = """
WITH kept AS (
  INSERT INTO bulk_changes (tenant_id, action_id, contact_id, list_id, was)
  SELECT :tenant, :action, s.contact_id, s.list_id, jsonb_build_object('state', s.state) FROM subscriptions s
  WHERE s.tenant_id = :tenant AND s.contact_id = ANY(:ids) AND (CAST(:origin AS bigint) IS NULL OR s.list_id = :origin)
  AND s.state IN ('subscribed', 'unconfirmed') RETURNING contact_id, list_id)
UPDATE subscriptions s SET state = 'unsubscribed', changed_by = 'member', member_id = :member, changed_at = now()
FROM kept k WHERE s.tenant_id = :tenant AND s.list_id = k.list_id AND s.contact_id = k.contact_id
"""
_EDIT_FIELD = """
WITH kept AS (
  INSERT INTO bulk_changes (tenant_id, action_id, contact_id, list_id, was)
  SELECT :tenant, :action, c.id, 0, jsonb_build_object('value', c.fields -> :key) FROM contacts c
  WHERE c.tenant_id = :tenant AND c.id = ANY(:ids) AND c.fields -> :key IS DISTINCT FROM nullif(:value, 'null'::jsonb)
  RETURNING contact_id, was)
, noted AS (
  INSERT INTO contact_edits (tenant_id, contact_id, member_id, changed_by, before, after)
  SELECT :tenant, contact_id, :member, 'member', jsonb_build_object(:key, was -> 'value'),
         jsonb_build_object(:key, CAST(:value AS jsonb)) FROM kept)
UPDATE contacts c SET fields = CASE WHEN :value = 'null'::jsonb THEN c.fields - :key
                                    ELSE c.fields || jsonb_build_object(:key, CAST(:value AS jsonb)) END,
                      import_id = NULL, updated_at = now()
FROM kept k WHERE c.tenant_id = :tenant AND c.id = k.contact_id
"""


_TYPED = (sa.bindparam("value", type_=JSONB(none_as_null=False)), sa.bindparam("key", type_=sa.Text))


def _values(found: BulkAction, ids: Sequence[int]) -> dict[str, Any]:
    return {
        "tenant": current_tenant_id(), "action": found.id, "ids": list(ids), "member": found.started_by,
        "origin": found.selection.get("list_id"), "target": found.params.get("list_id"),
        "consent": found.params.get("consent", ""),
    }  # fmt: skip


def _run(statement: str, values: Mapping[str, Any]) -> int:
    return int(getattr(db.session.execute(sa.text(statement), dict(values)), "rowcount", 0))


def _copy(found: BulkAction, ids: Sequence[int]) -> int:
    who = _FROM_NOWHERE if found.selection.get("list_id") is None else _FROM_LIST
    return _run(_COPY.format(who=who), _values(found, ids))


def _move_people(found: BulkAction, ids: Sequence[int]) -> int:
    joined = _copy(found, ids)
    if found.selection.get("list_id") is None:
        return joined
    return _run(_LEAVE, _values(found, ids))


def _unsubscribe(found: BulkAction, ids: Sequence[int]) -> int:
    return _run(_UNSUBSCRIBE, _values(found, ids))


def _edit(found: BulkAction, ids: Sequence[int]) -> int:
    values = _values(found, ids) | {"key": found.params["key"], "value": found.params["value"]}
    return int(getattr(db.session.execute(sa.text(_EDIT_FIELD).bindparams(*_TYPED), values), "rowcount", 0))


def _delete(_found: BulkAction, ids: Sequence[int]) -> int:
    return service.delete_contacts(ids)


_DO: dict[BulkKind, Callable[[BulkAction, Sequence[int]], int]] = {
    BulkKind.COPY: _copy,
    BulkKind.MOVE: _move_people,
    BulkKind.UNSUBSCRIBE: _unsubscribe,
    BulkKind.EDIT: _edit,
    BulkKind.DELETE: _delete,
}


# --- and taken back, where a member's own doing is what still stands there -------------------------------------------

_TAKE = """
WITH taken AS (
  DELETE FROM bulk_changes b WHERE b.tenant_id = :tenant AND b.action_id = :action AND (b.contact_id, b.list_id) IN (
    SELECT contact_id, list_id FROM bulk_changes WHERE tenant_id = :tenant AND action_id = :action
    ORDER BY contact_id, list_id LIMIT :size) RETURNING b.contact_id, b.list_id, b.was)
"""
_TAKE_PLACES = f"""{_TAKE}, left_again AS (
  DELETE FROM subscriptions s USING taken t WHERE s.tenant_id = :tenant AND s.list_id = t.list_id
  AND s.contact_id = t.contact_id AND t.was = '{{}}'::jsonb AND s.changed_by = 'member')
, back AS (
  INSERT INTO subscriptions SELECT r.* FROM taken t, jsonb_populate_record(NULL::subscriptions, t.was) r
  WHERE t.was <> '{{}}'::jsonb ON CONFLICT DO NOTHING)
SELECT count(*) FROM taken
"""  # noqa: S608 - our own text
_TAKE_STATES = f"""{_TAKE}, back AS (
  UPDATE subscriptions s SET state = t.was ->> 'state', changed_at = now() FROM taken t
  WHERE s.tenant_id = :tenant AND s.list_id = t.list_id AND s.contact_id = t.contact_id
  AND s.state = 'unsubscribed' AND s.changed_by = 'member')
SELECT count(*) FROM taken
"""  # noqa: S608 - our own text
_TAKE_VALUES = f"""{_TAKE}, back AS (
  UPDATE contacts c SET fields = CASE WHEN t.was -> 'value' = 'null'::jsonb THEN c.fields - :key
                                      ELSE c.fields || jsonb_build_object(:key, t.was -> 'value') END,
                        updated_at = now()
  FROM taken t WHERE c.tenant_id = :tenant AND c.id = t.contact_id
  AND c.fields -> :key IS NOT DISTINCT FROM nullif(:value, 'null'::jsonb))
SELECT count(*) FROM taken
"""  # noqa: S608 - our own text
_TAKE_BACK = {
    BulkKind.COPY: _TAKE_PLACES,
    BulkKind.MOVE: _TAKE_PLACES,
    BulkKind.UNSUBSCRIBE: _TAKE_STATES,
    BulkKind.EDIT: _TAKE_VALUES,
}


def _undo_next(found: BulkAction, size: int) -> bool:
    statement = sa.text(_TAKE_BACK[BulkKind(found.kind)])
    values = {"tenant": current_tenant_id(), "action": found.id, "size": size}
    if found.kind == BulkKind.EDIT:
        statement = statement.bindparams(*_TYPED)
        values |= {"key": found.params["key"], "value": found.params["value"]}
    if db.session.scalar(statement, values):
        return True
    _move(found, BulkState.UNDONE)
    db.session.flush()
    return False
