"""Looking after imports of all workspaces: those whose worker died, and those that nobody said yes to."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from app.core.db import db
from app.core.tenancy import control_plane
from app.lists.models import Import, ImportChunk, ImportRow
from app.lists.states import ImportState

STUCK_AFTER = timedelta(minutes=2)
KEPT_FOR = timedelta(days=7)
AT_ONCE = 20
_TASKS = {
    ImportState.READING: "lists.read_import",
    ImportState.RUNNING: "lists.run_import",
    ImportState.UNDOING: "lists.undo_import",
}


def claim_stuck(now: datetime) -> list[tuple[int, int, str]]:
    """Return (tenant, import, task) of those that stand still, and give each its time to move again."""
    still = (
        sa.update(Import)
        .where(Import.state.in_(_TASKS), Import.moved_at < now - STUCK_AFTER)
        .values(moved_at=now)
        .returning(Import.tenant_id, Import.id, Import.state)
        .execution_options(synchronize_session=False)
    )
    with control_plane():
        return [(row[0], row[1], _TASKS[ImportState(row[2])]) for row in db.session.execute(still)]


def throw_away_old(now: datetime) -> int:
    """Cancel imports that wait for a yes (or failed) for days, and drop what they staged; return how many."""
    waiting = (ImportState.PREVIEWED, ImportState.FAILED)
    with control_plane():
        old = db.session.execute(
            sa.select(Import.tenant_id, Import.id)
            .where(Import.state.in_(waiting), Import.moved_at < now - KEPT_FOR)
            .limit(AT_ONCE)
            .with_for_update(skip_locked=True)
        ).all()
        for tenant_id, import_id in old:
            _throw_away(tenant_id, import_id, now)
    return len(old)


def _throw_away(tenant_id: int, import_id: int, now: datetime) -> None:
    for model in (ImportChunk, ImportRow):
        db.session.execute(sa.delete(model).where(model.tenant_id == tenant_id, model.import_id == import_id))
    gone = sa.update(Import).where(Import.tenant_id == tenant_id, Import.id == import_id)
    db.session.execute(gone.values(state=ImportState.CANCELLED, finished_at=now))
