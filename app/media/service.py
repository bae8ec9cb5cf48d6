"""Adding, naming and removing pictures."""

from __future__ import annotations

import hashlib
import secrets

import sqlalchemy as sa

from app.core import queue
from app.core.db import db
from app.core.errors import N_, Conflict
from app.core.tenancy import current_tenant_id
from app.media import queries
from app.media.models import Picture
from app.media.preparing import prepare
from app.media.store import store
from app.media.usage import uses


class StillUsed(Conflict):
    message = N_("This picture is still used. Say that it may be missing there.")


def add_picture(content: bytes, *, title: str, folder: str = "", member_id: int | None = None) -> Picture:
    """Keep a picture; the same one twice is kept once.

    Raises:
        NoPicture, TooLarge, NoRoom: it is not kept.
    """
    prepared = prepare(content)
    digest = hashlib.sha256(prepared.content).hexdigest()
    known = db.session.scalar(
        sa.select(Picture).where(Picture.tenant_id == current_tenant_id(), Picture.digest == digest)
    )
    if known is not None:
        return known
    queries.see_that_room(len(prepared.content))
    made = Picture(
        name=f"{secrets.token_hex(16)}.{prepared.suffix}", title=title.strip()[:200] or "picture",
        folder=folder.strip()[:80], content_type=prepared.content_type, size=len(prepared.content),
        width=prepared.width, height=prepared.height, digest=digest, added_by=member_id,
    )  # fmt: skip
    # Before the row: a picture without a row is litter, a row without its picture would be a hole in a mail.
    store().put(made.name, prepared.content, prepared.content_type)
    db.session.add(made)
    db.session.flush()
    return made


def change_picture(changed: Picture, *, title: str, folder: str) -> None:
    changed.title, changed.folder = title.strip()[:200] or changed.title, folder.strip()[:80]
    db.session.flush()


def delete_picture(removed: Picture, *, although_used: bool = False) -> None:
    """Remove a picture. What was sent already shows a gap there.

    Raises:
        StillUsed: a mail or template shows it, and nobody said that this is meant.
    """
    if uses(removed.name) and not although_used:
        raise StillUsed
    queue.enqueue("media.discard", removed.name)
    db.session.delete(removed)
    db.session.flush()
