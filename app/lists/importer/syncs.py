"""Standing orders: a database is asked every so often, and the list is kept in step with its answer, by address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from app.core.db import db
from app.core.tenancy import control_plane, current_tenant_id
from app.lists.models import Import, Sync
from app.lists.states import Gone, ImportState

_LATER = sa.text("CAST(:now AS timestamptz) + every_hours * interval '1 hour'")
# Who came through this order, is live, and is not among the rows of its latest answer.
_VANISHED = """
s.tenant_id = :tenant AND s.list_id = ANY(:lists) AND s.state IN ('subscribed', 'unconfirmed')
AND s.import_id = ANY(ARRAY(SELECT id FROM imports WHERE tenant_id = :tenant AND sync_id = :sync_id))
AND NOT EXISTS (SELECT FROM contacts c JOIN import_rows r ON r.address_key = c.address_key
                WHERE c.tenant_id = :tenant AND c.id = s.contact_id AND r.tenant_id = :tenant
                AND r.import_id = :import_id AND r.verdict IN ('new', 'known'))
"""
_UNSUBSCRIBE = "UPDATE subscriptions s SET state = 'unsubscribed', changed_by = 'database', changed_at = now() WHERE"
_PART = {
    Gone.UNSUBSCRIBE: sa.text(f"{_UNSUBSCRIBE} {_VANISHED}"),
    Gone.REMOVE: sa.text(f"DELETE FROM subscriptions s WHERE {_VANISHED}"),  # noqa: S608 - our own text
}


def syncs(list_id: int) -> Sequence[Sync]:
    """Return the standing orders of a list."""
    query = sa.select(Sync).where(Sync.tenant_id == current_tenant_id(), Sync.list_id == list_id).order_by(Sync.id)
    return db.session.scalars(query).all()


def sync(sync_id: int) -> Sync | None:
    return db.session.scalar(sa.select(Sync).where(Sync.tenant_id == current_tenant_id(), Sync.id == sync_id))


def is_under_way(sync_id: int) -> bool:
    """Tell whether an import of an order is being read or run."""
    query = sa.select(Import.id).where(
        Import.tenant_id == current_tenant_id(), Import.sync_id == sync_id,
        Import.state.in_((ImportState.READING, ImportState.PREVIEWED, ImportState.RUNNING)),
    )  # fmt: skip
    return db.session.scalar(query.limit(1)) is not None


def order(entry: Import, *, every_hours: int, gone: Gone, now: datetime) -> None:
    """Make a standing order out of an import that a person has looked at."""
    assert entry.connection_id is not None
    made = Sync(
        connection_id=entry.connection_id, list_id=entry.list_id, query=entry.query, mapping=entry.mapping,
        policy=entry.policy, consent=entry.consent, double_opt_in=entry.double_opt_in, also_lists=entry.also_lists,
        gone=gone, every_hours=every_hours, next_at=now + timedelta(hours=every_hours),
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    entry.sync_id = made.id


def stop(entry: Sync) -> None:
    """End a standing order. Who came through it stays."""
    db.session.delete(entry)
    db.session.flush()


def claim_due(now: datetime) -> list[tuple[int, int]]:
    """Return (tenant, order) of all that are due, and put each off to its next time."""
    due = (
        sa.update(Sync)
        .where(Sync.next_at <= now)
        .values(next_at=_LATER.bindparams(now=now))
        .returning(Sync.tenant_id, Sync.id)
        .execution_options(synchronize_session=False)
    )
    with control_plane():
        return [(row[0], row[1]) for row in db.session.execute(due)]


def part_with_vanished(entry: Import) -> int:
    """Do with people who are no longer in the answer what the order says; return how many they were."""
    kept = sync(entry.sync_id) if entry.sync_id else None
    statement = _PART.get(Gone(kept.gone)) if kept else None
    if statement is None:
        return 0
    values = {
        "tenant": current_tenant_id(), "lists": [entry.list_id, *entry.also_lists], "sync_id": entry.sync_id,
        "import_id": entry.id,
    }  # fmt: skip
    return int(getattr(db.session.execute(statement, values), "rowcount", 0))
