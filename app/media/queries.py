"""Reading the workspace's pictures and files."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from app.core.db import db
from app.core.errors import N_, NotFound, QuotaExceeded
from app.core.tenancy import current_tenant_id
from app.media.models import File, Picture
from app.tenants.queries import current_workspace

__all__ = ["File", "Picture"]

PAGE = 60


class NoRoom(QuotaExceeded):
    message = N_(
        "The plan has room for %(mb)s MB of pictures and files. This one was not kept, all others are. Delete some that"
        " are not needed, or take a larger plan."
    )


def pictures(*, text: str = "", folder: str | None = None, before: int | None = None) -> list[Picture]:
    """Return a page of whole pictures, the newest first; `before` is the number of the last one seen."""
    query = sa.select(Picture).where(Picture.tenant_id == current_tenant_id(), Picture.whole_id.is_(None))
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
    mine = Picture.tenant_id == current_tenant_id(), Picture.id == picture_id
    found = db.session.scalar(sa.select(Picture).where(*mine))
    if found is None:
        raise NotFound
    return found


def parts(picture_id: int) -> list[Picture]:
    """Return what was cut out of a picture."""
    query = sa.select(Picture).where(Picture.tenant_id == current_tenant_id(), Picture.whole_id == picture_id)
    return list(db.session.scalars(query.order_by(Picture.id)))


def served(name: str) -> Picture | File:
    """Return what is served under a public name.

    Raises:
        NotFound: nothing is.
    """
    mine = current_tenant_id()
    found: Picture | File | None = db.session.scalar(
        sa.select(Picture).where(Picture.tenant_id == mine, Picture.name == name)
    )
    found = found or db.session.scalar(sa.select(File).where(File.tenant_id == mine, File.name == name))
    if found is None:
        raise NotFound
    return found


def address(found: Picture | File) -> str:
    """Return where a picture or file is served, on the workspace's own host."""
    return f"{current_workspace().url}/m/{found.name}"


def addresses(picture_ids: Collection[int]) -> dict[int, str]:
    """Return where pictures are served, by number; those that are gone are left out."""
    query = sa.select(Picture).where(Picture.tenant_id == current_tenant_id(), Picture.id.in_(picture_ids))
    return {found.id: address(found) for found in db.session.scalars(query)} if picture_ids else {}


def files(file_ids: Collection[int]) -> dict[int, File]:
    """Return files by number; those that are gone are left out."""
    query = sa.select(File).where(File.tenant_id == current_tenant_id(), File.id.in_(file_ids))
    return {found.id: found for found in db.session.scalars(query)} if file_ids else {}


def all_files() -> list[File]:
    return list(db.session.scalars(sa.select(File).where(File.tenant_id == current_tenant_id()).order_by(File.id)))


def room() -> tuple[int, int]:
    """Return how many bytes are used, and how many the plan has room for."""
    used = 0
    for kept in (Picture, File):
        size = sa.select(sa.func.coalesce(sa.func.sum(kept.size), 0)).where(kept.tenant_id == current_tenant_id())
        used += int(db.session.scalar(size) or 0)
    return used, current_workspace().plan.media_bytes


def see_that_room(size: int) -> None:
    """Go on only where the plan has room for so many bytes more.

    Raises:
        NoRoom: it has not.
    """
    used, limit = room()
    if used + size > limit:
        raise NoRoom(mb=limit // 1024 // 1024)
