"""Reading the workspace's pictures."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from app.core.db import db
from app.core.errors import NotFound
from app.core.tenancy import current_tenant_id
from app.media.models import Picture
from app.tenants.queries import current_workspace

__all__ = ["Picture"]

PAGE = 60


def pictures(*, text: str = "", folder: str | None = None, before: int | None = None) -> list[Picture]:
    """Return a page of pictures, the newest first; `before` is the number of the last one seen."""
    query = sa.select(Picture).where(Picture.tenant_id == current_tenant_id())
    query = query.where(*(Picture.title.icontains(word, autoescape=True) for word in text.split()))
    if folder is not None:
        query = query.where(Picture.folder == folder)
    if before:
        query = query.where(Picture.id < before)
    return list(db.session.scalars(query.order_by(Picture.id.desc()).limit(PAGE)))


def names() -> list[str]:
    """Return the public names of all pictures of the workspace."""
    return list(db.session.scalars(sa.select(Picture.name).where(Picture.tenant_id == current_tenant_id())))


def folders() -> list[str]:
    query = sa.select(Picture.folder).where(Picture.tenant_id == current_tenant_id(), Picture.folder != "")
    return list(db.session.scalars(query.distinct().order_by(Picture.folder)))


def picture(picture_id: int) -> Picture:
    """Return a picture of this workspace.

    Raises:
        NotFound: it has none of this number.
    """
    return _only(Picture.id == picture_id)


def named(name: str) -> Picture:
    """Return a picture by its public name. Raises as `picture`."""
    return _only(Picture.name == name)


def _only(where: sa.ColumnElement[bool]) -> Picture:
    found = db.session.scalar(sa.select(Picture).where(Picture.tenant_id == current_tenant_id(), where))
    if found is None:
        raise NotFound
    return found


def address(found: Picture) -> str:
    """Return where a picture is served, on the workspace's own host."""
    return f"{current_workspace().url}/m/{found.name}"


def addresses(picture_ids: Collection[int]) -> dict[int, str]:
    """Return where pictures are served, by number; those that are gone are left out."""
    query = sa.select(Picture).where(Picture.tenant_id == current_tenant_id(), Picture.id.in_(picture_ids))
    return {found.id: address(found) for found in db.session.scalars(query)} if picture_ids else {}


def room() -> tuple[int, int]:
    """Return how many bytes are used, and how many the plan has room for."""
    used = sa.select(sa.func.coalesce(sa.func.sum(Picture.size), 0)).where(Picture.tenant_id == current_tenant_id())
    return int(db.session.scalar(used) or 0), current_workspace().plan.media_bytes
