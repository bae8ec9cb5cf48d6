"""Reading archives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import sqlalchemy as sa

from app.core.db import db
from app.core.errors import NotFound
from app.core.tenancy import current_tenant_id
from app.custody.models import Archive, ArchiveChunk

KEPT = timedelta(days=7)


def archives(now: datetime) -> list[Archive]:
    """Return the workspace's archives that have not expired, the newest first."""
    mine = sa.and_(Archive.tenant_id == current_tenant_id(), Archive.created_at > now - KEPT)
    return list(db.session.scalars(sa.select(Archive).where(mine).order_by(Archive.id.desc())))


def archive(archive_id: int) -> Archive | None:
    mine = sa.and_(Archive.tenant_id == current_tenant_id(), Archive.id == archive_id)
    return db.session.scalar(sa.select(Archive).where(mine))


def content(archive_id: int, *, now: datetime) -> Iterator[bytes]:
    """Yield an archive piece by piece.

    Raises:
        NotFound: it is not ready, has expired, or is no archive of this workspace.
    """
    found = archive(archive_id)
    if found is None or found.finished_at is None or found.created_at < now - KEPT:
        raise NotFound
    return _pieces(found.tenant_id, found.id)


def _pieces(tenant_id: int, archive_id: int) -> Iterator[bytes]:
    number = 0
    mine = sa.and_(ArchiveChunk.tenant_id == tenant_id, ArchiveChunk.archive_id == archive_id)
    while piece := db.session.scalar(sa.select(ArchiveChunk.content).where(mine, ArchiveChunk.number == number)):
        yield piece
        number += 1
