"""Saved segments and favourite conditions, each in a folder or in none."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from app.core.db import db
from app.core.errors import NotFound
from app.core.tenancy import current_tenant_id
from app.lists.models import Segment
from app.lists.segments.rules import Rule
from app.lists.states import SegmentKind

__all__ = ["Segment"]


def segments(kind: SegmentKind = SegmentKind.SEGMENT, *, archived: bool = False) -> list[Segment]:
    """Return the workspace's segments (or favourites) by folder and title, those in no folder first."""
    hidden = Segment.archived_at.is_not(None) if archived else Segment.archived_at.is_(None)
    query = sa.select(Segment).where(Segment.tenant_id == current_tenant_id(), Segment.kind == kind, hidden)
    return list(db.session.scalars(query.order_by(Segment.folder, Segment.title, Segment.id)))


def segment(segment_id: int) -> Segment:
    """Return a segment or favourite, put away or not.

    Raises:
        NotFound: the workspace has none of this number.
    """
    query = sa.select(Segment).where(Segment.tenant_id == current_tenant_id(), Segment.id == segment_id)
    found = db.session.scalar(query)
    if found is None:
        raise NotFound
    return found


def titles() -> dict[int, str]:
    """Return what every segment is called, those put away included."""
    query = sa.select(Segment.id, Segment.title).where(
        Segment.tenant_id == current_tenant_id(), Segment.kind == SegmentKind.SEGMENT
    )
    return {row.id: row.title for row in db.session.execute(query)}


def create(rule: Rule, *, folder: str = "", kind: SegmentKind = SegmentKind.SEGMENT) -> Segment:
    made = Segment(kind=kind, title=rule.title, folder=folder, condition=dict(rule.condition), sql=rule.sql)
    db.session.add(made)
    db.session.flush()
    return made


def update(changed: Segment, rule: Rule, *, folder: str) -> None:
    changed.title, changed.folder = rule.title, folder
    changed.condition, changed.sql = dict(rule.condition), rule.sql
    changed.updated_at = sa.func.now()
    db.session.flush()


def archive(archived: Segment, *, now: datetime) -> None:
    """Put a segment away: it is no longer offered; mails that were planned with it keep it."""
    archived.archived_at = now
    db.session.flush()


def restore(restored: Segment) -> None:
    restored.archived_at = None
    db.session.flush()
