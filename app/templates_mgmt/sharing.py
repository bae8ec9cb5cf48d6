"""Who sees a template, and who may change it: everybody in the workspace, those who write, administrators, or one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from app.core.access import AnyRole, Permission, allowed
from app.core.db import db
from app.core.errors import N_, Forbidden
from app.templates_mgmt.models import Template


class Circle(StrEnum):
    EVERYONE = "everyone"
    WRITERS = "writers"
    ADMINS = "admins"
    MINE = "mine"


SEEN_BY = (Circle.EVERYONE, Circle.WRITERS, Circle.MINE)
CHANGED_BY = (Circle.WRITERS, Circle.ADMINS, Circle.MINE)
_ASKED = {Circle.WRITERS: Permission.WRITE, Circle.ADMINS: Permission.MANAGE_WORKSPACE}


class NotShared(Forbidden):
    message = N_("This template may only be changed by those whom its owner or an administrator has named.")


@dataclass(frozen=True, slots=True)
class Viewer:
    """A member who looks."""

    member_id: int
    role: AnyRole


def visible(viewer: Viewer) -> sa.ColumnElement[bool]:
    """A condition of templates: that this member sees them. What belonged to somebody who left is for all who write."""
    circles = [Circle.EVERYONE, *([Circle.WRITERS] if allowed(viewer.role, Permission.WRITE) else [])]
    own = sa.and_(Template.seen_by == Circle.MINE, Template.owner_id == viewer.member_id)
    left = sa.and_(Template.seen_by == Circle.MINE, Template.owner_id.is_(None))
    if not allowed(viewer.role, Permission.WRITE):
        return sa.or_(Template.seen_by.in_(circles), own)
    return sa.or_(Template.seen_by.in_(circles), own, left)


def may_change(template: Template, viewer: Viewer) -> bool:
    if not allowed(viewer.role, Permission.WRITE):
        return False
    if template.changed_by == Circle.MINE:
        return template.owner_id in (viewer.member_id, None)
    return allowed(viewer.role, _ASKED.get(Circle(template.changed_by), Permission.WRITE))


def see_that_changeable(template: Template, viewer: Viewer) -> None:
    """Go on only where this member may change it.

    Raises:
        NotShared: they may not.
    """
    if not may_change(template, viewer):
        raise NotShared


def share(template: Template, viewer: Viewer, *, seen_by: Circle, changed_by: Circle) -> None:
    """Say who sees and who changes it; “only me” is whoever says so. Raises as `see_that_changeable`."""
    see_that_changeable(template, viewer)
    template.seen_by, template.changed_by = seen_by, Circle.MINE if seen_by is Circle.MINE else changed_by
    template.owner_id = viewer.member_id if Circle.MINE in (template.seen_by, template.changed_by) else None
    db.session.flush()
