"""An import's state moves only here, one move at a time."""

from __future__ import annotations

import sqlalchemy as sa

from app.core.db import db
from app.core.errors import Conflict
from app.core.tenancy import current_tenant_id
from app.lists.models import Import
from app.lists.states import IMPORT_MOVES, ImportState


def locked(import_id: int) -> Import | None:
    """Return an import as it is now; nobody else moves it until the transaction ends."""
    query = sa.select(Import).where(Import.tenant_id == current_tenant_id(), Import.id == import_id)
    return db.session.scalar(query.with_for_update().execution_options(populate_existing=True))


def move(entry: Import, state: ImportState) -> None:
    """Move an import to a state.

    Raises:
        Conflict: it cannot go there from where it is.
    """
    if state not in IMPORT_MOVES[ImportState(entry.state)]:
        raise Conflict
    moved = (
        sa.update(Import)
        .where(Import.tenant_id == current_tenant_id(), Import.id == entry.id, Import.state == entry.state)
        .values(state=state, moved_at=sa.func.now())
        .execution_options(synchronize_session=False)
    )
    db.session.flush()
    if not getattr(db.session.execute(moved), "rowcount", 0):
        raise Conflict
    db.session.refresh(entry, ["state"])
