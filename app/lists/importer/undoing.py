"""Taking an import back: places in the list, people nobody else knows, and what people's rows said before.

A job goes through the rows once more, a slice of lines at a time, each slice one transaction. `undone_through` moves
with the slice: a killed worker goes on behind it. People whom something later touched keep what that said.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from app.core import queue
from app.core.db import db
from app.core.errors import Conflict
from app.core.tenancy import current_tenant_id
from app.lists.importer import slices
from app.lists.importer.moves import locked, move
from app.lists.models import Import
from app.lists.states import ImportState

# Whoever has left or bounced since then keeps that mark: forgetting it would mail them again.
_LEAVE = """
DELETE FROM subscriptions s WHERE s.tenant_id = :tenant AND s.list_id = ANY(:lists) AND s.import_id = :import_id
AND s.state IN ('subscribed', 'unconfirmed')
"""
_LEAVE_NOW = sa.text(f"{_LEAVE} AND s.contact_id = ANY(:people)")
# Whose address somebody corrected meanwhile is in no row any more.
_LEAVE_AT_LAST = sa.text(_LEAVE)
_FORGET = sa.text("""
DELETE FROM contacts c WHERE c.tenant_id = :tenant AND c.id = ANY(:people)
AND c.created_import_id = :import_id AND c.import_id = :import_id
AND NOT EXISTS (SELECT FROM subscriptions s WHERE s.tenant_id = :tenant AND s.contact_id = c.id)
""")
_RESTORE = sa.text("""
UPDATE contacts c SET name = h.name, fields = h.fields, import_id = NULL, updated_at = now()
FROM import_changes h
WHERE h.tenant_id = :tenant AND h.import_id = :import_id AND h.contact_id = ANY(:people)
AND c.tenant_id = :tenant AND c.id = h.contact_id AND c.import_id = :import_id
""")


def undo(import_id: int) -> None:
    """Let a job take back what an import did.

    Raises:
        Conflict: it is still running, or undone already.
    """
    entry = locked(import_id)
    if entry is None:
        raise Conflict
    move(entry, ImportState.UNDOING)
    queue.enqueue("lists.undo_import", entry.id, queue="bulk", timeout=3600)


def undo_next(import_id: int, *, size: int = slices.SIZE) -> bool:
    """Take back the next slice; False when there is no more. Any number of workers may try: one does it."""
    entry = locked(import_id)
    if entry is None or entry.state != ImportState.UNDOING:
        return False
    values = {"tenant": current_tenant_id(), "import_id": entry.id, "lists": [entry.list_id, *entry.also_lists]}
    where = _next(entry, size)
    if where is None:
        entry.left_again += _count(_LEAVE_AT_LAST, values)
        move(entry, ImportState.UNDONE)
        return False
    people = slices.people(where)
    values["people"] = people
    entry.left_again += _count(_LEAVE_NOW, values)
    _count(_FORGET, values)
    _count(_RESTORE, values)
    entry.undone_through, entry.undone, entry.moved_at = where["through"], entry.undone + len(people), sa.func.now()
    db.session.flush()
    return True


def _next(entry: Import, size: int) -> Mapping[str, int] | None:
    """Rows that were never merged have done nothing."""
    if entry.undone_through >= entry.merged_through:
        return None
    return slices.next_slice(entry.id, after=entry.undone_through, size=size)


def _count(statement: sa.TextClause, values: Mapping[str, object]) -> int:
    return int(getattr(db.session.execute(statement, dict(values)), "rowcount", 0))
